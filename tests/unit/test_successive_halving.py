"""The schedule that the plan counts is the one that scikit-learn keeps to."""

import itertools
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, KFold

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.datasets.dataset import DatasetMeta
from hpotrial.methods.successive_halving import SuccessiveHalving, rungs
from hpotrial.search import Rows
from hpotrial.study import load_study
from hpotrial.study.arms import check_options
from hpotrial.study.plan import make_plan


class Guess(ClassifierMixin, BaseEstimator):
    """A classifier that costs nothing."""

    def __init__(self, value: int = 0, epochs: int = 1) -> None:
        self.value, self.epochs = value, epochs

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Guess":
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.full(len(X), self.value % 2)


CASES = list(itertools.product((1, 9, 16), (2, 3), (9, 20), (1, 4, "exhaust"), (True, False)))


@pytest.mark.parametrize(("n_candidates", "factor", "most", "least", "aggressive"), CASES)
def test_rungs_are_those_of_scikit_learn(
    n_candidates: int, factor: int, most: int, least: int | str, aggressive: bool
) -> None:
    search = HalvingRandomSearchCV(
        Guess(), {"value": list(range(100))}, n_candidates=n_candidates, factor=factor, resource="epochs",
        max_resources=most, min_resources=least, aggressive_elimination=aggressive, cv=KFold(2), random_state=0,
        refit=False, return_train_score=False,
    )  # fmt: skip
    search.fit(np.zeros((4, 1)), np.array([0, 1, 0, 1]))
    exhaust = least == "exhaust"
    schedule = rungs(n_candidates, factor, 1 if exhaust else least, most, exhaust=exhaust, aggressive=aggressive)
    assert schedule == list(zip(search.n_candidates_, search.n_resources_, strict=True))


SPACE = Space.from_config({"neurons": {"int": {"low": 1, "high": 100}}, "epochs": {"choice": [10, 90]}})


def test_plan_on_epochs_counts_every_rung() -> None:
    budget = SuccessiveHalving(n_candidates=9, factor=3, resource="epochs").plan(SPACE, 5)
    assert budget.trials == 9 + 3 + 1
    assert budget.epochs == 9 * 10 + 3 * 30 + 1 * 90
    assert budget.row_share == 1.0


def test_plan_on_rows_counts_the_share_of_the_rows() -> None:
    budget = SuccessiveHalving(n_candidates=9, factor=3, resource="n_samples").plan(SPACE, 5)
    assert budget.trials == 9 + 3 + 1
    assert budget.epochs == 13 * 50
    assert budget.row_share == pytest.approx((9 / 9 + 3 / 3 + 1) / 13)


def test_no_more_candidates_than_configurations() -> None:
    small = Space.from_config({"neurons": {"choice": [1, 2, 3]}, "epochs": {"choice": [10, 90]}})
    assert SuccessiveHalving(n_candidates=27, factor=3, resource="epochs").plan(small, 5).trials == 3 + 1
    assert SuccessiveHalving(n_candidates=27, factor=3, resource="n_samples").plan(small, 5).trials == 6 + 2


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"factor": 1}, "factor: must be at least 2, not 1"),
        ({"n_candidates": 0}, "n_candidates: must be at least 1, not 0"),
        ({"min_resources": 0}, "min_resources: must be at least 1, not 0"),
    ],
)
def test_numbers_that_make_no_rung_are_refused(options: dict[str, int], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        check_options("an arm", "successive_halving", options)


def test_a_first_rung_above_the_last_is_refused_by_the_plan() -> None:
    with pytest.raises(ConfigurationError, match="min_resources 91 is above the 90 epochs"):
        SuccessiveHalving(resource="epochs", min_resources=91).plan(SPACE, 5)


def test_candidates_of_a_conditional_space_are_drawn_with_their_inactive_values() -> None:
    space = Space.from_config(
        {
            "optimizer": {"choice": ["adam", "sgd"]},
            "learning_rate": {"choice": [0.1, 0.2], "when": {"optimizer": "sgd"}},
        }
    )
    # adam comes with each of the two rates: four candidates of three configurations
    assert SuccessiveHalving(n_candidates=27, factor=4).plan(space, 5).trials == 4 + 1


def test_rungs_are_those_that_scikit_learn_makes_of_the_rows() -> None:
    space = Space.from_config({"max_depth": {"choice": list(range(1, 28))}})
    fitted = {}
    for rows, folds in ((26, 3), (40, 3), (26, 1), (640, 5)):
        for start in ("smallest", "exhaust", 13):
            halving = SuccessiveHalving(n_candidates=27, min_resources=start)
            fitted[rows, folds, start] = halving.rungs(space, 5, Rows(rows, folds, 2))
            X, y = np.random.default_rng(0).normal(size=(rows, 2)), np.arange(rows) % 2
            indices = np.arange(rows)
            cv = [(indices[k % 2 :: 2], indices[1 - k % 2 :: 2]) for k in range(folds)]
            searcher = HalvingRandomSearchCV(
                Guess(), {"value": list(range(27))}, n_candidates=27, factor=3,
                min_resources=start, cv=cv, random_state=0,
            )  # fmt: skip
            assert searcher.fit(X, y).n_iterations_ == fitted[rows, folds, start]
    assert fitted[26, 3, "exhaust"] == 1
    assert fitted[640, 5, "exhaust"] == 4
    assert SuccessiveHalving(min_resources=50).rungs(space, 5, Rows(26, 3, 2)) == 0
    assert SuccessiveHalving(resource="epochs").rungs(space, 90, Rows(26, 3, 2)) == 4


def test_rows_that_leave_one_rung_are_refused_by_the_plan() -> None:
    text = {
        "name": "few", "seeds": {"count": 1},
        "datasets": {
            "few": {
                "kind": "csv", "path": "few.csv", "target": "y", "model": "random_forest",
                "space": {"max_depth": {"choice": list(range(1, 28))}},
                "arms": {"successive_halving": {"cv": ["cv3"]}},
            }
        },
    }  # fmt: skip

    def plan(rows: int, text: dict[str, Any] = text) -> Any:
        facts = DatasetMeta("few", "csv", False, "", "", "0" * 64, rows, 2, ("a", "b"), None, None)
        return make_plan(load_study(text), {"few": facts})

    with pytest.raises(ConfigurationError, match=r"arms\.successive_halving: at cv3 26 .* no more than one rung of 4"):
        plan(40)
    assert len(plan(400)) == 1
