"""Searches of several families at one table of fits, in any order, are the searches that have none, times aside; and no
fit is made that is there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from marked_problem import marked_problem, marked_rows
from test_methods import SMALL, told

from hpotrial import methods
from hpotrial.training.fit_table import FitTable

pytestmark = pytest.mark.slow

TOGETHER = {
    ("holdout", "mlp"): (
        "grid_loop", "hyperopt_tpe", "optuna_hyperband", "keras_random", "keras_hyperband", "genetic", "sklearn_random",
    ),
    ("test", "mlp"): ("hyperopt_random", "optuna_tpe", "grid_loop"),
    ("cv3", "mlp"): ("sklearn_grid", "sklearn_random", "successive_halving", "genetic", "hyperopt_random"),
    ("holdout", "random_forest"): ("optuna_tpe", "grid_loop", "sklearn_grid"),
    ("cv3", "random_forest"): ("sklearn_random", "genetic", "sklearn_grid"),
}  # fmt: skip


def searched(name: str, cv: str, model: str, folder: Path | None) -> tuple[str, list[float] | None, Any]:
    """What a search came to, times aside: its trials as text, the selection's probabilities; and its meter."""
    problem = marked_problem(name, cv, model=model)
    problem.fits = FitTable(folder, "code") if folder else None
    selection = methods.load(name)(**SMALL.get(name, {})).search(problem)
    assert selection is not None
    predictor = selection.predictor or problem.refit(selection.configuration)
    X, _, split = marked_rows()
    trials = [repr(told(problem)), repr(problem.generations), repr(problem.meter.total.epochs)]
    return "\n".join(trials), np.ravel(predictor.probabilities(X[split.audit])).tolist(), problem.meter


@pytest.mark.parametrize(("cv", "model"), TOGETHER, ids="/".join)
def test_searches_at_one_table_are_those_without(cv: str, model: str, tmp_path: Path) -> None:
    names = TOGETHER[cv, model]
    alone = {name: searched(name, cv, model, None) for name in names}
    made = 0
    for name in names:
        *found, meter = searched(name, cv, model, tmp_path)
        assert found == [*alone[name][:2]], name
        made += meter.total.fits - meter.taken
    assert made == len(list(tmp_path.glob("*.npz")))
    # searches of these spaces ask for many a fit that another has made
    assert made < sum(meter.total.fits for *_, meter in alone.values())
    for name in reversed(names):
        *found, meter = searched(name, cv, model, tmp_path)
        assert found == [*alone[name][:2]], name
        assert meter.taken == meter.total.fits
        assert meter.spent_seconds == 0
        assert meter.total.wall_seconds > 0
