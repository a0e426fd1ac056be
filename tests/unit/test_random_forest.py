"""A random forest: as it is built, as it is fitted behind the meter, and as scikit-learn's searches see it."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from in_space import in_space
from sklearn.base import clone, is_classifier
from sklearn.ensemble import RandomForestClassifier

from hpotrial import methods, models
from hpotrial.core.configuration import Arm
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.errors import BudgetSpent, ConfigurationError
from hpotrial.models import random_forest
from hpotrial.search import Problem
from hpotrial.search.adapters import scikit_learn
from hpotrial.search.folds import divide
from hpotrial.training.building import make_model
from hpotrial.training.metering import CostMeter

pytestmark = pytest.mark.slow

SPACE = {
    "bootstrap": {"choice": [True, False]},
    "max_samples": {"float": {"low": 0.2, "high": 0.9}, "when": {"bootstrap": True}},
    "max_depth": {"choice": [3, None]},
}


def rows(n: int = 120, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.arange(n, dtype=np.int32) % classes
    return rng.normal(size=(n, 5)).astype(np.float32) + y[:, None], y


def forest_problem(space: dict[str, Any] = SPACE, cv: str = "cv3", **changes: Any) -> Problem:
    X, y = rows()
    folds = divide(CvSetting(cv), y, 0, holdout_size=0.2, seed=0)
    settings = {"options": {}, "fixed": {"n_estimators": 6}, "space": space, **changes}
    return Problem(
        X=X, y=y, folds=folds, n_train=len(y), n_classes=3, seed=1, capacity=len(y),
        validates_in_fit=CvSetting(cv).kind != "cv",
        arm=Arm("forest", "grid_loop", model="random_forest", **settings),
    )  # fmt: skip


def forest(**values: Any) -> Any:
    """An untrained forest of six trees for three classes, and its meter."""
    configuration = {**models.defaults("random_forest"), "n_estimators": 6, **values}
    return make_model("random_forest", configuration, (5,), 3, seed=7, capacity=0, meter=CostMeter())


def built(**values: Any) -> dict[str, Any]:
    configuration = {**models.defaults("random_forest"), **values}
    return random_forest.build(configuration, (5,), 3).get_params()


def test_defaults_are_scikit_learns() -> None:
    own = RandomForestClassifier().get_params()
    defaults = models.defaults("random_forest")
    assert {name: own[name] for name in defaults} == defaults
    assert list(defaults) == list(random_forest.HYPERPARAMETERS)
    assert (models.library("random_forest"), models.epochs_name("random_forest")) == ("sklearn", "n_estimators")


def test_whole_floats_become_counts_and_fractions_stay() -> None:
    parameters = built(max_depth=10.0, n_estimators=50.0, min_samples_leaf=0.25, min_samples_split=4, max_features=None)
    values = [parameters[n] for n in ("max_depth", "n_estimators", "min_samples_leaf", "min_samples_split")]
    assert values == [10, 50, 0.25, 4]
    assert [type(value) for value in values] == [int, int, float, int]
    assert parameters["max_features"] is None
    assert built(max_depth=None)["max_depth"] is None


def test_auto_is_refused_with_what_replaces_it() -> None:
    with pytest.raises(ConfigurationError, match=r"'auto' no longer exists in scikit-learn.*write sqrt"):
        built(max_features="auto")


@pytest.mark.parametrize("name", ["criterion", "max_features", "class_weight"])
def test_words_are_scikit_learns(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} has no 'none such'; there are") as refusal:
        built(**{name: "none such"})
    words = str(refusal.value).split("there are ")[1].split(", ")
    constraints = RandomForestClassifier._parameter_constraints[name]
    assert set(words) == set().union(*(c.options for c in constraints if hasattr(c, "options"))) - {"mse"}


def test_a_fraction_is_no_depth() -> None:
    with pytest.raises(ConfigurationError, match=r"max_depth is a whole number or null, not 10\.5"):
        built(max_depth=10.5)


def test_every_class_has_a_column_even_if_absent_from_the_fitted_rows() -> None:
    X, y = rows()
    model = forest()
    model.fit(X[y != 1], y[y != 1])
    probabilities = model.predict(X)
    assert probabilities.shape == (120, 3)
    assert (probabilities[:, 1] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert np.mean(np.argmax(probabilities, axis=1)[y == 2] == 2) > 0.9


def test_a_tree_costs_as_much_as_an_epoch() -> None:
    X, y = rows()
    model = forest()
    history = model.fit(X, y)
    assert history.epoch == list(range(6))
    assert (model.last_cost.fits, model.last_cost.epochs, model.last_cost.examples) == (1, 6, 6 * 120)
    assert model.meter.total == model.last_cost
    shorter = forest()
    shorter.fit(X, y, epochs=2, batch_size=32)
    assert shorter.last_cost.epochs == len(shorter.estimator.estimators_) == 2


def test_a_fit_that_raises_is_a_fit_without_trees() -> None:
    model = forest(min_samples_leaf=0)
    with pytest.raises(ValueError, match="min_samples_leaf"):
        model.fit(*rows())
    assert (model.last_cost.fits, model.last_cost.epochs) == (1, 0)
    assert model.meter.total.fits == 1


def test_the_seed_decides_the_forest() -> None:
    X, y = rows()
    one, same = forest(), forest()
    other = make_model("random_forest", dict(one.estimator.get_params()), (5,), 3, seed=8, capacity=0)
    for model in (one, same, other):
        model.fit(X, y)
    np.testing.assert_array_equal(one.predict(X), same.predict(X))
    assert (one.predict(X) != other.predict(X)).any()


def test_images_are_flattened() -> None:
    X, y = rows()
    model = forest()
    model.fit(X[:, :4].reshape(-1, 2, 2), y)
    assert model.predict(X[:, :4].reshape(-1, 2, 2)).shape == (120, 3)


def test_the_budget_of_epochs_ends_in_the_middle_of_a_trial() -> None:
    problem = forest_problem(epoch_budget=20)
    problem.evaluate({"bootstrap": False, "max_depth": 3})
    with pytest.raises(BudgetSpent):
        problem.evaluate({"bootstrap": False, "max_depth": None})
    assert problem.meter.total.epochs == 20
    assert [(t.status, t.cost.epochs) for t in problem.trials] == [("ok", 18), ("cut", 2)]
    assert problem.refit({"bootstrap": False, "max_depth": 3}).model.last_cost.epochs == 6


def test_the_estimator_is_cloned_by_its_parameters() -> None:
    problem = forest_problem()
    estimator = scikit_learn.estimator(problem)
    assert is_classifier(estimator)
    assert set(estimator.get_params()) == {"bootstrap", "max_samples", "max_depth", "n_estimators"}
    assert estimator.configuration == {}
    set_ = clone(estimator).set_params(bootstrap=True, max_samples=0.5, max_depth=None)
    copied = clone(set_)
    assert copied.configuration == {"bootstrap": True, "max_samples": 0.5, "max_depth": None}
    assert copied.recorder is estimator.recorder
    assert estimator.configuration == {}


@pytest.mark.parametrize(
    "configuration",
    [{"bootstrap": True, "max_samples": 0.5, "max_depth": 3}, {"bootstrap": False, "max_depth": None}],
)
def test_the_estimator_records_what_evaluate_records(configuration: dict[str, Any]) -> None:
    problem, again = forest_problem(), forest_problem()
    trial = problem.evaluate(configuration)
    estimator = scikit_learn.estimator(again)
    for fitted, scored in again.folds:
        candidate = clone(estimator).set_params(**configuration).fit(again.X[fitted], again.y[fitted])
        candidate.score(again.X[scored], again.y[scored])
    (recorded,) = again.trials
    assert recorded.configuration == configuration
    assert recorded.fold_scores == trial.fold_scores
    assert (recorded.cost.epochs, recorded.budget_epochs) == (trial.cost.epochs, trial.budget_epochs) == (18, 6)


def test_a_fit_on_all_rows_is_a_refit_and_no_trial() -> None:
    problem = forest_problem(epoch_budget=0)
    estimator = scikit_learn.estimator(problem).set_params(bootstrap=False, max_depth=3).fit(problem.X, problem.y)
    assert (problem.trials, problem.meter.total.epochs) == ([], 6)
    assert estimator.predict_proba(problem.X).shape == (120, 3)
    assert (estimator.predict(problem.X) == np.argmax(estimator.predict_proba(problem.X), axis=1)).all()
    assert estimator.classes_.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(
        estimator.predict_proba(problem.X),
        problem.refit({"bootstrap": False, "max_depth": 3}).probabilities(problem.X),
    )


def test_the_estimator_scores_by_the_selecting_metric() -> None:
    problem = forest_problem(metric="log_loss")
    (fitted, scored), *_ = problem.folds
    estimator = (
        scikit_learn.estimator(problem)
        .set_params(bootstrap=False, max_depth=3)
        .fit(problem.X[fitted], problem.y[fitted])
    )
    value = estimator.score(problem.X[scored], problem.y[scored])
    assert value == problem.score(estimator.predict_proba(problem.X[scored]), problem.y[scored]) < 0


def test_a_failing_candidate_is_recorded_and_raised() -> None:
    problem = forest_problem({"min_samples_leaf": {"choice": [0, 1]}})
    estimator = scikit_learn.estimator(problem)
    for fitted, _ in problem.folds:
        with pytest.raises(ValueError, match="min_samples_leaf"):
            clone(estimator).set_params(min_samples_leaf=0).fit(problem.X[fitted], problem.y[fitted])
    (trial,) = problem.trials
    assert (trial.status, trial.cost.fits, trial.cost.epochs) == ("fit_error", 3, 0)


# the document's space for hyperopt, with fewer trees
DOCUMENTED = """
criterion: {choice: [entropy, gini]}
max_depth: {float: {low: 10, high: 1200, step: 10}}
max_features: {choice: [sqrt, log2, null]}
min_samples_leaf: {float: {low: 1.0e-6, high: 0.5}}
min_samples_split: {float: {low: 1.0e-6, high: 1}}
n_estimators: {choice: [2, 3, 4]}
"""


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("hyperopt_tpe", {"max_evals": 25}),
        ("sklearn_random", {"n_iter": 8}),
        pytest.param(
            "tpot",
            {"generations": 2, "population_size": 6, "offspring_size": 4},
            marks=pytest.mark.skipif(importlib.util.find_spec("tpot") is None, reason="needs tpot: make extras"),
        ),
    ],
)
def test_the_documents_domains_can_be_searched(method: str, options: dict[str, Any]) -> None:
    problem = forest_problem(yaml.safe_load(DOCUMENTED), "cv4", fixed={})
    selection = methods.load(method)(**options).search(problem)
    assert all(trial.ok and in_space(trial.configuration, problem.space) for trial in problem.trials)
    assert len(problem.trials) <= methods.load(method)(**options).plan(problem.space, 100).trials
    assert len({trial.configuration["max_depth"] for trial in problem.trials}) > 3
    assert selection.score == max(trial.score for trial in problem.trials) > 0.4


WITHOUT_TENSORFLOW = """
import sys
sys.path[:0] = {paths}
from test_random_forest import forest_problem
from hpotrial import methods
problem = forest_problem({{"max_depth": {{"choice": [2, None]}}}}, "cv4", fixed={{"n_estimators": 2}})
assert methods.load("{method}")().search(problem) is not None
sys.exit(" ".join({{"tensorflow", "keras", "scikeras", "torch"}} & set(sys.modules)) or 0)
"""


@pytest.mark.parametrize("method", ["grid_loop", "sklearn_grid", "sklearn_random", "hyperopt_tpe"])
def test_a_forests_job_never_imports_tensorflow(method: str) -> None:
    here = Path(__file__).resolve()
    code = WITHOUT_TENSORFLOW.format(paths=[str(here.parents[2] / "src"), str(here.parent)], method=method)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
