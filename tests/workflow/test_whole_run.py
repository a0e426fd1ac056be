"""One whole tiny study from a clean clone, ending with a PDF; then what an edit reruns, and what it does not."""

import json
import shutil
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from clone import make_clone, tables_without_times
from untimed import outcome_and_trials

from hpotrial.results.right_rows import right_matrix

pytestmark = pytest.mark.slow

STUDY = "tiny.yaml"
ARMS = {"grid_loop", "sklearn_grid", "sklearn_random", "keras_random", "keras_hyperband", "hyperopt_tpe"}

# an edit of what a file does
CODE = ("import annotations", "import annotations\n\nEDITED = True")


@contextmanager
def edited(clone, path: str, old: str, new: str):
    """Edit a file for the length of a block."""
    file = clone.folder / path
    before = file.read_bytes()
    clone.edit(path, old, new)
    try:
        yield
    finally:
        file.write_bytes(before)


@pytest.fixture(scope="module")
def results(finished_clone) -> Path:
    return finished_clone.folder / "results" / "tiny"


def test_one_core_and_a_break_give_the_same_tables(results, tmp_path):
    """Another clone, on one core, ended by Ctrl-C when some runs are there, and started again."""
    clone = make_clone(tmp_path / "repository")
    arguments = ("--cores", "1", "--configfile", STUDY, "--", "results/tiny/tables/verdicts.json")
    started = clone.start(*arguments)
    while len(list(clone.folder.glob("results/tiny/runs/**/outcome.json"))) < 4:
        assert started.poll() is None
        time.sleep(0.2)
    started.send_signal(signal.SIGINT)
    assert started.wait() != 0
    assert 4 <= len(list(clone.folder.glob("results/tiny/runs/**/outcome.json"))) < 12
    done = clone.snakemake(*arguments)
    assert done.returncode == 0, done.stdout[-6000:]
    expected = tables_without_times(results / "tables")
    found = tables_without_times(clone.folder / "results/tiny/tables")
    assert {"runs.parquet", "trials.parquet", "verdicts.csv"} <= set(found)
    assert found == {name: expected[name] for name in found}


def test_the_same_tables_give_the_same_figures_and_pdf(finished_clone, results):
    def drawn() -> dict[str, bytes]:
        folders = [results / "figures", results / "claims", results / "report"]
        files = [file for folder in folders for file in folder.rglob("*.*")]
        return {str(file.relative_to(results)): file.read_bytes() for file in files if file.suffix != ".html"}

    before = drawn()
    assert {Path(name).suffix for name in before} >= {".svg", ".png", ".pdf", ".json"}
    for folder in ("figures", "claims", "report"):
        shutil.rmtree(results / folder)
    done = finished_clone.snakemake("--cores", "1", "--configfile", STUDY)
    assert done.returncode == 0, done.stdout[-6000:]
    assert not {name for name, content in drawn().items() if before[name] != content}
    assert set(drawn()) == set(before)


def test_it_ends_with_a_report(results):
    assert (results / "report" / "report.pdf").read_bytes().startswith(b"%PDF")
    assert len(list((results / "figures").glob("*/*.svg"))) == len(list((results / "figures").glob("*/*.png"))) >= 5
    assert "<table" in (results / "tables" / "arms.html").read_text(encoding="utf-8")


def test_every_planned_run_is_there_and_ok(results):
    runs = pd.read_parquet(results / "tables" / "runs.parquet")
    assert len(runs) == 12
    assert set(runs.status) == {"ok"}
    assert set(runs.arm) == ARMS
    assert runs.audit_score.between(0, 1).all()
    completeness = json.loads((results / "tables" / "completeness.json").read_text())
    assert (completeness["planned"], completeness["ok"]) == (12, 12)


def test_no_run_costs_more_than_planned(results):
    keys = ["dataset", "arm", "cv", "seed"]
    runs = pd.read_parquet(results / "tables" / "runs.parquet").set_index(keys)
    plan = pd.read_csv(results / "plan.csv").set_index(keys).loc[runs.index]
    assert (runs.trials <= plan.trials).all()
    assert (runs.fits <= plan.fits).all()
    # two draws can be both of the longest kind, which is at most 4/3 of what was expected
    assert (runs.epochs <= plan.epochs * 4 / 3 + 1).all()
    assert (runs.examples > 0).all()
    grid = runs.xs("sklearn_grid", level="arm")
    expected = plan.xs("sklearn_grid", level="arm")
    assert (grid.trials == expected.trials).all()
    assert (grid.fits == expected.fits).all()
    # fits of half of their rows; the winner's refit, on all rows, may be one epoch shorter than planned
    assert (expected.examples - grid.examples).isin([0, grid.n_train.iloc[0]]).all()


def test_several_searches_and_refits_of_a_run_are_collected(results):
    runs, repeats, trials, rows = (
        pd.read_parquet(results / "tables" / f"{name}.parquet") for name in ("runs", "repeats", "trials", "rows")
    )
    one = "arm == 'sklearn_random' and seed == 1"
    (run,) = runs.query(one).to_dict("records")
    mine = repeats.query(one)
    assert list(mine["repeat"]) == [0, 1, 2] == sorted(set(trials.query(one)["repeat"]))
    assert run["audit_score"] == pytest.approx(mine["audit_score"].mean())
    assert (run["trials"], run["fits"], set(mine["fits"])) == (2, 2 * 2 + 2, {2 * 2 + 2})
    assert len(repeats) == len(runs) + 2 * 2, "an arm of two seeds makes two searches more in each"
    assert dict(zip(rows["arm"], rows["models"], strict=True))["sklearn_random"] == 3 * 2
    right = right_matrix(rows, "telecust", "sklearn_random", "cv2", ["audit"])
    assert right.loc[1].mean() == pytest.approx(run["audit_score"])


def test_every_job_leaves_its_log_and_its_resource_use(finished_clone):
    runs = [path.parent.relative_to(finished_clone.folder / "results/tiny/runs") for path in _outcomes(finished_clone)]
    assert len(runs) == 12
    for run in runs:
        log = (finished_clone.folder / "logs/tiny/runs" / f"{run}.log").read_text(encoding="utf-8")
        assert "trial 0" in log
        assert (finished_clone.folder / "logs/benchmarks/tiny/runs" / f"{run}.tsv").read_text().startswith("s\t")
    assert "sklearn_grid" in (finished_clone.folder / "logs/tiny/plan.log").read_text(encoding="utf-8")


def _outcomes(clone) -> list[Path]:
    return sorted((clone.folder / "results/tiny/runs").rglob("outcome.json"))


def test_the_clone_stays_clean(finished_clone):
    """All that a run writes is ignored by git."""
    import subprocess

    status = subprocess.run(["git", "status", "--short"], cwd=finished_clone.folder, capture_output=True, text=True)
    assert status.stdout.split() == ["??", "tiny.yaml", "??", "tiny_claims.yaml"]


def test_comments_docstrings_and_other_processes_rerun_nothing(finished_clone):
    library = "src/hpotrial/"
    with (
        edited(finished_clone, f"{library}training/callbacks.py", '"""', '"""The '),
        edited(finished_clone, f"{library}methods/hyperopt_tpe.py", "import annotations", "import annotations  # x"),
        edited(finished_clone, f"{library}datasets/splits.py", '"""', '"""The '),
        edited(finished_clone, f"{library}results/collect.py", '"""', '"""The '),
        edited(finished_clone, f"{library}figures/best_so_far.py", "\n\n", "\n# drawn\n\n"),
        edited(finished_clone, f"{library}report/numbers.py", '"""', '"""The '),
        edited(finished_clone, STUDY, "results_dir:", "workers: none\nresults_dir:"),
        edited(finished_clone, f"{library}workers/server.py", "IDLE_SECONDS = 10.0", "IDLE_SECONDS = 20.0"),
    ):
        assert finished_clone.would_run(STUDY) == {}


def test_a_methods_file_reruns_its_runs_and_no_others(finished_clone):
    with edited(finished_clone, "src/hpotrial/methods/hyperopt_tpe.py", *CODE):
        jobs, arms = finished_clone.dry_run(STUDY)
    assert (jobs["run_search"], arms) == (2, {"hyperopt_tpe"})


def test_what_all_training_shares_reruns_all(finished_clone):
    with edited(finished_clone, "src/hpotrial/models/mlp.py", *CODE):
        assert finished_clone.searches(STUDY) == ARMS


def test_a_figures_file_reruns_no_search(finished_clone):
    with edited(finished_clone, "src/hpotrial/figures/best_so_far.py", "import style", "import style\n\nEDITED = True"):
        assert finished_clone.would_run(STUDY) == {"figure": 1, "report": 1, "all": 1, "total": 3}


def test_the_reports_text_reruns_the_report_alone(finished_clone):
    with edited(finished_clone, "report/main.typ", "\n", "\n// another word\n"):
        assert finished_clone.would_run(STUDY) == {"report": 1, "all": 1, "total": 2}


def test_the_tables_rerun_no_search(finished_clone):
    with edited(finished_clone, "src/hpotrial/results/collect.py", "import Path", "import Path\n\nEDITED = True"):
        jobs = finished_clone.would_run(STUDY)
    assert jobs["collect"] == 1
    assert "run_search" not in jobs


def test_another_option_of_an_arm_reruns_that_arm_alone(finished_clone):
    with edited(finished_clone, STUDY, "max_evals: 2", "max_evals: 3"):
        assert finished_clone.searches(STUDY) == {"hyperopt_tpe"}


def test_a_new_arm_reruns_no_other(finished_clone):
    with edited(finished_clone, STUDY, "    arms:\n", "    arms:\n      again: {method: grid_loop, cv: [cv5]}\n"):
        jobs, arms = finished_clone.dry_run(STUDY)
    assert arms == {"again"}
    assert (jobs["run_search"], jobs["plan"], jobs["collect"]) == (2, 1, 1)
    assert "split" not in jobs


def test_a_further_seed_runs_alone(finished_clone):
    with edited(finished_clone, STUDY, "count: 2", "count: 3"):
        jobs = finished_clone.would_run(STUDY)
    assert (jobs["run_search"], jobs["split"], jobs["collect"]) == (6, 1, 1)


def test_a_further_cv_setting_of_an_arm_runs_alone(finished_clone):
    with edited(finished_clone, STUDY, "grid_loop: {cv: [holdout]}", "grid_loop: {cv: [holdout, cv2]}"):
        jobs = finished_clone.would_run(STUDY)
    assert (jobs["run_search"], jobs["plan"], jobs["collect"]) == (2, 1, 1)
    assert "split" not in jobs


def test_fewer_seeds_of_an_arm_rerun_nothing(finished_clone):
    with edited(finished_clone, STUDY, "grid_loop: {cv: [holdout]}", "grid_loop: {cv: [holdout], seeds: 1}"):
        jobs = finished_clone.would_run(STUDY)
    assert "run_search" not in jobs
    assert jobs["plan"] == 1


def test_the_browsable_report(finished_clone, results):
    done = finished_clone.snakemake("--configfile", STUDY, "--report", "results/tiny/report/report.html")
    assert done.returncode == 0, done.stdout
    page = (results / "report" / "report.html").read_text(encoding="utf-8")
    for shown in ("arms.html", "accuracy_by_arm", "telecust.png", "report.pdf"):
        assert shown in page


def test_what_is_there_is_reported_when_runs_are_missing(finished_clone, results):
    """As after a job that was killed: the tables say what is missing, and nothing is searched."""
    outcome = results / "runs/telecust/keras_random/test/seed1/outcome.json"
    kept = outcome.read_bytes()
    outcome.unlink()
    try:
        tables = "results/tiny/tables/arms.html"
        available = ("--config", "collect=available", "--", tables)
        done = finished_clone.snakemake("--cores", "2", "--configfile", STUDY, *available)
        assert done.returncode == 0, done.stdout
        assert "search telecust" not in done.stdout
        assert "missing: telecust/keras_random/test/seed1" in done.stdout
        completeness = json.loads((results / "tables" / "completeness.json").read_text())
        assert (completeness["ok"], completeness["missing"]) == (11, ["telecust/keras_random/test/seed1"])
        runs = pd.read_parquet(results / "tables" / "runs.parquet")
        assert list(runs.status[runs.status != "ok"]) == ["missing"]
    finally:
        outcome.write_bytes(kept)


def test_searches_made_again_on_one_core_are_the_same(finished_clone, results):
    """Times apart, and whatever was compiled or cached before."""
    folders = [
        results / "runs/telecust" / part for part in ("keras_hyperband/holdout/seed0", "sklearn_random/cv2/seed1")
    ]
    before = [outcome_and_trials(folder) for folder in folders]
    targets = [str((folder / "outcome.json").relative_to(finished_clone.folder)) for folder in folders]
    for cached in (finished_clone.folder / ".cache").glob("*/programs/*.pb"):
        cached.unlink()
    done = finished_clone.snakemake("--cores", "1", "--configfile", STUDY, "--force", *targets)
    assert done.returncode == 0, done.stdout
    for (outcome, trials), folder in zip(before, folders, strict=True):
        outcome_again, trials_again = outcome_and_trials(folder)
        assert outcome == outcome_again
        pd.testing.assert_frame_equal(trials, trials_again)
