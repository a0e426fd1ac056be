"""Importance of hyperparameters: what is planted is found, what cannot be said is left out, the same each time."""

import itertools
import json
import logging

import numpy as np
import pandas as pd
import pytest

from hpotrial.results import Tables
from hpotrial.results.importance import MIN_TRIALS, NotAssessed, importances, importances_of_run
from hpotrial.results.tables import IMPORTANCE_COLUMNS

pytestmark = pytest.mark.slow
KEY = {"dataset": "d", "arm": "a", "cv": "holdout", "seed": 0}
GRID = [
    {"strong": strong, "weak": weak, "kind": kind, "same": 7}
    for strong, weak, kind in itertools.product([16, 32, 64, 128], [0.1, 0.01, 0.001], ["relu", "tanh"])
]


def trials_of(configurations, scores, **fields):
    return pd.DataFrame(
        {
            **KEY,
            "configuration": [json.dumps(one, sort_keys=True) for one in configurations],
            "score": scores,
            "status": "ok",
            "budget_epochs": 10,
        }
        | fields
    )


def planted(noise=0.01, seed=0):
    rng = np.random.default_rng(seed)
    scores = [one["strong"] / 128 + 0.1 * (one["kind"] == "relu") + noise * rng.normal() for one in GRID]
    return trials_of(GRID, scores)


def tables_of(trials):
    tables = Tables(None)
    tables.__dict__["trials"] = trials.assign(repeat=0)
    return tables


def test_what_is_planted_is_found():
    found = importances_of_run(planted())
    assert set(found) == {"strong", "weak", "kind"}
    assert sum(found.values()) == pytest.approx(1)
    assert found["strong"] > 0.8 > 0.05 > found["weak"]
    assert found["strong"] > found["kind"] > found["weak"]


def test_shares_are_those_of_the_variance():
    # additive and without noise: variances 0.1046 of strong / 128 and 0.0025 of kind
    expected = np.var([16, 32, 64, 128]) / 128**2 / (np.var([16, 32, 64, 128]) / 128**2 + 0.05**2)
    assert importances_of_run(planted(noise=0))["strong"] == pytest.approx(expected, abs=0.03)


def test_the_unit_of_a_number_is_of_no_consequence():
    logs = [{**one, "weak": np.log10(one["weak"]).round()} for one in GRID]
    plain = planted()
    first = importances_of_run(plain)
    second = importances_of_run(trials_of(logs, plain["score"]))
    assert second == pytest.approx(first)


def test_no_limit_is_a_number_beyond_the_others():
    configurations = [{"depth": depth, "leaf": leaf} for depth in (2, 4, 8, None) for leaf in (1, 2, 3, 4)]
    scores = [0.9 if one["depth"] is None else 0.5 for one in configurations]
    assert importances_of_run(trials_of(configurations, scores))["depth"] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("trials", "reason"),
    [
        (planted().head(MIN_TRIALS - 1), "fewer than 16 trials"),
        (planted().assign(status="pruned"), "fewer than 16 trials"),
        (planted().assign(score=np.nan), "fewer than 16 trials"),
        (trials_of([{"a": n} for n in range(20)], np.arange(20.0)), "fewer than 2 hyperparameters vary"),
        (planted().assign(score=0.5), "variance"),
        (pd.concat([planted(), planted().assign(budget_epochs=30)]), "several budgets"),
        (trials_of([{"a": n, "b": n} if n % 2 else {"a": n} for n in range(20)], np.arange(20.0)), "fewer than 2"),
    ],
)
def test_what_cannot_be_said_has_a_reason(trials, reason):
    with pytest.raises(NotAssessed, match=reason):
        importances_of_run(trials)


def test_a_conditional_hyperparameter_is_left_to_its_parent():
    configurations = [
        {"layers": layers, "rate": rate} | ({"width_2": width} if layers == 2 else {})
        for layers in (1, 2)
        for rate in (0.1, 0.01)
        for width in (16, 64, 128, 256)
    ]
    scores = [one["layers"] + 0.01 * one["rate"] for one in configurations]
    assert set(importances_of_run(trials_of(configurations, scores))) == {"layers", "rate"}


def test_the_table_is_of_runs_and_the_log_says_who_is_left_out(caplog):
    trials = pd.concat(
        [planted(seed=1).assign(seed=1), planted(seed=0), planted().head(5).assign(arm="short")], ignore_index=True
    )
    with caplog.at_level(logging.INFO):
        table = importances(tables_of(trials))
    assert list(table.columns) == IMPORTANCE_COLUMNS
    assert len(table) == 6
    assert table.equals(table.sort_values(["dataset", "arm", "cv", "seed", "hyperparameter"], ignore_index=True))
    assert np.allclose(table.groupby(["arm", "seed"])["importance"].sum(), 1)
    assert "fewer than 16 trials: 1 runs, the first d/short/holdout/seed0" in caplog.text
    shuffled = tables_of(trials.sort_values("seed", kind="stable"))
    assert importances(shuffled).equals(table)


def test_no_run_gives_a_table_of_the_same_columns(tmp_path):
    table = importances(tables_of(planted().head(3)))
    assert table.empty
    assert list(table.columns) == IMPORTANCE_COLUMNS
    table.to_parquet(tmp_path / "importance.parquet", index=False)
    assert pd.read_parquet(tmp_path / "importance.parquet").dtypes.equals(importances(tables_of(planted())).dtypes)
