"""Every method within a budget of epochs, and with another metric than accuracy."""

from typing import Any

import numpy as np
import pytest
from marked_problem import marked_problem
from test_methods import CASES, LAST_RUNG, SMALL, plain, refit_of

from hpotrial import methods
from hpotrial.core import metrics
from hpotrial.core.errors import BudgetSpent
from hpotrial.core.records import CUT, incumbent

pytestmark = pytest.mark.slow

BUDGET = 7


def run(name: str, cv: str, model: str, **changes: Any) -> tuple[Any, Any, bool]:
    """The problem, the selection, and whether the budget ended the search."""
    problem = marked_problem(name, cv, model=model, **changes)
    try:
        return problem, methods.load(name)(**SMALL.get(name, {})).search(problem), False
    except BudgetSpent:
        return problem, problem.selected(), True


@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_a_budget_of_epochs_is_kept_to_the_epoch(name: str, cv: str, model: str) -> None:
    free, *_ = plain(name, cv, model)
    asked = sum(t.cost.epochs for t in free.trials)
    problem, selection, _ = run(name, cv, model, epoch_budget=BUDGET)
    spent = sum(t.cost.epochs for t in problem.trials)
    assert spent <= BUDGET
    if asked > BUDGET:
        # early stopping may leave a rest that is smaller than a fit, and KerasTuner goes on from an earlier round
        assert spent == BUDGET
    assert problem.meter.total.epochs == spent + refit_of(selection).epochs
    assert [t.number for t in problem.trials] == list(range(len(problem.trials)))
    assert sum(t.status == CUT for t in problem.trials) <= 1
    assert not any(t.status == CUT for t in problem.trials[:-1])
    best = incumbent(problem.trials)
    assert (selection is None) == (best is None)
    if best is not None and name not in LAST_RUNG:
        assert selection.configuration == best.configuration


@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_a_budget_that_is_not_reached_changes_nothing(name: str, cv: str, model: str) -> None:
    free, selection, *_ = plain(name, cv, model)
    bound, bound_selection, ended = run(name, cv, model, epoch_budget=10_000)
    assert not ended
    assert [(t.configuration, t.score, t.cost.epochs) for t in bound.trials] == [
        (t.configuration, t.score, t.cost.epochs) for t in free.trials
    ]
    assert bound_selection.configuration == selection.configuration


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss"])
@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_a_search_maximises_the_metric_it_is_told(name: str, cv: str, model: str, metric: str) -> None:
    problem, selection, _ = run(name, cv, model, metric=metric)
    good = [t for t in problem.trials if t.ok]
    assert good
    assert all(t.score < 0 if metric == "log_loss" else 0 <= t.score <= 1 for t in good)
    assert selection is not None
    if selection.predictor is not None and not selection.refitted and len(problem.folds) == 1:
        _, scored = problem.folds[0]
        again = metrics.score(metric, selection.predictor.probabilities(problem.X[scored]), problem.y[scored])
        assert again == pytest.approx(selection.score, abs=1e-5)
    assert np.isfinite(selection.score)
