"""Methods that give little to many and more to the best: what a trial that is not taken further leaves behind."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from marked_problem import N_CLASSES, SPACE, marked_problem
from test_methods import refit_of

from hpotrial.core.records import CUT, OK, PRUNED, incumbent
from hpotrial.methods.optuna_hyperband import OptunaHyperband
from hpotrial.methods.successive_halving import SuccessiveHalving
from hpotrial.search.adapters import scikit_learn

pytestmark = pytest.mark.slow

LONG = {**SPACE, "neurons": {"choice": [2, 4, 6, 8]}, "epochs": {"choice": [3, 9]}}


def test_a_pruned_trial_keeps_its_score_and_is_not_selected() -> None:
    problem = marked_problem("optuna_hyperband", "holdout", space=LONG)
    selection = OptunaHyperband(n_trials=16, reduction_factor=3, sampler="random").search(problem)
    pruned = [t for t in problem.trials if t.status == PRUNED]
    whole = [t for t in problem.trials if t.status == OK]
    assert len(pruned) + len(whole) == 16
    # a rung is one epoch, or three
    assert {t.cost.epochs for t in pruned} <= {1, 3}
    assert all(0 <= t.score <= 1 and not t.failed for t in pruned)
    assert 3 <= len(pruned) < 16
    assert all(t.budget_epochs == 9 == t.configuration["epochs"] for t in problem.trials)
    best = incumbent(problem.trials)
    assert best in whole
    assert (selection.configuration, selection.score) == (best.configuration, max(t.score for t in whole))
    assert problem.meter.total.epochs == sum(t.cost.epochs for t in problem.trials) < 16 * 9


def test_pruning_follows_the_seed() -> None:
    def statuses(seed: int) -> list[tuple[str, int]]:
        problem = marked_problem("optuna_hyperband", "test", space=LONG, seed=seed)
        OptunaHyperband(n_trials=12).search(problem)
        return [(t.status, t.cost.epochs) for t in problem.trials]

    assert statuses(0) == statuses(0) != statuses(1)


@pytest.mark.parametrize(
    # the first rung has an eighth of the rows, but two for each fold and class at least
    ("cv", "first", "candidates"),
    [("holdout", 90 // 8, [8, 4, 2, 1]), ("cv3", 2 * 3 * N_CLASSES, [8, 4, 2])],
)
def test_rungs_of_rows_fit_fewer_rows(cv: str, first: int, candidates: list[int]) -> None:
    problem = marked_problem("successive_halving", cv)
    selection = SuccessiveHalving(n_candidates=8, factor=2).search(problem)
    rows = len(problem.folds[0][0])
    shares = [first * 2**rung / 90 for rung, size in enumerate(candidates) for _ in range(size)]
    assert [t.cost.examples // t.cost.epochs for t in problem.trials] == [int(share * rows) for share in shares]
    best = incumbent(problem.trials[-candidates[-1] :])
    assert (selection.configuration, selection.score) == (best.configuration, best.score)
    assert selection.refitted
    assert len(problem.trials) <= SuccessiveHalving(n_candidates=8, factor=2).plan(problem.space, 100).trials


def test_rungs_of_epochs_train_longer() -> None:
    problem = marked_problem("successive_halving", "cv3", space=LONG)
    options: dict[str, Any] = {"n_candidates": 8, "factor": 3, "resource": "epochs"}
    selection = SuccessiveHalving(**options).search(problem)
    asked = [t.budget_epochs for t in problem.trials]
    assert asked == [3] * 8 + [9] * 3
    assert [t.configuration["epochs"] for t in problem.trials] == asked
    assert [t.cost.epochs for t in problem.trials] == [epochs * 3 for epochs in asked]
    budget = SuccessiveHalving(**options).plan(problem.space, 100)
    assert (budget.trials, budget.epochs) == (len(asked), sum(asked))
    best = incumbent(problem.trials[-3:])
    assert (selection.configuration, selection.score) == (best.configuration, best.score)
    assert refit_of(selection).epochs == 9


def test_rungs_of_trees_grow_a_forest() -> None:
    space = {"max_depth": {"choice": [1, 2, 3, None]}, "n_estimators": {"choice": [2, 4]}}
    problem = marked_problem("successive_halving", "cv3", model="random_forest", space=space)
    selection = SuccessiveHalving(n_candidates=4, factor=2, resource="epochs").search(problem)
    assert [t.budget_epochs for t in problem.trials] == [1] * 4 + [2] * 2 + [4]
    assert selection.configuration["n_estimators"] == 4


def test_a_class_missing_from_a_small_rung_keeps_the_others_codes() -> None:
    problem = marked_problem("successive_halving", "holdout", fixed={"layers": 0, "learning_rate": 0.05})
    problem.arm = replace(problem.arm, fixed={**problem.arm.fixed, "epochs": 40})
    problem.space = problem.space.without(("epochs",))
    rows = np.flatnonzero(problem.y != 1)[:-1]
    X = problem.X[rows] + 100 * problem.y[rows][:, None].astype(np.float32)
    classifier = scikit_learn.estimator(problem)
    fitted = classifier.set_params(neurons=6, activation_input="relu", batch_size=16).fit(X, problem.y[rows])
    assert set(np.unique(fitted.predict(X))) == {0, 2}
    assert fitted.score(X, problem.y[rows]) > 0.9


def test_a_budget_of_epochs_leaves_the_best_of_the_last_rung_reached() -> None:
    options: dict[str, Any] = {"n_candidates": 8, "factor": 2}
    fixed = {"layers": 0, "epochs": 2}
    space = {name: domain for name, domain in LONG.items() if name != "epochs"}
    problem = marked_problem("successive_halving", "holdout", space=space, fixed=fixed, epoch_budget=2 * (8 + 3) + 1)
    selection = SuccessiveHalving(**options).search(problem)
    assert [t.status for t in problem.trials] == [OK] * 11 + [CUT]
    best = incumbent(problem.trials[8:])
    assert (selection.configuration, selection.score, selection.predictor) == (best.configuration, best.score, None)

    problem = marked_problem("successive_halving", "holdout", space=space, fixed=fixed, epoch_budget=2 * 8 + 1)
    selection = SuccessiveHalving(**options).search(problem)
    assert [t.status for t in problem.trials] == [OK] * 8 + [CUT]
    assert selection.score == max(t.score for t in problem.trials[:8])
