"""What the plan asks of a process of its own: work counted from layers, one measured fit, or why there is none."""

import sys
from pathlib import Path
from typing import Any

import pytest

from hpotrial import models
from hpotrial.core.errors import ConfigurationError
from hpotrial.study import pricing
from hpotrial.training import building, measuring

NORMALISED = """
from hpotrial.models.hyperparameters import Whole

HYPERPARAMETERS = {"neurons": Whole(8, least=1, most=100)}


def build(configuration, input_shape, n_classes):
    import keras

    model = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(configuration["neurons"])])
    model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dense(n_classes, activation="softmax"))
    model.compile(OPTIMIZER, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


def request(model: str, **changes: Any) -> dict[str, Any]:
    defaults = models.defaults(model)
    asked = {"model": model, "shape": [6], "classes": 3, "engine": "compiled", "rows": 70, "epochs": [1, 3]}
    return {**asked, "counted": [defaults], "fitted": defaults, **changes}


@pytest.fixture
def own_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that makes a model of a text."""

    def make(text: str) -> str:
        (tmp_path / "my_net.py").write_text(text)
        monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
        monkeypatch.delitem(sys.modules, "hpotrial.models.my_net", raising=False)
        monkeypatch.setattr(building, "_networks", {})
        return "my_net"

    return make


def test_a_fit_is_measured_and_its_work_counted() -> None:
    answer = measuring.answer(request("mlp", counted=[{**models.defaults("mlp"), "neurons": n} for n in (4, 8)]))
    assert answer["multiply_adds"] == [6 * 4 + 4 * 4 + 4 * 3, 6 * 8 + 8 * 8 + 8 * 3]
    assert set(answer["fit"]) == {"epoch", "fit", "program"}
    assert min(answer["fit"].values()) >= 0
    assert answer["fit"]["program"] > 0


def test_a_forest_has_no_multiply_adds() -> None:
    answer = measuring.answer(request("random_forest", counted=[]))
    assert answer["multiply_adds"] == []
    assert answer["fit"]["epoch"] > 0


@pytest.mark.parametrize(
    ("optimizer", "reason"),
    [
        ("'adam'", "the compiled engine pads batches, which changes what the layer 'batch_normalization"),
        ("'adma'", "ValueError: "),
    ],
)
def test_what_cannot_be_fitted_is_said_in_one_line(own_model: Any, optimizer: str, reason: str) -> None:
    answer = measuring.answer(request(own_model(NORMALISED.replace("OPTIMIZER", optimizer))))
    assert answer["error"].startswith(reason)
    assert "\n" not in answer["error"]


def test_the_stock_engine_takes_what_the_compiled_one_refuses(own_model: Any) -> None:
    answer = measuring.answer(request(own_model(NORMALISED.replace("OPTIMIZER", "'adam'")), engine="stock"))
    assert answer["multiply_adds"] == [6 * 8 + 8 * 3]
    assert answer["fit"]["epoch"] > 0


def test_a_schedule_of_learning_rates_is_refused(own_model: Any) -> None:
    schedule = "keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))"
    text = NORMALISED.replace("    model.add(keras.layers.BatchNormalization())\n", "").replace("OPTIMIZER", schedule)
    assert "it is a number, no schedule" in measuring.answer(request(own_model(text)))["error"]


def test_the_plan_says_why_a_model_cannot_be_priced(monkeypatch: pytest.MonkeyPatch) -> None:
    told = request("cnn")
    with pytest.raises(ConfigurationError, match=r"'cnn' cannot be fitted to examples of shape \(6,\): model cnn"):
        pricing._measured(told, None)
    monkeypatch.setattr(pricing, "MEASURING", "hpotrial.no_such_module")
    with pytest.raises(ConfigurationError, match=r"\(6,\): .*No module named hpotrial\.no_such_module"):
        pricing._measured({**told, "rows": 71}, None)
