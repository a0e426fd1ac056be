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
from hpotrial.results.recommendation import Candidate, answered, budgets, recommend, write
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
    assert [(row["budget"], row["answer"], row["recommended"]["arm"]) for row in rows] == [
        (100, "only_one", "cheap"),
        (None, "recommended", "dear"),
    ]
    assert [(row["affordable"], row["possible"]) for row in rows] == [(1, 1), (2, 1)]
    best = rows[-1]["best"]
    assert best["low"] < best["audit"] < best["high"]
    assert best["audit"] == pytest.approx(0.45, abs=0.005)
    assert (best["epochs"], best["wall_seconds"]) == (4000, 40)
    assert rows[-1]["loses_at_most"] == 0


def test_a_cheap_arm_that_is_shown_to_be_as_good_is_the_answer():
    tables = planted(("cheap", "cv3", 0.449, 300), ("dear", "cv5", 0.450, 9000), ("bad", "holdout", 0.40, 100))
    last = rows_of(tables, margin=0.02)[-1]
    assert (last["answer"], last["recommended"]["arm"], last["possible"]) == ("recommended", "cheap", 2)
    assert 0 < last["loses_at_most"] < 0.02


def test_not_shown_to_be_worse_is_no_ground_for_a_recommendation():
    rows = rows_of(planted(("cheap", "holdout", 0.449, 10), ("dear", "holdout", 0.45, 90), seeds=5, sd=0.03))
    last = rows[-1]
    assert (last["answer"], last["recommended"], last["possible"]) == ("undecided", None, 2)
    # the seeds that would decide, were both alike
    enough = planted(
        ("cheap", "holdout", 0.45, 10), ("dear", "holdout", 0.45, 90), seeds=2 * last["seeds_needed"], sd=0.03
    )
    assert rows_of(enough)[-1]["answer"] == "recommended"


def test_the_margin_is_that_of_the_registry(tmp_path):
    file = tmp_path / "claims.yaml"
    file.write_text(f"alpha: 0.1\nmargins: {{score: 0.05}}\nclaims: {{one: {CLAIM}}}\n")
    assert standards(load(file)) == {"alpha": 0.1, "power": 0.8, "margin": 0.05}
    assert standards(None) == {"alpha": 0.05, "power": 0.8, "margin": 0.01}
    tables = planted(("cheap", "holdout", 0.449, 10), ("dear", "holdout", 0.45, 90), seeds=5, sd=0.03)
    assert [rows_of(tables, margin=margin)[-1]["answer"] for margin in (0.01, 0.3)] == ["undecided", "recommended"]


def test_who_selects_on_the_test_rows_is_recommended_only_where_all_do():
    honest, peeking = ("honest", "holdout", 0.40, 50), ("peeking", "test", 0.60, 5)
    (found,) = recommend(planted(honest, peeking))
    assert (found["rows"][-1]["best"]["arm"], found["selects_on_test"]) == ("honest", False)
    (found,) = recommend(planted(peeking, ("other", "test", 0.40, 50)))
    assert (found["rows"][-1]["recommended"]["arm"], found["selects_on_test"]) == ("peeking", True)


def test_arms_are_compared_with_those_of_their_metric():
    tables = planted(("one", "holdout", 0.40, 50), ("two", "cv3", 0.45, 50), ("three", "holdout", -1.2, 5))
    tables.runs.loc[tables.runs["arm"] == "three", "metric"] = "log_loss"
    found = {one["metric"]: one["rows"][-1] for one in recommend(tables)}
    assert found["accuracy"]["recommended"]["arm"] == "two"
    assert (found["log_loss"]["recommended"]["arm"], found["log_loss"]["answer"]) == ("three", "only_one")


def test_an_ablation_is_not_recommended():
    tables = planted(("plain", "holdout", 0.50, 50), ("whole", "holdout", 0.40, 50))
    (found,) = recommend(tables, ablations={("telecust", "plain")})
    assert found["rows"][-1]["best"]["arm"] == "whole"


def test_one_seed_is_no_ground_for_a_recommendation():
    tables = planted(("one", "holdout", 0.40, 50), ("two", "holdout", 0.60, 50))
    tables.runs.loc[tables.runs["seed"] > 0, "status"] = "search_error"
    assert [(row["answer"], row["recommended"]) for row in rows_of(tables)] == [("one_seed", None)]
    tables.runs["status"] = "search_error"
    assert rows_of(tables) == []


def test_all_arms_are_compared_on_the_same_seeds():
    arms = [(name, "holdout", 0.4, 50) for name in ("a", "b", "few")]
    tables = planted(*arms)
    runs = tables.runs
    # lucky, and on half of the seeds: no candidate; an arm that lacks one of ten is one, on the other nine
    runs.loc[(runs["arm"] == "few"), "audit_score"] = 0.6
    runs.loc[(runs["arm"] == "few") & (runs["seed"] >= 5), "status"] = "missing"
    runs.loc[(runs["arm"] == "b") & (runs["seed"] == 3), "status"] = "fit_error"
    (found,) = recommend(tables)
    assert (found["seeds"], found["lacking"]) == (9, [{"arm": "few", "cv": "holdout"}])
    assert found["rows"][-1]["affordable"] == 2


@pytest.mark.parametrize("truths", [np.zeros(8), np.array([0.0, 0.0, 0.0, 0.0, -0.0101, -0.0101, -0.02, -0.02])])
@pytest.mark.parametrize("sd", [0.004, 0.012])
def test_a_recommendation_is_seldom_worse_than_the_best_by_more_than_the_margin(truths, sd):
    rng = np.random.default_rng(17)
    studies, wrong, given = 150, 0, 0
    for _ in range(studies):
        shared = rng.normal(0, 0.02, 10)
        arms = [
            Candidate(str(place), "cv3", pd.Series(scores), epochs=100 + 1000 * truth, wall_seconds=1.0, resolution=0.0)
            for place, truth in enumerate(truths)
            for scores in [0.4 + truth + shared + rng.normal(0, sd, 10)]
        ]
        row, _ = answered(arms, 0.01, 0.05, 0.8)
        if row["recommended"]:
            given += 1
            wrong += truths[int(row["recommended"]["arm"])] < truths.max() - 0.01
    # the cheapest are the worst, so that whoever takes what is not shown to be worse is nearly always wrong
    assert wrong <= 0.05 * studies + 2 * np.sqrt(0.05 * 0.95 * studies)
    assert given > 0.9 * studies or sd > 0.004


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
        assert ours["best"] == theirs["best"] | {"arm": names[theirs["best"]["arm"]]}
        assert ours["answer"] == theirs["answer"]


def test_a_simulated_study_is_written_the_same_twice(tmp_path):
    simulated_study.write(tmp_path, seeds=3, standin=("mnist",))
    collect(tmp_path / "plan.csv", tmp_path / "runs", tmp_path / "tables")
    write(tmp_path / "tables", tmp_path / "first.json", tmp_path / "study.json")
    write(tmp_path / "tables", tmp_path / "second.json", tmp_path / "study.json")
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()
    found = json.loads((tmp_path / "first.json").read_text())
    assert (found["margin"], found["alpha"]) == (0.01, 0.05)
    assert [(one["dataset"], one["standin"]) for one in found["datasets"]] == [("mnist", True), ("telecust", False)]
    for one in found["datasets"]:
        assert one["rows"]
        for row in one["rows"]:
            assert row["best"]["cv"] != "test"
            assert row["budget"] is None or row["best"]["epochs"] <= row["budget"]
            assert 1 <= row["possible"] <= row["affordable"]


@pytest.mark.parametrize("seeds", [1, 2])
def test_a_study_with_hardly_any_seeds_or_no_runs_is_written(tmp_path, seeds):
    simulated_study.write(tmp_path, seeds=seeds, datasets=("mnist",))
    collect(tmp_path / "plan.csv", tmp_path / "nothing", tmp_path / "empty")
    collect(tmp_path / "plan.csv", tmp_path / "runs", tmp_path / "tables")
    write(tmp_path / "empty", tmp_path / "empty.json", tmp_path / "study.json")
    assert json.loads((tmp_path / "empty.json").read_text())["datasets"][0]["rows"] == []
    write(tmp_path / "tables", tmp_path / "found.json", tmp_path / "study.json")
    rows = json.loads((tmp_path / "found.json").read_text())["datasets"][0]["rows"]
    assert (rows[-1]["answer"] == "one_seed") == (seeds == 1)
