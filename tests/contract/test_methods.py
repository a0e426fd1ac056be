"""Every file in methods/ keeps the contract, on a model of each library that it can tune; a new method is tested by
existing."""

import importlib.util
import inspect
import math
from collections.abc import Iterable
from dataclasses import MISSING, fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from in_space import in_space
from marked_problem import MODELS, TEST, TRAIN, marked_problem, marked_rows

from hpotrial import methods, models
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.records import Cost, incumbent
from hpotrial.core.space import Space
from hpotrial.study.arms import check_options
from hpotrial.training.metering import FittedModel

# small budgets for methods whose defaults are made for real studies
SMALL: dict[str, dict[str, Any]] = {
    "sklearn_random": {"n_iter": 3},
    "keras_random": {"max_trials": 3, "tune": "all"},
    "keras_bayesian": {"max_trials": 4, "num_initial_points": 2, "tune": "all"},
    "keras_hyperband": {"max_epochs": 2, "factor": 2, "tune": "all"},
    "successive_halving": {"n_candidates": 4, "factor": 3},
    "genetic": {"population": 4, "generations": 2},
    "hyperopt_random": {"max_evals": 4},
    "hyperopt_tpe": {"max_evals": 4, "n_startup_jobs": 2},
    "optuna_tpe": {"n_trials": 5, "n_startup_trials": 2},
    "optuna_gp": {"n_trials": 5, "n_startup_trials": 2},
    "optuna_hyperband": {"n_trials": 6, "reduction_factor": 2, "n_startup_trials": 2},
    "tpot": {"generations": 2, "population_size": 3, "offspring_size": 2},
}
# trials of the last rung, where the search selects among those only
LAST_RUNG = {"successive_halving": 2}
CV_OF_KIND = {"test": "test", "holdout": "holdout", "cv": "cv3"}
# for each model: a hyperparameter with a good value and one that no fit survives, and what lets no fit survive
BAD_VALUE = {
    "mlp": ("activation_input", "relu", "no such activation"),
    "random_forest": ("criterion", "gini", "no such criterion"),
}
BAD_FIXED: dict[str, tuple[dict[str, Any], str]] = {
    "mlp": ({"layers": 0, "learning_rate": 1e38, "optimizer": "sgd"}, "not_finite"),
    "random_forest": ({"max_features": "no such share"}, "fit_error"),
}


def absent(name: str) -> list[str]:
    needed = methods.load(name).requires
    return [module for module in needed if importlib.util.find_spec(module) is None]


def case(name: str, *values: str) -> Any:
    """A test's parameters, skipped where the method needs what is not installed."""
    reason = f"{name} needs {', '.join(absent(name))}: make extras"
    return pytest.param(name, *values, marks=pytest.mark.skipif(bool(absent(name)), reason=reason))


def tuned_by(name: str) -> Iterable[str]:
    can = methods.load(name).libraries
    return (model for model in MODELS if models.library(model) in can)


CASES = [
    case(name, CV_OF_KIND[kind], model)
    for name in methods.names()
    for kind in methods.load(name).cv_kinds
    for model in tuned_by(name)
]


def run(name: str, cv: str, model: str = "mlp", **changes: Any) -> tuple[Any, Any]:
    problem = marked_problem(name, cv, model=model, **changes)
    return problem, methods.load(name)(**SMALL.get(name, {})).search(problem)


@cache
def plain(name: str, cv: str, model: str) -> tuple[Any, Any, set[float], set[float]]:
    """A search that nothing is asked of, once for all tests that look at one: also the marks of the rows that were
    fitted on, and of those that a fit was watched on."""
    fitted: set[float] = set()
    validated: set[float] = set()
    fit = FittedModel.fit

    def watched(self: Any, x: Any = None, y: Any = None, **arguments: Any) -> Any:
        fitted.update(np.unique(np.asarray(x)[:, -1]))
        if arguments.get("validation_data"):
            validated.update(np.unique(np.asarray(arguments["validation_data"][0])[:, -1]))
        return fit(self, x, y, **arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FittedModel, "fit", watched)
        return *run(name, cv, model), fitted, validated


def refit_of(selection: Any) -> Cost:
    """What a search's own fit on all training rows has cost."""
    return selection.predictor.model.last_cost if selection is not None and selection.refitted else Cost()


def told(problem: Any) -> list[Any]:
    """The trials without what depends on the clock."""
    counts = [Cost(t.cost.fits, t.cost.epochs, t.cost.examples) for t in problem.trials]
    return [replace(t, cost=cost) for t, cost in zip(problem.trials, counts, strict=True)]


@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_search_keeps_its_budget_and_records_every_trial(name: str, cv: str, model: str) -> None:
    problem, selection, _, _ = plain(name, cv, model)
    budget = methods.load(name)(**SMALL.get(name, {})).plan(problem.space, 100)
    assert 0 < len(problem.trials) <= budget.trials
    longest = max(t.budget_epochs for t in problem.trials)
    assert all(t.cost.epochs <= t.budget_epochs * CvSetting(cv).folds for t in problem.trials)
    assert (
        sum(t.cost.epochs for t in problem.trials) <= max(budget.epochs, budget.trials * longest) * CvSetting(cv).folds
    )
    assert [t.number for t in problem.trials] == list(range(len(problem.trials)))
    assert all(in_space(t.configuration, problem.space) or name == "keras_hyperband" for t in problem.trials)

    assert selection is not None
    in_trials = sum((t.cost for t in problem.trials), Cost())
    refit = refit_of(selection)
    assert problem.meter.total.fits == in_trials.fits + refit.fits
    assert in_trials.fits == len(problem.trials) * CvSetting(cv).folds
    assert problem.meter.total.epochs == in_trials.epochs + refit.epochs
    assert problem.meter.total.wall_seconds >= in_trials.wall_seconds > 0

    best = incumbent(problem.trials[-LAST_RUNG.get(name, 0) :])
    assert selection.score == pytest.approx(best.score, abs=1e-12)
    assert best.configuration == selection.configuration
    assert all(0 <= t.score <= 1 and len(t.fold_scores) == CvSetting(cv).folds for t in problem.trials)


@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_search_sees_no_row_that_it_must_not_see(name: str, cv: str, model: str) -> None:
    problem, selection, fitted, validated = plain(name, cv, model)
    assert fitted == {TRAIN}
    assert validated <= ({TEST} if cv == "test" else {TRAIN})
    assert set(np.unique(problem.X[:, -1])) == ({TRAIN, TEST} if cv == "test" else {TRAIN})
    if selection.predictor is not None:
        assert selection.predictor.scaler.mean_[-1] == TRAIN


@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_same_seed_gives_the_same_trials(name: str, cv: str, model: str) -> None:
    first, selection, _, _ = plain(name, cv, model)
    again, selection_again = run(name, cv, model)
    assert told(first) == told(again)
    if selection.predictor is not None:
        X, _, split = marked_rows()
        one, other = (s.predictor.probabilities(X[split.audit]) for s in (selection, selection_again))
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("name", "model"), [case(name, model) for name in methods.names() for model in tuned_by(name)])
def test_another_seed_gives_other_trials(name: str, model: str) -> None:
    cv = CV_OF_KIND[methods.load(name).cv_kinds[0]]
    assert told(plain(name, cv, model)[0]) != told(run(name, cv, model, seed=1)[0])


@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_failed_trial_is_recorded_and_the_search_goes_on(name: str, cv: str, model: str) -> None:
    hyperparameter, good, none = BAD_VALUE[model]
    changes: dict[str, Any] = {"space": {**MODELS[model]["space"], hyperparameter: {"choice": [good, none]}}}
    # few draws may all be good, or all bad: the first seed by which both kinds are drawn
    for seed in range(12):
        problem, selection = run(name, cv, model, **changes, seed=seed)
        bad = [t for t in problem.trials if t.configuration[hyperparameter] != good]
        if 0 < len(bad) < len(problem.trials):
            break
    assert 0 < len(bad) < len(problem.trials)
    assert all(t.status == "fit_error" and none in t.message and math.isnan(t.score) for t in bad)
    assert not any(t.failed for t in problem.trials if t not in bad)
    assert selection is not None
    assert selection.configuration[hyperparameter] == good


@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_search_without_a_good_trial_selects_nothing(name: str, cv: str, model: str) -> None:
    fixed, status = BAD_FIXED[model]
    problem, selection = run(name, cv, model, fixed=fixed)
    assert selection is None
    assert problem.trials
    assert {t.status for t in problem.trials} == {status}


@pytest.mark.parametrize("name", methods.names())
def test_method_file_is_whole(name: str) -> None:
    method = methods.load(name)
    assert inspect.getmodule(method).__doc__
    assert method.__doc__
    assert "__dataclass_fields__" in vars(method), "put @dataclass(frozen=True) above the class"
    assert method.__dataclass_params__.frozen
    assert method.cv_kinds
    assert set(method.cv_kinds) <= set(CV_OF_KIND)
    assert set(method.libraries) <= set(models.LIBRARIES)
    assert bool(method.requires) == bool(method.extra)
    assert all(field.default is not MISSING for field in fields(method)), "each option needs a default"
    defaults = {field.name: field.default for field in fields(method)}
    check_options("its own defaults", name, defaults)
    assert [option for option in defaults if f"    {option} : " not in method.__doc__] == []
    wider = {"mlp": {"layers": {"choice": [1, 2, 3]}}, "random_forest": {}}
    model = next(iter(tuned_by(name)))
    space = Space.from_config({**MODELS[model]["space"], **wider[model]})
    assert method().plan(space, 10).trials > 0
