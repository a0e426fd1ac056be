"""A search whose first fits are in the table of fits goes on as if it had never been killed, whatever the method, and
makes no finished fit again."""

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from marked_problem import MODELS, marked_problem, marked_rows
from test_methods import CASES, SMALL, told

from hpotrial import methods
from hpotrial.core.configuration import EarlyStopping, Training
from hpotrial.core.errors import BudgetSpent
from hpotrial.core.records import Cost
from hpotrial.training.compiled_model import CompiledModel
from hpotrial.training.fit_table import FitTable

pytestmark = pytest.mark.slow


def searched(folder: Path, name: str, cv: str, model: str, **changes: Any) -> tuple[Any, np.ndarray | None, int, int]:
    """The problem after a search, the selection's probabilities of the audit rows, fits taken and fits made.

    The time stamps of the table's files tell their order.
    """
    problem = marked_problem(name, cv, model=model, **changes)
    problem.fits = table = FitTable(folder, "code")
    add = table.add

    def stamped(key: str, record: Any) -> None:
        before = set(records(folder))
        add(key, record)
        (file,) = set(records(folder)) - before
        os.utime(file, (len(before), len(before)))

    table.add = stamped  # type: ignore[method-assign]
    try:
        selection = methods.load(name)(**SMALL.get(name, {})).search(problem)
    except BudgetSpent:
        selection = problem.selected()
    counts = problem.meter.taken, problem.meter.total.fits - problem.meter.taken
    X, _, split = marked_rows()
    kept = selection is not None and selection.predictor is not None
    return problem, selection.predictor.probabilities(X[split.audit]) if kept else None, *counts


def records(folder: Path) -> list[Path]:
    """The records of a table, in the order in which they were written."""
    return sorted(folder.glob("*.npz"), key=lambda file: file.stat().st_mtime)


def torn(folder: Path, kept: int) -> None:
    """Leave the first records of a table, and half of the next, as it is written: beside its place."""
    whole = records(folder)
    half = whole[kept].read_bytes()
    for file in whole[kept:]:
        file.unlink()
    whole[kept].with_name(f".{whole[kept].name}.x1y2").write_bytes(half[: len(half) // 2])


def costs(problem: Any, fits: int) -> list[Cost]:
    return problem.meter.costs[:fits]


def assert_resumed(folder: Path, kept: int | None, name: str, cv: str, model: str, **changes: Any) -> None:
    undisturbed, probabilities, _, made = searched(folder, name, cv, model, **changes)
    assert len(records(folder)) == made
    if kept is None:
        kept = random.Random(f"{name} {cv} {model}").randrange(1, made)
    # a search may ask for the same fit again
    kept = min(kept, made - 1)
    torn(folder, kept)
    resumed, probabilities_again, taken, made_again = searched(folder, name, cv, model, **changes)
    assert made_again == made - kept
    assert taken + made_again == undisturbed.meter.total.fits
    # repr, since a failed trial's score is not equal to itself
    assert repr(told(resumed)) == repr(told(undisturbed))
    assert resumed.generations == undisturbed.generations
    assert resumed.meter.total.epochs == undisturbed.meter.total.epochs
    # times too are those of the fit that was made
    assert costs(resumed, kept) == costs(undisturbed, kept)
    np.testing.assert_array_equal(probabilities_again, probabilities)


@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_a_resumed_search_is_the_undisturbed_one(name: str, cv: str, model: str, tmp_path: Path) -> None:
    assert_resumed(tmp_path / "fits", None, name, cv, model)


@pytest.mark.parametrize(
    "name", ["grid_loop", "sklearn_grid", "keras_hyperband", "optuna_hyperband", "successive_halving"]
)
def test_a_search_with_nothing_left_to_fit_fits_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cv = "holdout" if "holdout" in methods.load(name).cv_kinds else "cv3"
    changes = {"training": Training("compiled", EarlyStopping(1), "best")}
    undisturbed, probabilities, *_ = searched(tmp_path / "j", name, cv, "mlp", **changes)

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("a finished fit is made again")

    monkeypatch.setattr(CompiledModel, "_fit", never)
    resumed, probabilities_again, taken, made = searched(tmp_path / "j", name, cv, "mlp", **changes)
    assert (taken, made) == (undisturbed.meter.total.fits, 0)
    assert resumed.trials == undisturbed.trials
    assert resumed.meter.total == undisturbed.meter.total
    np.testing.assert_array_equal(probabilities_again, probabilities)


BUDGET = {"epoch_budget": 7}
RANKED = {"metric": "roc_auc"}
STOCK = {"training": Training("stock", EarlyStopping(1), "best")}
DROPOUT = {"fixed": {"layers": 1, "dropout": 0.3}}
FEW = {"space": {**MODELS["mlp"]["space"], "neurons": {"choice": [4]}}}
DIVERGING = {
    "fixed": {"layers": 0, "optimizer": "sgd"},
    "space": {**MODELS["mlp"]["space"], "learning_rate": {"choice": [0.01, 1e38]}},
}


@pytest.mark.parametrize(
    ("name", "cv", "changes"),
    [
        ("grid_loop", "holdout", BUDGET),
        ("keras_hyperband", "holdout", BUDGET),
        ("sklearn_grid", "cv3", {"epoch_budget": 17}),
        ("grid_loop", "test", RANKED),
        ("keras_random", "test", RANKED),
        ("optuna_hyperband", "holdout", RANKED),
        ("grid_loop", "holdout", {**STOCK, **FEW}),
        ("keras_hyperband", "holdout", STOCK),
        ("grid_loop", "holdout", DIVERGING),
        ("keras_random", "test", DIVERGING),
        ("hyperopt_tpe", "holdout", DIVERGING),
        ("sklearn_random", "cv3", DIVERGING),
        ("genetic", "holdout", {"train_share": 0.5}),
        ("grid_loop", "holdout", {**DROPOUT, **FEW}),
    ],
    ids=str,
)
def test_budgets_metrics_engines_and_failures_are_the_same(
    name: str, cv: str, changes: dict[str, Any], tmp_path: Path
) -> None:
    assert_resumed(tmp_path / "fits", 2, name, cv, "mlp", **changes)


def test_another_seeds_fits_are_not_taken(tmp_path: Path) -> None:
    """Two seeds, one table: nothing is taken from the other run's records."""
    searched(tmp_path / "j", "grid_loop", "holdout", "mlp", seed=0)
    problem = marked_problem("grid_loop", "holdout", seed=1)
    problem.fits = FitTable(tmp_path / "j", "code")
    methods.load("grid_loop")().search(problem)
    assert problem.meter.taken == 0
