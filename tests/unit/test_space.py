"""The search space and its translations."""

import math

import numpy as np
import pytest
from in_space import in_space

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space, canonical
from hpotrial.search.adapters.hyperopt import from_hyperopt, hyperopt_space
from hpotrial.search.adapters.keras_tuner import keras_tuner_configuration
from hpotrial.search.adapters.optuna import optuna_configuration
from hpotrial.search.adapters.scikit_learn import distributions, grid

MIXED = {
    "layers": {"choice": [0, 1, 2]},
    "neurons": {"int": {"low": 8, "high": 32, "step": 8}},
    "units": {"int": {"low": 1, "high": 100, "log": True}},
    "learning_rate": {"float": {"low": 1e-4, "high": 1.0, "log": True}},
    "dropout": {"float": {"low": 0.0, "high": 0.5}},
    "width_2": {"int": {"low": 2, "high": 4}, "when": {"layers": [1, 2]}},
    "residual": {"choice": [True, False], "when": {"layers": [2]}},
}


def test_grid_has_every_combination_once_the_last_varying_fastest() -> None:
    space = Space.from_config({"a": {"choice": [1, 2]}, "b": {"float": {"low": 0, "high": 0.5, "step": 0.25}}})
    assert list(space.grid()) == [{"a": a, "b": b} for a in (1, 2) for b in (0.0, 0.25, 0.5)]
    assert space.size == 6


def test_inactive_hyperparameters_do_not_multiply_the_grid() -> None:
    space = Space.from_config({"layers": {"choice": [0, 1]}, "width": {"choice": [4, 8, 16], "when": {"layers": [1]}}})
    assert list(space.grid()) == [{"layers": 0}] + [{"layers": 1, "width": w} for w in (4, 8, 16)]
    assert space.size == 4


def test_continuous_space_has_no_size_and_no_grid() -> None:
    space = Space.from_config({"rate": {"float": {"low": 0.1, "high": 1}}})
    assert space.size is None
    with pytest.raises(ConfigurationError, match=r"space\.rate: a continuous domain has no grid"):
        list(space.grid())


def test_numpy_values_have_the_canonical_text_of_python_values() -> None:
    assert canonical({"b": np.int64(2), "a": np.float64(0.5)}) == canonical({"a": 0.5, "b": 2}) == '{"a":0.5,"b":2}'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ({}, "empty"),
        ([], "empty"),
        ({"a": {"choice": []}}, "at least one value"),
        ({"a": {"choice": [1, 1]}}, "twice"),
        ({"a": {"choice": [1, math.nan]}}, "only numbers"),
        ({"a": {"choice": [1], "int": {"low": 0, "high": 1}}}, "exactly one"),
        ({"a": {"range": [1]}}, "exactly one"),
        ({"a": 3}, "expected a domain"),
        ({"a": {"int": {"low": 3, "high": 1}}}, "must be below"),
        ({"a": {"int": {"low": 0, "high": 1.5}}}, "not an integer"),
        ({"a": {"int": {"low": 0, "high": 9, "step": 0}}}, "must be positive"),
        ({"a": {"int": {"low": 0, "high": 9, "stride": 1}}}, "may have step and log"),
        ({"a": {"float": {"low": 0, "high": 1, "log": True}}}, "above 0"),
        ({"a": {"float": {"low": 1, "high": math.inf}}}, "not finite"),
        ({"a": {"float": {"low": 1, "high": 2, "step": 0.1, "log": True}}}, "exclude each other"),
        (
            {"a": {"float": {"low": 0, "high": 1, "step": 0.3}}},
            r"steps of 0.3 lead from 0.0 to 0.9, not to high \(1.0\)",
        ),
        ({"a": {"int": {"low": 1, "high": 100, "step": 10}}}, r"steps of 10 lead from 1 to 91, not to high \(100\)"),
        ({"a": {"int": {"low": 0, "high": 100_000}}}, "more than 100,000 values"),
        ({"a": {"float": {"low": 0, "high": 0.1, "step": 2e-311}}}, "more than 100,000 values"),
        ({"a": {"choice": [1], "when": {"b": [1]}}}, "not a choice given before"),
        ({"b": {"choice": [1]}, "a": {"choice": [1], "when": {"b": [2]}}}, "not all values"),
    ],
)
def test_contradictory_space_is_one_line_that_names_the_place(text: object, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        Space.from_config(text, where="datasets.x.space")
    assert str(caught.value).startswith("datasets.x.space")
    assert "\n" not in str(caught.value)


def test_sklearn_draws_lie_in_the_space() -> None:
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    space = Space.from_config(MIXED)
    draws = list(ParameterSampler(distributions(space), 200, random_state=0))
    assert all(in_space(space.activate(draw), space) for draw in draws)
    assert {d["neurons"] for d in draws} == {8, 16, 24, 32}
    assert min(d["units"] for d in draws) < 10 < 50 < max(d["units"] for d in draws)
    finite = Space.from_config({k: MIXED[k] for k in ("layers", "neurons")})
    listed = [canonical(c) for c in ParameterGrid(grid(finite))]
    assert sorted(listed) == sorted(canonical(c) for c in finite.grid())


def test_hyperopt_draws_lie_in_the_space() -> None:
    from hyperopt import fmin, rand

    space, drawn = Space.from_config(MIXED), []

    def objective(point: dict[str, object]) -> float:
        drawn.append(from_hyperopt(space, point))
        return 0.0

    fmin(objective, hyperopt_space(space), rand.suggest, 200, rstate=np.random.default_rng(0), show_progressbar=False)
    assert all(in_space(c, space) for c in drawn)
    assert {c["neurons"] for c in drawn} == {8, 16, 24, 32}
    assert {tuple(sorted({"width_2", "residual"} & set(c))) for c in drawn if c["layers"] == 2} == {
        ("residual", "width_2")
    }
    assert all("residual" not in c for c in drawn if c["layers"] != 2)


def test_keras_tuner_draws_lie_in_the_space(tmp_path: object) -> None:
    import keras_tuner

    space = Space.from_config(MIXED)

    class Hypermodel(keras_tuner.HyperModel):
        def build(self, hp: object) -> object:
            drawn.append(keras_tuner_configuration(space, hp))
            return None

    drawn: list[dict[str, object]] = []
    oracle = keras_tuner.oracles.RandomSearchOracle(
        objective=keras_tuner.Objective("score", "max"), max_trials=60, seed=1
    )

    class Tuner(keras_tuner.engine.base_tuner.BaseTuner):
        def run_trial(self, trial: object, *_: object, **__: object) -> float:
            self.hypermodel.build(trial.hyperparameters)  # type: ignore[attr-defined]
            return 0.5

    tuner = Tuner(oracle, Hypermodel(), directory=tmp_path, project_name="p")
    drawn.clear()
    tuner.search(verbose=0)
    assert len(drawn) == 60
    assert all(in_space(c, space) for c in drawn)
    assert {c["layers"] for c in drawn} == {0, 1, 2}


def test_optuna_draws_lie_in_the_space() -> None:
    import optuna

    space = Space.from_config({**MIXED, "rate": {"float": {"low": 0.1, "high": 0.9, "step": 0.2}}})
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    drawn = [optuna_configuration(space, study.ask()) for _ in range(200)]
    assert all(in_space(c, space) for c in drawn)
    assert {c["rate"] for c in drawn} == set(space.hyperparameters[-1].domain.grid())
    assert {c["neurons"] for c in drawn} == {8, 16, 24, 32}
    assert min(c["units"] for c in drawn) < 10 < 50 < max(c["units"] for c in drawn)
    active = {c["layers"]: {"width_2", "residual"} & set(c) for c in drawn}
    assert active == {0: set(), 1: {"width_2"}, 2: {"width_2", "residual"}}


def test_optuna_tells_values_apart_that_python_takes_for_equal() -> None:
    import optuna

    space = Space.from_config({"a": {"choice": [1, True, 1.0, None, "1", 0.5]}})
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0, n_startup_trials=5))
    drawn = []
    for _ in range(60):
        trial = study.ask()
        drawn.append(optuna_configuration(space, trial)["a"])
        study.tell(trial, float(drawn[-1] is not True))
    assert {(type(value), value) for value in drawn[:30]} == {(type(v), v) for v in [1, True, 1.0, None, "1", 0.5]}
    # True is the best value: were it taken for 1, the sampler would come back to 1 as well
    assert [type(value) for value in drawn[30:]].count(bool) > 2 * [type(value) for value in drawn[30:]].count(int)
