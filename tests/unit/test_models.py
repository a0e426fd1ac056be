"""The models' files: the networks that they build, and the work that they say one example takes."""

import sys
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from hpotrial import models
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import canonical
from hpotrial.models.hyperparameters import Flag, Hyperparameter, Real, Whole, Word
from hpotrial.training import measuring


def built(model: str, shape: tuple[int, ...] = (28, 28), classes: int = 10, **configuration: Any) -> Any:
    return models.load(model).build({**models.defaults(model), **configuration}, shape, classes)


def multiply_adds(model: str, shape: tuple[int, ...] = (28, 28), classes: int = 10, **configuration: Any) -> int:
    return models.load(model).multiply_adds({**models.defaults(model), **configuration}, shape, classes)


def counted(network: Any) -> int:
    """Multiply-adds by the layers' own shapes: each kernel once for every place that it is applied to."""
    kernels = [layer for layer in network.layers if hasattr(layer, "kernel")]
    return sum(prod(layer.kernel.shape) * prod(layer.output.shape[1:-1]) for layer in kernels)


KERAS = sorted(name for name in models.names() if models.library(name) == "keras")


@pytest.mark.parametrize("model", KERAS)
def test_every_keras_models_work_is_counted_from_its_layers(model: str) -> None:
    assert measuring.multiply_adds(built(model)) == counted(built(model))
    if hasattr(models.load(model), "multiply_adds"):
        assert multiply_adds(model) == counted(built(model))


@pytest.mark.parametrize(
    ("model", "configuration"),
    [
        ("mlp", {"layers": 3, "neurons": 7, "dropout": 0.3}),
        ("cnn", {"filters": 5, "kernel_size": 7}),
        ("cnn", {"filters": 4, "kernel_size": 3, "conv_layers": 2, "dropout": 0.5}),
        ("residual_mlp", {"layers": 1, "width_1": 5}),
        ("residual_mlp", {"layers": 3, "width_1": 5, "width_2": 5, "width_3": 8, "residual": True}),
        ("residual_mlp", {"layers": 3, "width_1": 5, "width_2": 9, "width_3": 8, "residual": True}),
    ],
)
def test_work_is_what_the_layers_do(model: str, configuration: dict[str, Any]) -> None:
    network = built(model, **configuration)
    assert multiply_adds(model, **configuration) == counted(network) == measuring.multiply_adds(network)


def test_one_activation_for_all_hidden_layers() -> None:
    network = built("mlp", (11,), 4, layers=1, activation="sigmoid", activation_input="relu")
    assert [layer.activation.__name__ for layer in network.layers] == ["sigmoid", "sigmoid", "softmax"]
    unsaid = built("mlp", (11,), 4, layers=1, activation_input="tanh")
    assert [layer.activation.__name__ for layer in unsaid.layers] == ["tanh", "relu", "softmax"]


def test_dropout_comes_before_the_output_layer_and_only_if_asked_for() -> None:
    for model in ("mlp", "cnn"):
        dropping, plain = (
            [type(layer).__name__ for layer in built(model, dropout=share).layers] for share in (0.3, 0.0)
        )
        assert dropping[-2:] == ["Dropout", "Dense"]
        assert [*dropping[:-2], "Dense"] == plain


def test_the_convolutional_grid_of_document_003_builds_at_its_corners() -> None:
    for dropout, filters, kernel in product((0.0, 0.5), (64, 256), (3, 7)):
        network = built("cnn", dropout=dropout, filters=filters, kernel_size=kernel)
        convolution = next(layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D))
        assert convolution.kernel.shape == (kernel, kernel, 1, filters)
        assert network.output_shape == (None, 10)


def test_images_with_channels() -> None:
    assert built("cnn", (32, 32, 3), kernel_size=3).layers[0].kernel.shape == (3, 3, 3, 64)


@pytest.mark.parametrize("ask", [built, multiply_adds])
def test_what_no_convolution_can_take(ask: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"needs images, found examples of shape \(11,\)"):
        ask("cnn", (11,), 4)
    with pytest.raises(ConfigurationError, match=r"28 x 28 are too small for convolution 3 with kernel_size 7"):
        ask("cnn", conv_layers=3, kernel_size=7)
    with pytest.raises(ConfigurationError, match="conv_layers must be at least 1"):
        ask("cnn", conv_layers=0)
    with pytest.raises(ConfigurationError, match="layers must be from 1 to 3, found 4"):
        ask("residual_mlp", layers=4)


def test_a_residual_connection_adds_a_layers_input() -> None:
    network = built("residual_mlp", (6,), 3, layers=2, width_1=5, width_2=5, residual=True)
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
    w1, b1, w2, b2, w3, b3 = network.get_weights()
    x = rng.normal(size=(4, 6)).astype(np.float32)
    first = np.maximum(x @ w1 + b1, 0)
    outputs = (first + np.maximum(first @ w2 + b2, 0)) @ w3 + b3
    expected = np.exp(outputs) / np.exp(outputs).sum(1, keepdims=True)
    np.testing.assert_allclose(network.predict(x, verbose=0), expected, rtol=1e-4, atol=1e-6)


def test_where_widths_differ_a_projection_without_bias_carries_the_input() -> None:
    network = built("residual_mlp", (6,), 3, layers=2, width_1=5, width_2=8, residual=True)
    projections = [layer for layer in network.layers if getattr(layer, "use_bias", True) is False]
    assert [p.kernel.shape for p in projections] == [(5, 8)]
    assert projections[0].activation.__name__ == "linear"


def test_widths_beyond_the_number_of_layers_change_nothing() -> None:
    def described(**configuration: Any) -> list[str]:
        network = built("residual_mlp", (6,), 3, layers=1, width_1=5, **configuration)
        configs = [{k: v for k, v in layer.get_config().items() if k == "units"} for layer in network.layers]
        return [canonical(config) for config in configs]

    assert described(width_2=7, width_3=9, residual=True) == described()


@pytest.mark.parametrize("model", [name for name in KERAS if "initializer" in models.defaults(name)])
def test_pytorchs_initialisation_is_uniform_within_one_over_root_fan_in(model: str) -> None:
    for layer in built(model, initializer="torch").layers:
        if not hasattr(layer, "kernel"):
            continue
        bound = np.float32(1 / np.sqrt(prod(layer.kernel.shape[:-1])))
        largest = float(np.abs(layer.kernel.numpy()).max())
        assert 0.9 * bound < largest <= bound
        if layer.use_bias:
            assert 0 < float(np.abs(layer.bias.numpy()).max()) <= bound


WHOLE, RATE = Whole(16, least=1, most=1000), Real(None, least=1e-6, most=1.0, or_null=True)
BY_TREE = Whole(10, least=1, most=100, or_float=True)


@pytest.mark.parametrize(
    ("said", "good", "bad", "wanted"),
    [
        (WHOLE, [1, 1000], [0, 1001, 2.0, True, "2", None], "size is a whole number from 1 to 1,000, not "),
        (BY_TREE, [10, 10.0], [10.5, 0], "size is a whole number from 1 to 100, not "),
        (RATE, [None, 1, 1e-6], [0, 1.5, False, "0.1"], "size is a number from 1e-06 to 1, or null, not "),
        (Word("a", ("a", None), spelt=str.lower), ["a", "A", None], ["b", 1], "size has no "),
        (Flag(True), [True, False], [0, "true", None], "size is true or false, not "),
        (Hyperparameter(3), [None, "x", 0.5], [[1], {"a": 1}, (1, 2)], "size has one value, not "),
    ],
)
def test_a_hyperparameter_has_its_bounds_in_one_line(
    said: Hyperparameter, good: list[Any], bad: list[Any], wanted: str
) -> None:
    for value in good:
        said.check("size", value)
    for value in bad:
        with pytest.raises(ConfigurationError) as refusal:
            said.check("size", value)
        assert str(refusal.value).startswith(wanted)


@pytest.mark.parametrize("model", models.names())
def test_every_default_is_within_its_bounds(model: str) -> None:
    models.check(model, models.defaults(model))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("HYPERPARAMETERS = {'size': 16}", r"my_net\.py: HYPERPARAMETERS\['size'\] is 16: say its default and bounds"),
        ("HYPERPARAMETERS = {}", r"my_net\.py has no function build"),
        (
            "HYPERPARAMETERS = {}\nLIBRARY = 'skleran'\ndef build(): ...",
            r"LIBRARY is 'skleran'; did you mean 'sklearn'",
        ),
    ],
)
def test_a_file_that_is_no_model_says_what_it_lacks(
    text: str, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_net.py").write_text(text)
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "hpotrial.models.my_net", raising=False)
    with pytest.raises(ConfigurationError, match=wanted):
        models.load("my_net")
