"""The compiled fit beyond a plain perceptron: dropout, convolutions, residual connections, shared activations."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from hpotrial import models
from hpotrial.core.configuration import Training
from hpotrial.training import program
from hpotrial.training.building import make_model

pytestmark = pytest.mark.slow

GRID_OF_90 = {"layers": 1, "neurons": 10, "batch_size": 40}


def rows(n: int, shape: tuple[int, ...] = (11,), classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose class depends on them, with noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, *shape)).astype(np.float32)
    y = np.clip((X.reshape(n, -1)[:, :4].sum(1) + rng.normal(size=n) + classes / 2).astype(np.int32), 0, classes - 1)
    return X, y


def model(name: str, engine: str, configuration: dict[str, Any], shape: tuple[int, ...] = (11,), seed: int = 3) -> Any:
    complete = {**models.defaults(name), **configuration}
    return make_model(name, complete, shape, 4, seed=seed, capacity=1000, training=Training(engine))


def largest_difference(one: Any, other: Any) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def assert_equal_to_stock(
    name: str, configuration: dict[str, Any], shape: tuple[int, ...] = (11,), n: int = 200
) -> None:
    """Three epochs of short batches too, then weights, losses and predictions side by side."""
    X, y = rows(n + 50, shape)
    both = [model(name, engine, configuration, shape) for engine in ("compiled", "stock")]
    assert largest_difference(*both) == 0
    histories = [
        m.fit(X[:n], y[:n], batch_size=48, epochs=3, shuffle=False, validation_data=(X[n:], y[n:])).history
        for m in both
    ]
    assert largest_difference(both[0], model(name, "compiled", configuration, shape)) > 1e-4
    assert largest_difference(*both) < 2e-5
    for key in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(histories[0][key], histories[1][key], atol=5e-6)
    np.testing.assert_allclose(both[0].predict(X[n:]), both[1].predict(X[n:], verbose=0), atol=2e-5)


@pytest.mark.parametrize(
    ("activation", "optimizer"),
    [("softmax", "SGD"), ("softmax", "Adam"), ("sigmoid", "Adamax"), ("sigmoid", "SGD"), ("linear", "Adam"),
     ("linear", "Adamax"), ("relu", "Adamax"), ("tanh", "Adamax")],
)  # fmt: skip
def test_every_activation_and_optimizer_of_the_grid_of_90_equals_stock_keras(activation: str, optimizer: str) -> None:
    assert_equal_to_stock("mlp", {**GRID_OF_90, "activation": activation, "optimizer": optimizer}, n=600)


def network(configuration: dict[str, Any]) -> Any:
    from hpotrial.training.network import Network

    return Network(model("mlp", "compiled", configuration).network.model)


def test_the_grid_of_90_needs_12_programs() -> None:
    signatures = {
        network({**GRID_OF_90, "dropout": 0.3, **one}).signature(shared=True)
        for one in (
            {"activation": activation, "optimizer": optimizer, "neurons": neurons}
            for activation in ("softmax", "relu", "tanh", "sigmoid", "linear")
            for optimizer in ("SGD", "Adam", "Adamax")
            for neurons in (5, 10)
        )
    }
    # of the document's 6 numbers of neurons two are tried
    assert len(signatures) == 12 // 3


def test_optimisers_share_a_program_where_weights_are_few_and_settings_are_keras_own() -> None:
    def shared(one: dict[str, Any], other: dict[str, Any]) -> bool:
        return len({network({**GRID_OF_90, **c}).signature(shared=True) for c in (one, other)}) == 1

    assert shared({"optimizer": "sgd"}, {"optimizer": "adam", "learning_rate": 0.1})
    assert not shared({"optimizer": "sgd"}, {"optimizer": "rmsprop"})
    assert not shared({"optimizer": "sgd", "neurons": 100}, {"optimizer": "adam", "neurons": 100})

    def built(optimizer: Any) -> str:
        inputs = keras.Input((4,))
        made = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(inputs))
        made.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
        return Network(made).signature(shared=True)

    from hpotrial.training.network import Network

    assert built("adam") == built(keras.optimizers.Adam(0.5)) != built(keras.optimizers.Adam(beta_1=0.8))


@pytest.mark.parametrize(
    "name", ["adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw", "lion", "nadam", "rmsprop", "sgd"]
)
@pytest.mark.parametrize("settings", [{}, {"clipnorm": 0.1}, {"weight_decay": 0.1}])
def test_an_update_of_all_weights_at_once_is_that_of_each(name: str, settings: dict[str, float]) -> None:
    """Three steps from zero slots: to the last bit what Keras's formula gives weight by weight."""
    from hpotrial.training.updates import Update, functional

    rng = np.random.default_rng(0)
    shapes = [(5, 7), (7,), (7, 3)]
    weights = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    variables = [keras.Variable(w) for w in weights]
    kind = keras.optimizers.get(name).__class__
    update, each = Update(kind(**settings), variables), functional(kind(**settings), variables)
    assert update.whole == (name not in ("adafactor", "nadam") and "clipnorm" not in settings)
    pieces = [np.concatenate([w.ravel() for w in weights])] if update.whole else weights
    state, state_of_each = ([v.value for v in o.variables] for o in (update.optimizer, each))
    for _ in range(3):
        gradients = [keras.ops.convert_to_tensor(rng.normal(size=shape).astype(np.float32)) for shape in shapes]
        updated = update(pieces, state, gradients, None)
        pieces, state = updated[: len(pieces)], updated[len(pieces) :]
        weights, state_of_each = each.stateless_apply(state_of_each, gradients, weights)
    for ours, keras_own in zip(update.weights(pieces), weights, strict=True):
        np.testing.assert_array_equal(ours, keras_own)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_activations_that_share_leave_each_others_gradients_finite(activation: str) -> None:
    """Huge inputs saturate a sigmoid; what the linear one would make of them must not come in."""
    X, y = rows(200)
    saturated = model("mlp", "compiled", {**GRID_OF_90, "activation": activation})
    history = saturated.fit(X * 1e6, y, batch_size=48, epochs=3).history
    assert np.isfinite(history["loss"]).all()
    assert max(history["loss"]) < 5
    assert all(np.isfinite(w).all() for w in saturated.get_weights())


@pytest.mark.parametrize(
    "configuration",
    [
        {"filters": 4, "kernel_size": 3},
        # 12 - 5 + 1 = 8 rows; 11 - 5 + 1 = 7 columns, of which pooling leaves one out
        {"filters": 3, "kernel_size": 5, "optimizer": "sgd", "learning_rate": 0.05},
        {"filters": 4, "kernel_size": 3, "conv_layers": 2},
    ],
)
def test_a_convolutional_network_equals_stock_keras(configuration: dict[str, Any]) -> None:
    assert_equal_to_stock("cnn", configuration, (12, 11))


def test_convolutions_in_other_surroundings_equal_stock_keras() -> None:
    """Pooling not after a convolution, a convolution not before pooling, and one that the fast form does not cover."""
    from hpotrial.training.compiled_model import CompiledModel
    from hpotrial.training.network import Network
    from hpotrial.training.stock_model import StockModel

    layers = keras.layers
    inputs = keras.Input((14, 14, 2))
    x = layers.Conv2D(3, 3, activation="tanh")(inputs)
    x = layers.Add()([layers.MaxPooling2D(2)(x), layers.Conv2D(3, 3, strides=2, use_bias=False)(inputs)])
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    outputs = layers.Dense(4, activation="softmax")(layers.Flatten()(x))
    made = keras.Model(inputs, outputs)
    made.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    network = Network(made)
    compiled = CompiledModel(network, lambda: network.initial_state(0), shuffle_seed=0, capacity=200)
    stock = StockModel.of(made, compiled.get_weights(), 0)
    X, y = rows(200, (14, 14, 2))
    for m in (compiled, stock):
        m.fit(X, y, batch_size=48, epochs=2, shuffle=False)
    assert largest_difference(compiled, stock) < 1e-5


@pytest.mark.parametrize("widths", [(12, 12, 12), (12, 20, 8)])
def test_a_residual_network_equals_stock_keras(widths: tuple[int, int, int]) -> None:
    named = {f"width_{i + 1}": width for i, width in enumerate(widths)}
    assert_equal_to_stock("residual_mlp", {"layers": 3, "residual": True, "activation": "tanh", **named})


def test_networks_that_differ_in_their_connections_do_not_share_a_program() -> None:
    same = {"layers": 3, "width_1": 9, "width_2": 9, "width_3": 9}
    signatures = {
        model("residual_mlp", "compiled", {**same, **more}).network.signature(shared=True)
        for more in ({}, {"residual": True}, {"activation": "tanh"}, {"residual": True, "activation": "tanh"})
    }
    assert len(signatures) == 2


def test_inactive_hyperparameters_share_a_program() -> None:
    X, y = rows(100)
    before = len(program._pool)
    for inactive in ({}, {"width_2": 5, "width_3": 6}, {"residual": True}):
        model("residual_mlp", "compiled", {"layers": 1, "width_1": 9, **inactive}).fit(X, y, epochs=1)
    assert len(program._pool) == before + 1


DROPPING = {**GRID_OF_90, "activation": "relu", "dropout": 0.3}


def fitted(configuration: dict[str, Any], engine: str = "compiled", seed: int = 3) -> Any:
    X, y = rows(200)
    made = model("mlp", engine, configuration, seed=seed)
    made.fit(X, y, batch_size=48, epochs=2, shuffle=False)
    return made


def digest(trained: Any) -> str:
    return hashlib.sha256(b"".join(w.tobytes() for w in trained.get_weights())).hexdigest()


@pytest.mark.parametrize("engine", ["compiled", "stock"])
def test_dropout_follows_the_seed_in_another_process_too(engine: str) -> None:
    code = f"import test_training_layers as t; print(t.digest(t.fitted(t.DROPPING, {engine!r})))"
    paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2] / "src")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    here = digest(fitted(DROPPING, engine))
    assert done.stdout.strip() == here == digest(fitted(DROPPING, engine))
    assert here != digest(fitted(DROPPING, engine, seed=4))


def test_dropout_changes_training_not_the_start_and_not_prediction() -> None:
    X, _ = rows(200)
    plain = {**DROPPING, "dropout": 0.0}
    assert largest_difference(model("mlp", "compiled", DROPPING), model("mlp", "compiled", plain)) == 0
    dropped = fitted(DROPPING)
    assert largest_difference(dropped, fitted(plain)) > 1e-3
    # prediction is the plain network's, with these weights
    reference = model("mlp", "compiled", plain)
    reference.set_weights(dropped.get_weights())
    np.testing.assert_array_equal(dropped.predict(X), reference.predict(X))


def test_dropout_zeroes_its_share_anew_in_every_step_and_not_in_validation() -> None:
    """With frozen weights, the loss of an epoch differs from epoch to epoch and the validation loss does not."""
    X, y = rows(600)
    still = model("mlp", "compiled", {**DROPPING, "optimizer": "sgd", "learning_rate": 0.0})
    history = still.fit(X, y, batch_size=48, epochs=6, shuffle=False, validation_data=(X, y)).history
    assert len(set(history["loss"])) == 6
    assert len(set(history["val_loss"])) == 1
    assert np.mean(history["loss"]) == pytest.approx(history["val_loss"][0], rel=0.2)


def test_dropout_in_one_call_and_step_by_step_is_the_same() -> None:
    X, y = rows(200)

    class OneByOne(keras.callbacks.Callback):
        """A callback of unknown kind: the engine must not run ahead."""

    ahead, stepwise = (model("mlp", "compiled", DROPPING) for _ in range(2))
    ahead.fit(X, y, batch_size=48, epochs=5)
    stepwise.fit(X, y, batch_size=48, epochs=5, callbacks=[OneByOne()])
    assert largest_difference(ahead, stepwise) == 0


def masks_of(seed: int, steps: int) -> np.ndarray:
    """What ``steps`` training steps let through of a layer of ones, shape (steps, 50, 400)."""
    from hpotrial.training.network import Network

    inputs = keras.Input((400,))
    made = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(keras.layers.Dropout(0.3)(inputs)))
    made.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    network = Network(made)
    n = len(network.trainable)
    state = network.layout.unpack(network.initial_state(seed))[n : network.n_weights]
    ones = np.ones((50, 400), np.float32)
    with network.traced_as(None), keras.StatelessScope(list(zip(network.non_trainable, state, strict=True))):
        return np.stack([np.asarray(made.layers[1](ones, training=True)) for _ in range(steps)])


def test_dropout_draws_its_share_independently_of_place_and_step() -> None:
    masks = masks_of(1, steps=5)
    assert np.unique(masks) == pytest.approx([0, 1 / 0.7])
    dropped = masks == 0
    # 100,000 draws: three standard errors are 0.0044; of a row's 400 draws, five are 0.115; of a column's 250, 0.145
    assert dropped.mean() == pytest.approx(0.3, abs=0.0044)
    assert dropped.mean(axis=2) == pytest.approx(np.full((5, 50), 0.3), abs=0.115)
    assert dropped.mean(axis=(0, 1)) == pytest.approx(np.full(400, 0.3), abs=0.145)
    # neighbours in a row, in a column, and the same place in the next step
    for one, other in (
        (dropped[..., 1:], dropped[..., :-1]), (dropped[:, 1:], dropped[:, :-1]), (dropped[1:], dropped[:-1]),
    ):  # fmt: skip
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.015
    np.testing.assert_array_equal(masks, masks_of(1, steps=5))
    assert abs(np.corrcoef(dropped.ravel(), (masks_of(2, steps=5) == 0).ravel())[0, 1]) < 0.015
