"""A space with conditions: each method draws from it as it is, or refuses it before anything runs."""

from typing import Any

import pytest
from in_space import in_space
from marked_problem import marked_problem
from test_methods import CV_OF_KIND, SMALL, case, tuned_by

from hpotrial import methods
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space

pytestmark = pytest.mark.slow

FINITE: dict[str, Any] = {
    "optimizer": {"choice": ["adam", "sgd"]},
    "learning_rate": {"choice": [0.01, 0.1], "when": {"optimizer": "sgd"}},
    "neurons": {"int": {"low": 4, "high": 8, "step": 2}},
    "batch_size": {"choice": [16]},
    "epochs": {"choice": [1, 3]},
}
CONTINUOUS = {
    **FINITE,
    "learning_rate": {"float": {"low": 0.001, "high": 0.1, "log": True}, "when": {"optimizer": "sgd"}},
}
REFUSED = {
    "finite": {"sklearn_grid"},
    "continuous": {"sklearn_grid", "grid_loop"},
}
KERAS = [name for name in methods.names() if "mlp" in tuned_by(name)]


def refuses(name: str, raw: dict[str, Any]) -> bool:
    try:
        methods.load(name)(**SMALL.get(name, {})).check(Space.from_config(raw))
    except ConfigurationError:
        return True
    return False


@pytest.mark.parametrize(("kind", "raw"), [("finite", FINITE), ("continuous", CONTINUOUS)])
def test_just_the_methods_that_cannot_say_it_refuse_it(kind: str, raw: dict[str, Any]) -> None:
    refusing = {name for name in KERAS if refuses(name, raw)}
    assert refusing - {"genetic"} == REFUSED[kind]


@pytest.mark.parametrize("raw", [FINITE, CONTINUOUS], ids=["finite", "continuous"])
@pytest.mark.parametrize("name", [case(name) for name in KERAS])
def test_drawn_configurations_lie_in_the_space(name: str, raw: dict[str, Any]) -> None:
    if refuses(name, raw):
        pytest.skip("refused before anything runs")
    cv = CV_OF_KIND[methods.load(name).cv_kinds[0]]
    problem = marked_problem(name, cv, space=raw)
    selection = methods.load(name)(**SMALL.get(name, {})).search(problem)
    assert selection is not None
    assert all(t.ok or t.status == "pruned" for t in problem.trials)
    for trial in problem.trials:
        configuration = trial.configuration
        if name == "keras_hyperband":
            # Hyperband says how long
            configuration = {**configuration, "epochs": 1}
        assert in_space(configuration, problem.space)
        assert ("learning_rate" in configuration) == (configuration["optimizer"] == "sgd")


def test_a_grid_of_scikit_learn_names_the_condition() -> None:
    with pytest.raises(
        ConfigurationError, match=r"space\.learning_rate: .* multiplies .* only there when optimizer is sgd"
    ):
        methods.load("sklearn_grid")().check(Space.from_config(FINITE))
