"""The collected tables: complete, sorted, equal for equal inputs, and honest about what is not there."""

import base64
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import simulated_study
from scipy import stats

from hpotrial.core.columns import to_json
from hpotrial.core.errors import DataError
from hpotrial.core.packing import packed_counts, packed_rows
from hpotrial.core.records import RightRows
from hpotrial.results import Tables, collect, cv_order, mean_interval, summarise
from hpotrial.results.collect import read_run
from hpotrial.results.right_rows import right_matrix


@pytest.fixture
def study(tmp_path):
    return simulated_study.write(tmp_path, seeds=3)


def collected(root, name="tables"):
    return collect(root / "plan.csv", root / "runs", root / name)


def test_every_planned_run_is_a_row_and_every_trial_too(study):
    completeness = collected(study)
    tables = Tables(study / "tables")
    plan = pd.read_csv(study / "plan.csv")
    assert completeness.planned == completeness.ok == len(plan) == len(tables.runs)
    assert len(tables.trials) == plan["trials"].sum()
    assert (tables.runs["status"] == "ok").all()
    for frame, key in ((tables.runs, ["seed"]), (tables.trials, ["seed", "trial"])):
        key = ["dataset", "arm", "cv", *key]
        pd.testing.assert_frame_equal(frame, frame.sort_values(key, ignore_index=True))


def test_values_are_those_of_the_outcome(study):
    collected(study)
    run = Tables(study / "tables").runs.set_index(["dataset", "arm", "cv", "seed"])
    row = run.loc[("mnist", "grid_loop", "test", 2)]
    outcome = json.loads((study / "runs/mnist/grid_loop/test/seed2/outcome.json").read_text())
    for name in ("selection_score", "audit_score", "examples", "job_seconds", "n_train", "engine"):
        assert row[name] == outcome[name]
    assert json.loads(row["configuration"]) == outcome["configuration"]


def test_generations_are_those_of_the_outcome(study):
    collected(study)
    table = Tables(study / "tables").generations
    assert set(table["method"]) == {"genetic"}
    key = ["dataset", "arm", "cv", "seed", "generation"]
    pd.testing.assert_frame_equal(table, table.sort_values(key, ignore_index=True))
    mine = table.query("cv == 'cv5' and seed == 1")
    told = json.loads((study / "runs/telecust/genetic/cv5/seed1/outcome.json").read_text())["generations"]
    fields = ["best", "mean", "spread", "diversity", "repeat"]
    assert mine.rename(columns={"generation": "number"})[["number", *fields]].to_dict("records") == told


GENERATION = {"number": 0, "best": 0.5, "mean": 0.4, "spread": 0.1, "diversity": 1.0, "repeat": 0}


@pytest.mark.parametrize(
    "told",
    ["many", [3], [{"best": 0.5}], [GENERATION | {"best": "good"}], [GENERATION | {"worst": 0.1}]],
)
def test_generations_that_cannot_be_read_make_the_run_unreadable(study, told):
    path = study / "runs/telecust/genetic/cv5/seed0/outcome.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"generations": told}))
    assert collected(study).unreadable == ["telecust/genetic/cv5/seed0"]
    assert len(Tables(study / "tables").generations.query("cv == 'cv5' and seed == 0")) == 0


def test_csv_and_parquet_say_the_same(study):
    collected(study)
    tables = Tables(study / "tables")
    for name in ("runs", "trials"):
        written = pd.read_csv(study / "tables" / f"{name}.csv", keep_default_na=False)
        numbers = ["seed", "epochs", "wall_seconds"]
        pd.testing.assert_frame_equal(written[numbers], getattr(tables, name)[numbers])
    written = pd.read_csv(study / "tables" / "generations.csv")
    pd.testing.assert_frame_equal(written, tables.generations, check_dtype=False)


def test_equal_inputs_give_equal_bytes(study):
    collected(study)
    pd.read_csv(study / "plan.csv").sample(frac=1, random_state=5).to_csv(study / "plan.csv", index=False)
    collected(study, "again")
    for path in (study / "tables").iterdir():
        assert path.read_bytes() == (study / "again" / path.name).read_bytes(), path.name


def test_missing_failed_unreadable_and_unplanned_runs_are_told_apart(study):
    runs = study / "runs" / "telecust"
    shutil.rmtree(runs / "grid_loop" / "test" / "seed0")
    (runs / "grid_loop" / "test" / "seed1" / "outcome.json").write_text("{not json")
    (runs / "grid_loop" / "test" / "seed2" / "trials.parquet").write_bytes(b"not a table")
    failed = runs / "keras_random" / "test" / "seed1" / "outcome.json"
    broken = {"status": "search_error", "message": "ValueError: broke", "audit_score": None, "configuration": None}
    failed.write_text(json.dumps(json.loads(failed.read_text()) | broken))
    shutil.copytree(runs / "hyperopt_tpe" / "cv5", runs / "hyperopt_tpe" / "cv7")
    completeness = collected(study)
    assert completeness.missing == ["telecust/grid_loop/test/seed0"]
    assert completeness.unreadable == ["telecust/grid_loop/test/seed1", "telecust/grid_loop/test/seed2"]
    assert completeness.failed == ["telecust/keras_random/test/seed1"]
    assert completeness.unplanned == [f"telecust/hyperopt_tpe/cv7/seed{seed}" for seed in range(3)]
    assert completeness.ok == completeness.planned - 4
    tables = Tables(study / "tables")
    assert tables.completeness == completeness
    runs = tables.runs.set_index(["dataset", "arm", "cv", "seed"])
    assert runs.loc[("telecust", "grid_loop", "test", 0), "status"] == "missing"
    assert "outcome.json" in runs.loc[("telecust", "grid_loop", "test", 1), "message"]
    assert "trials.parquet" in runs.loc[("telecust", "grid_loop", "test", 2), "message"]
    assert runs.loc[("telecust", "keras_random", "test", 1), "message"] == "ValueError: broke"
    assert "cv7" not in set(tables.trials["cv"])
    arm = tables.arms.set_index(["dataset", "arm", "cv"]).loc[("telecust", "keras_random", "test")]
    assert (arm["planned"], arm["seeds"]) == (3, 2)


@pytest.mark.parametrize(
    "change",
    [{"seed": 9}, {"arm": "another"}, {"status": "splendid"}, {"fits": "many"}, {"fits": True}, {"standin": "no"}],
)
def test_an_outcome_that_contradicts_its_place_or_its_types_is_unreadable(study, change):
    path = study / "runs/mnist/grid_loop/test/seed0/outcome.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert collected(study).unreadable == ["mnist/grid_loop/test/seed0"]


@pytest.mark.parametrize("key", ["folds", "fits_", "suspended_seconds"])
def test_a_key_that_no_column_knows_makes_the_run_unreadable_and_is_named(study, key):
    path = study / "runs/mnist/grid_loop/test/seed0/outcome.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: 1}))
    assert collected(study).unreadable == ["mnist/grid_loop/test/seed0"]
    (row,) = Tables(study / "tables").runs.query("status == 'unreadable'").to_dict("records")
    assert row["message"] == f"outcome.json: it has {key}, which RunRecord does not know"


def test_every_key_of_an_outcome_is_needed_and_named(study):
    path = study / "runs/mnist/grid_loop/test/seed0/outcome.json"
    whole = json.loads(path.read_text())
    for key in whole:
        path.write_text(json.dumps({name: value for name, value in whole.items() if name != key}))
        found = read_run(path.parent, {"dataset": "mnist"})
        assert (found.row["status"], found.row["message"]) == ("unreadable", f"outcome.json: it lacks {key}")


def test_trials_with_a_column_that_none_is_called_are_unreadable(study):
    path = study / "runs/mnist/grid_loop/test/seed0/trials.parquet"
    pd.read_parquet(path).assign(further=1).to_parquet(path, index=False)
    assert collected(study).unreadable == ["mnist/grid_loop/test/seed0"]
    (row,) = Tables(study / "tables").runs.query("status == 'unreadable'").to_dict("records")
    assert row["message"] == "trials.parquet: it has further, which no column is called"


def test_a_search_that_broke_before_its_first_trial_is_failed(study):
    folder = study / "runs/mnist/grid_loop/test/seed0"
    (folder / "trials.parquet").unlink()
    outcome = json.loads((folder / "outcome.json").read_text()) | {"status": "all_trials_failed", "audit_score": None}
    (folder / "outcome.json").write_text(json.dumps(outcome))
    assert collected(study).failed == ["mnist/grid_loop/test/seed0"]


def test_a_study_without_any_run_still_has_its_tables(study):
    shutil.rmtree(study / "runs")
    completeness = collected(study)
    assert (completeness.ok, len(completeness.missing)) == (0, completeness.planned)
    tables = Tables(study / "tables")
    assert len(tables.trials) == len(tables.generations) == 0
    assert tables.arms["audit"].isna().all()


def test_a_plan_that_cannot_be_read_is_one_clear_line(study):
    with pytest.raises(DataError, match=r"no-plan\.csv cannot be read .* plan target"):
        collect(study / "no-plan.csv", study / "runs", study / "tables")
    (study / "plan.csv").write_text("dataset,arm\ntelecust,grid_loop\n")
    with pytest.raises(DataError, match="cannot be read"):
        collected(study)
    (study / "plan.csv").write_text("dataset,arm,method,cv,seed\n" + "telecust,grid_loop,grid_loop,test,0\n" * 2)
    with pytest.raises(DataError, match="telecust/grid_loop/test/seed0 twice"):
        collected(study)


def test_intervals_are_students():
    values = np.random.default_rng(0).normal(size=7)
    n, mean, low, high = mean_interval(np.append(values, np.nan))
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (n, mean) == (7, pytest.approx(values.mean()))
    assert (low, high) == pytest.approx(tuple(expected))
    assert mean_interval([0.5])[:2] == (1, 0.5)
    assert np.isnan(mean_interval([0.5])[2:]).all()
    assert mean_interval([])[0] == 0


def test_arms_are_means_over_good_seeds_in_order(study):
    collected(study)
    tables = Tables(study / "tables")
    written = pd.read_csv(study / "tables" / "arms.csv")
    pd.testing.assert_frame_equal(written, summarise(tables.runs), check_dtype=False)
    mine = tables.runs.query("dataset == 'telecust' and arm == 'sklearn_grid' and cv == 'cv5'")
    arm = written.query("dataset == 'telecust' and arm == 'sklearn_grid' and cv == 'cv5'").iloc[0]
    assert arm["audit"] == pytest.approx(mine["audit_score"].mean())
    assert arm["audit_low"] < arm["audit"] < arm["audit_high"]
    assert arm["examples"] == pytest.approx(mine["examples"].mean())
    assert list(written.query("dataset == 'telecust' and arm == 'grid_loop'")["cv"]) == ["test", "holdout"]


def test_cv_settings_have_a_natural_order():
    assert sorted(["cv10", "cv3", "holdout", "test"], key=cv_order) == ["test", "holdout", "cv3", "cv10"]


def test_standins_are_marked_in_the_tables(tmp_path):
    root = simulated_study.write(tmp_path, seeds=2, standin=("telecust",))
    collected(root)
    arms = Tables(root / "tables").arms.set_index("dataset")["standin"]
    assert arms["telecust"].all()
    assert not arms["mnist"].any()
    page = (root / "tables" / "arms.html").read_text()
    assert "telecust (STAND-IN DATA)" in page
    assert "mnist (STAND-IN DATA)" not in page


def test_names_are_escaped_in_the_page(tmp_path):
    root = simulated_study.write(tmp_path, seeds=2)
    plan = pd.read_csv(root / "plan.csv")
    plan.loc[0, "arm"] = "<script>"
    plan.to_csv(root / "plan.csv", index=False)
    collected(root)
    assert "<script>" not in (root / "tables" / "arms.html").read_text()


def test_which_rows_were_right_is_a_matrix_of_seeds_and_rows(study):
    """The bits are those of the outcomes; a run that failed is no seed, a row that a seed did not score is NaN."""
    folder = study / "runs/telecust/grid_loop/test"
    told = {seed: json.loads((folder / f"seed{seed}/outcome.json").read_text()) for seed in range(3)}
    # seed 2 has another split, with one row less in its test part, and two models
    counts = np.arange(159) % 3
    own = RightRows(2, packed_rows(np.arange(641, 800)), packed_counts(counts, 2), packed_rows(np.arange(800, 1000)),
                    packed_counts(np.full(200, 2), 2))  # fmt: skip
    assert len(own.test_right) == 40, "two bits a row"
    (folder / "seed2/outcome.json").write_text(json.dumps(told[2] | {"right": to_json(own), "n_test": 159}))
    (folder / "seed1/outcome.json").write_text(json.dumps(told[1] | {"status": "search_error", "right": None}))
    collected(study)
    table = Tables(study / "tables").rows
    found = right_matrix(table, "telecust", "grid_loop", "test")
    assert list(found.index) == [0, 2]
    assert list(found.columns) == list(range(640, 1000))
    first = np.unpackbits(np.frombuffer(base64.b64decode(told[0]["right"]["audit_right"]), np.uint8))
    np.testing.assert_array_equal(found.loc[0, 800:], first)
    assert np.isnan(found.loc[2, 640])
    np.testing.assert_array_equal(found.loc[2, 641:799], counts / 2)
    audit = right_matrix(table, "telecust", "grid_loop", "test", ["audit"])
    pd.testing.assert_frame_equal(audit, found.loc[:, 800:])
    kept = table.query("dataset == 'telecust' and arm == 'grid_loop' and seed == 0").iloc[0]
    assert len(kept["test_right"] + kept["audit_right"]) == 45


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": 2}, "20 bytes do not hold 160 counts from 0 to 2"),
        ({"test_rows": base64.b64encode(b"\x01").decode()}, "20 bytes do not hold 1 counts from 0 to 1"),
        ({"audit_right": "?"}, "audit_right is '?', no bits in base64"),
    ],
)
def test_bits_that_contradict_their_run_make_it_unreadable(study, change, message):
    path = study / "runs/telecust/grid_loop/test/seed0/outcome.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"right": told["right"] | change}))
    assert read_run(path.parent, {}).row["message"] == f"outcome.json: {message}"
    path.write_text(json.dumps(told | {"right": None}))
    assert "does not say which rows were right" in read_run(path.parent, {}).row["message"]
