"""Bad input ends Snakemake before any job starts: one line, status 1, no traceback."""

import re
import shutil

import pytest
from clone import REAL_DATA, ROOT, TINY, Clone

from hpotrial.study import load_study, read_study_file

pytestmark = pytest.mark.slow

# without claims, which would be refused first where an arm or a dataset is another
UNCLAIMED = TINY.replace("claims: {file: tiny_claims.yaml}\n", "")


def refusal(clone: Clone, study: str, *arguments: str) -> str:
    """The one line with which a study is refused."""
    (clone.folder / "bad.yaml").write_text(study, encoding="utf-8")
    done = clone.snakemake("--cores", "1", "--configfile", "bad.yaml", *arguments)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stdout
    assert not (clone.folder / "results").exists()
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("Using ")]
    assert len(lines) == 1, done.stdout
    assert lines[0].startswith("error: ")
    return lines[0]


def test_an_unknown_option(fresh_clone):
    line = refusal(fresh_clone, TINY.replace("n_iter", "n_itr"))
    assert line.endswith("unknown option 'n_itr' of the method 'sklearn_random'; did you mean 'n_iter'?")


def test_a_duplicate_arm(fresh_clone):
    line = refusal(fresh_clone, UNCLAIMED + "      grid_loop: {cv: [test]}\n")
    assert "bad.yaml, line 21: 'grid_loop' is defined twice" in line


def test_a_value_from_the_command_line(fresh_clone):
    line = refusal(fresh_clone, TINY, "--config", "standin=perhaps")
    assert line.startswith("error: standin: unknown value 'perhaps'")


def test_a_given_study_is_not_merged_with_the_default_one(fresh_clone):
    jobs = fresh_clone.would_run("tiny.yaml")
    assert jobs["run_search"] == 12
    assert jobs["fetch"] == 1


def test_a_given_study_may_extend_another(fresh_clone):
    changes = "extends: tiny.yaml\nname: more\nresults_dir: results/more\nseeds: {count: 3}\n"
    (fresh_clone.folder / "more.yaml").write_text(changes, encoding="utf-8")
    assert fresh_clone.would_run("more.yaml")["run_search"] == 18
    assert "run_search" not in fresh_clone.would_run("more.yaml", "--config", "collect=available")
    line = refusal(fresh_clone, changes.replace("tiny", "tinny"))
    assert line.endswith("tinny.yaml: cannot be read (No such file or directory)")
    # a job's own process and its script read the same
    done = fresh_clone.snakemake("plan", "--cores", "1", "--configfile", "more.yaml")
    assert done.returncode == 0, done.stdout
    plan = (fresh_clone.folder / "results" / "more" / "plan.csv").read_text(encoding="utf-8")
    assert len(plan.splitlines()) == 1 + 18
    for made in ("results", "data/raw", "data/processed"):
        shutil.rmtree(fresh_clone.folder / made)


def test_plain_snakemake_is_the_default_study(fresh_clone):
    done = fresh_clone.snakemake("-n", "--quiet", "rules")
    assert done.returncode == 0, done.stdout
    runs = load_study(read_study_file(ROOT / "config" / "config.yaml")).runs()
    assert re.search(rf"run_search +{len(runs)}\n", done.stdout)
    assert "profiles/default" in done.stdout


def test_a_table_without_its_class_column(fresh_clone):
    (fresh_clone.folder / "mine.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    mine = UNCLAIMED.replace("  telecust:\n", "  mine:\n    kind: csv\n    path: mine.csv\n    target: c\n")
    assert "mine.csv" in refusal(fresh_clone, mine)


@pytest.mark.skipif(not (REAL_DATA / "telecust.csv").exists(), reason="no telecust.csv in HPO_DATA_DIR")
def test_a_raw_file_with_the_wrong_checksum(fresh_clone):
    raw = fresh_clone.folder / "data" / "raw"
    raw.mkdir()
    text = (REAL_DATA / "telecust.csv").read_text()
    (raw / "telecust.csv").write_text("\n".join(text.splitlines()[:50]) + "\n")
    try:
        assert "data/raw/telecust.csv" in refusal(fresh_clone, TINY)
    finally:
        shutil.rmtree(raw)


def test_a_study_that_cannot_be_planned(fresh_clone):
    """More folds than rows is known once the data are: before anything trains."""
    study = UNCLAIMED.replace("    model: mlp", "    train_rows: 20\n    model: mlp").replace("cv: [cv2]", "cv: [cv10]")
    (fresh_clone.folder / "bad.yaml").write_text(study, encoding="utf-8")
    done = fresh_clone.snakemake("--cores", "1", "--configfile", "bad.yaml")
    assert done.returncode == 1
    assert "error: datasets.telecust.arms.sklearn_grid.cv: cv10 wants 10 training rows" in done.stdout
    assert "search telecust" not in done.stdout
    shutil.rmtree(fresh_clone.folder / "results", ignore_errors=True)
