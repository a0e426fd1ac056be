"""A search that was less than was asked of it says so: in its record, in the tables, where runs are collected."""

import json
from pathlib import Path

import pandas as pd
import simulated_study

from hpotrial.core.files import read_json, write_json
from hpotrial.results import Tables, collect, shortfalls

RUN = {"dataset": "d", "arm": "a", "cv": "holdout", "status": "ok"}


def short(trials: list[tuple[int, int]], asked: float = 18, rungs: float = float("nan")) -> pd.DataFrame:
    """The runs of the seeds 0, 1, ..., of which each has searches of so many trials and different configurations."""
    runs = pd.DataFrame([{**RUN, "seed": s, "trials_asked": asked, "rungs": rungs} for s in range(len(trials))])
    repeats = pd.DataFrame([{**RUN, "seed": s, "trials": n, "configurations": d} for s, (n, d) in enumerate(trials)])
    return shortfalls.of_runs(runs, repeats)


def test_fewer_trials_than_asked_are_told_run_by_run() -> None:
    found = short([(18, 18), (16, 16), (17, 17)])
    assert found[["seed", "trials", "trials_asked"]].to_numpy().tolist() == [[1, 16, 18], [2, 17, 18]]
    assert shortfalls.named(found) == {
        "fewer_trials": ["d/a/holdout/seed1", "d/a/holdout/seed2"], "repeated": [], "one_rung": []
    }  # fmt: skip
    assert shortfalls.lines(found) == ["d/a/holdout: fewer than 18 trials in 2 runs: 16 to 17"]


def test_a_configuration_that_comes_again_is_told_but_on_rungs() -> None:
    assert shortfalls.lines(short([(18, 12), (18, 18), (18, 13)])) == [
        "d/a/holdout: the same configuration again in 2 runs: 12 to 13 different ones of 18 trials"
    ]
    assert short([(18, 12)], rungs=3).empty


def test_a_single_rung_is_told() -> None:
    assert shortfalls.lines(short([(27, 27)], asked=40, rungs=1)) == [
        "d/a/holdout: fewer than 40 trials in 1 runs: 27",
        "d/a/holdout: one rung, so that nothing was halved, in 1 runs",
    ]


def test_one_search_of_several_is_enough() -> None:
    runs = pd.DataFrame([{**RUN, "seed": 0, "trials_asked": 18, "rungs": float("nan")}])
    searches = pd.DataFrame([{**RUN, "seed": 0, "trials": n, "configurations": n} for n in (18, 17, 18)])
    assert shortfalls.of_runs(runs, searches)["trials"].tolist() == [17]


def test_a_run_without_a_number_to_reach_and_one_that_failed_are_left_out() -> None:
    assert short([(18, 18)], asked=float("nan")).empty
    runs = pd.DataFrame([{**RUN, "status": "search_error", "seed": 0, "trials_asked": 18, "rungs": float("nan")}])
    searches = pd.DataFrame([{**RUN, "seed": 0, "trials": 3, "configurations": 3}])
    assert shortfalls.of_runs(runs, searches).empty


def test_collected_runs_name_what_fell_short(tmp_path: Path) -> None:
    simulated_study.write(tmp_path, seeds=2)
    outcome = tmp_path / "runs/telecust/grid_loop/test/seed1/outcome.json"
    written = read_json(outcome)
    write_json(outcome, {**written, "trials_asked": written["trials"] + 2})
    collected = collect(tmp_path / "plan.csv", tmp_path / "runs", tmp_path / "tables")
    assert collected.fewer_trials == ["telecust/grid_loop/test/seed1"]
    kept = json.loads((tmp_path / "tables/completeness.json").read_text())
    assert kept["fewer_trials"] == collected.fewer_trials
    tables = Tables(tmp_path / "tables")
    assert tables.runs["trials_asked"].sum() == tables.runs["trials"].sum() + 2
    told = shortfalls.lines(shortfalls.of_runs(tables.runs, tables.repeats))
    assert any(line.startswith("telecust/grid_loop/test: fewer than") for line in told)
