"""The practitioner's table: planted truths are found, what cannot be recommended is not, edges are survived."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import simulated_study

from hpotrial.core.claims import standards
from hpotrial.core.records import tables as table_columns
from hpotrial.results import Tables, collect
from hpotrial.results.recommendation import budgets, recommend, write
from hpotrial.study.claims import load

CLAIM = (
    "{kind: count, sources: [a.txt], statement: {en: x, es: x}, of: d/a/cv3, quantity: trials, expected: {equal: 1}}"
)
COMMON = {"dataset": "telecust", "status": "ok", "metric": "accuracy", "standin": False}


def planted(*arms, seeds=10, sd=0.004, **others):
    """Tables of arms (name, cv, mean audit score, epochs), whose scores are noise round their mean, seed by seed."""
    rng = np.random.default_rng(3)
    rows = [
        {
            **dict.fromkeys(one.name for one in table_columns()["runs"]),
            **COMMON,
            "arm": arm,
            "method": arm,
            "cv": cv,
            "seed": seed,
        }
        | {"audit_score": mean + rng.normal(0, sd), "epochs": epochs, "wall_seconds": epochs / 100, **others}
        for arm, cv, mean, epochs in arms
        for seed in range(seeds)
    ]
    tables = Tables(Path("nowhere"))
    empty = pd.DataFrame(columns=["dataset", "arm", "cv"])
    tables.__dict__.update(runs=pd.DataFrame(rows), trials=empty, generations=empty)
    return tables


def rows_of(tables, **options):
    (found,) = recommend(tables, **options)
    return found["rows"]


def test_the_better_arm_is_found_where_it_can_be_paid():
    rows = rows_of(planted(("cheap", "holdout", 0.40, 90), ("dear", "holdout", 0.45, 4000)))
    assert [(row["budget"], row["best"]["arm"], row["cheapest"]["arm"]) for row in rows] == [
        (100, "cheap", "cheap"),
        (None, "dear", "dear"),
    ]
    assert [(row["affordable"], row["not_worse"]) for row in rows] == [(1, 0), (2, 0)]
    best = rows[-1]["best"]
    assert best["low"] < best["audit"] < best["high"]
    assert best["audit"] == pytest.approx(0.45, abs=0.005)
    assert (best["n"], best["epochs"], best["wall_seconds"]) == (10, 4000, 40)
    assert rows[-1]["cheapest"]["within_margin"]


def test_a_cheap_arm_that_is_as_good_is_the_answer():
    tables = planted(("cheap", "cv3", 0.449, 300), ("dear", "cv5", 0.450, 9000), ("bad", "holdout", 0.40, 100))
    rows = rows_of(tables)
    last = rows[-1]
    assert (last["best"]["arm"], last["cheapest"]["arm"], last["cheapest"]["cv"]) in (
        ("dear", "cheap", "cv3"),
        ("cheap", "cheap", "cv3"),
    )
    assert last["not_worse"] == (1 if last["best"]["arm"] == "dear" else 0) or last["budget"] == 500
    assert last["cheapest"]["within_margin"]
    assert rows[0]["budget"] == 100
    assert rows[0]["best"]["arm"] == "bad"


def test_not_shown_to_be_worse_is_not_shown_to_be_as_good():
    rows = rows_of(planted(("cheap", "holdout", 0.44, 10), ("dear", "holdout", 0.45, 90), seeds=3, sd=0.03))
    assert rows[-1]["cheapest"]["arm"] == "cheap"
    assert not (rows[-1]["best"]["arm"] == "dear" and rows[-1]["cheapest"]["within_margin"])


def test_the_margin_is_that_of_the_registry(tmp_path):
    file = tmp_path / "claims.yaml"
    file.write_text(f"alpha: 0.1\nmargins: {{score: 0.05}}\nclaims: {{one: {CLAIM}}}\n")
    assert standards(load(file)) == {"alpha": 0.1, "power": 0.8, "margin": 0.05}
    assert standards(None) == {"alpha": 0.05, "power": 0.8, "margin": 0.01}
    tables = planted(("cheap", "holdout", 0.42, 10), ("dear", "holdout", 0.45, 90), seeds=3, sd=0.03)
    narrow, wide = (rows_of(tables, margin=margin)[-1]["cheapest"] for margin in (0.01, 0.2))
    assert (narrow["arm"], narrow["within_margin"]) == ("cheap", False)
    assert (wide["arm"], wide["within_margin"]) == ("cheap", True)


def test_who_selects_on_the_test_rows_or_on_another_metric_is_not_recommended():
    honest = ("honest", "holdout", 0.40, 50)
    assert rows_of(planted(honest, ("peeking", "test", 0.60, 5)))[-1]["best"]["arm"] == "honest"
    tables = planted(honest, ("other", "holdout", 0.60, 5))
    tables.runs.loc[tables.runs["arm"] == "other", "metric"] = "roc_auc"
    assert rows_of(tables)[-1]["best"]["arm"] == "honest"


def test_one_seed_is_no_ground_for_a_recommendation():
    tables = planted(("one", "holdout", 0.40, 50))
    tables.runs.loc[tables.runs["seed"] > 0, "status"] = "search_error"
    assert recommend(tables) == [{"dataset": "telecust", "standin": False, "rows": []}]


def test_seeds_that_two_arms_do_not_share_show_nothing():
    tables = planted(("cheap", "holdout", 0.20, 50), ("dear", "holdout", 0.60, 500))
    runs = tables.runs
    runs.loc[(runs["arm"] == "cheap") == (runs["seed"] < 5), "status"] = "missing"
    last = rows_of(tables)[-1]
    assert (last["best"]["arm"], last["cheapest"]["arm"], last["not_worse"]) == ("dear", "cheap", 1)
    assert np.isnan(last["cheapest"]["difference"])
    assert not last["cheapest"]["within_margin"]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        ([90, 4000], [100, 200, 500, 1000, 2000]),
        ([3, 1_000_000], [5, 100, 2000, 20_000, 500_000]),
        ([50, 500], [50, 100, 200]),
        ([70, 70], []),
        ([60, 90], []),
    ],
)
def test_budgets_are_round_and_span_the_costs(costs, expected):
    assert budgets(costs) == expected


def test_order_of_rows_and_names_of_arms_do_not_matter():
    arms = [("a", "cv3", 0.44, 300), ("b", "cv5", 0.45, 9000), ("c", "holdout", 0.40, 100)]
    tables = planted(*arms)
    shuffled = planted(*arms)
    shuffled.__dict__["runs"] = tables.runs.sample(frac=1, random_state=1, ignore_index=True)
    assert recommend(shuffled) == recommend(tables)
    renamed = planted(*arms)
    names = {"a": "z", "b": "y", "c": "x"}
    renamed.__dict__["runs"] = tables.runs.assign(arm=tables.runs["arm"].map(names))
    for ours, theirs in zip(rows_of(renamed), rows_of(tables), strict=True):
        for role in ("best", "cheapest"):
            assert ours[role] == theirs[role] | {"arm": names[theirs[role]["arm"]]}


def test_a_simulated_study_is_written_the_same_twice(tmp_path):
    simulated_study.write(tmp_path, seeds=3, standin=("mnist",))
    collect(tmp_path / "plan.csv", tmp_path / "runs", tmp_path / "tables")
    write(tmp_path / "tables", tmp_path / "first.json")
    write(tmp_path / "tables", tmp_path / "second.json")
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()
    found = json.loads((tmp_path / "first.json").read_text())
    assert (found["margin"], found["alpha"]) == (0.01, 0.05)
    assert [(one["dataset"], one["standin"]) for one in found["datasets"]] == [("mnist", True), ("telecust", False)]
    for one in found["datasets"]:
        assert one["rows"]
        for row in one["rows"]:
            assert row["best"]["cv"] != "test"
            assert row["budget"] is None or row["best"]["epochs"] <= row["budget"]
            assert row["cheapest"]["epochs"] <= row["best"]["epochs"]
            assert 0 <= row["not_worse"] < row["affordable"]


@pytest.mark.parametrize("seeds", [1, 2])
def test_a_study_with_hardly_any_seeds_or_no_runs_is_written(tmp_path, seeds):
    simulated_study.write(tmp_path, seeds=seeds, datasets=("mnist",))
    collect(tmp_path / "plan.csv", tmp_path / "nothing", tmp_path / "empty")
    collect(tmp_path / "plan.csv", tmp_path / "runs", tmp_path / "tables")
    write(tmp_path / "empty", tmp_path / "empty.json")
    assert json.loads((tmp_path / "empty.json").read_text())["datasets"][0]["rows"] == []
    write(tmp_path / "tables", tmp_path / "found.json")
    assert bool(json.loads((tmp_path / "found.json").read_text())["datasets"][0]["rows"]) == (seeds > 1)
