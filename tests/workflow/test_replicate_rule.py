"""`snakemake replicate`: one job per documented row, the table alone, and what an edit trains again."""

import json
import re

import pandas as pd
import pytest
from clone import REAL_DATA, TINY, make_clone, snakemake
from test_whole_run import CODE, edited

pytestmark = pytest.mark.slow

# a port that nothing listens on: no network, on any machine
OFFLINE = {"HPO_DATA_DIR": "", "HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
TABLE = """\
# two rows, quickly trained
source,method,lr,hidden_size,batch_size,epochs,train_accuracy,validation_accuracy
none,grid,0.1,8,256,1,,85.00
none,grid,0.01,8,256,1,60.00,12.00
"""
STUDY = (
    TINY.replace("claims: {file: tiny_claims.yaml}\n", "")
    + """\
  mnist:
    model: mlp
    train_rows: 100
    fixed: {layers: 0}
    space: {neurons: {choice: [4]}}
    arms:
      grid_loop: {cv: [test]}
replicate: {file: mine.csv, dataset: mnist, seeds: 3}
"""
)


def prepared(folder):
    clone = make_clone(folder / "repository")
    (clone.folder / "mine.csv").write_text(TABLE, encoding="utf-8")
    (clone.folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return clone


def table_of(clone) -> pd.DataFrame:
    verdicts = {"validation_inside": str, "train_inside": str}
    return pd.read_csv(
        clone.folder / "results/tiny/tables/replication.csv", keep_default_na=False, dtype={**verdicts, "note": str}
    )


@pytest.fixture(scope="module")
def standin_clone(tmp_path_factory):
    """A clone in which a stand-in for MNIST has been replicated on."""
    clone = prepared(tmp_path_factory.mktemp("standin"))
    done = clone.snakemake("--cores", "1", "--configfile", "study.yaml", "--", "replicate", **OFFLINE)
    assert done.returncode == 0, done.stdout[-6000:]
    return clone


@pytest.mark.skipif(not (REAL_DATA / "train-images-idx3-ubyte.gz").exists(), reason="no MNIST in HPO_DATA_DIR")
def test_real_images_give_a_verdict(tmp_path):
    clone = prepared(tmp_path)
    done = clone.snakemake("--cores", "2", "--configfile", "study.yaml", "--", "replicate")
    assert done.returncode == 0, done.stdout[-6000:]
    assert "search mnist" not in done.stdout
    table = table_of(clone)
    assert list(table["status"]) == ["ok", "ok"]
    assert list(table["n_train"]) == [60000, 60000]
    assert list(table["n_test"]) == [10000, 10000]
    assert list(table["examples"]) == [180000, 180000]
    # no network of these images is as bad as 12 % after an epoch
    assert list(table["validation_inside"])[1] == "false"
    within = table["validation_low"][0] <= 0.85 <= table["validation_high"][0]
    assert table["validation_inside"][0] == ("true" if within else "false")
    assert 0.8 < table["validation_mean"][0] < 0.95
    assert table["train_inside"][0] == ""
    for row in (1, 2):
        assert "seed 2: accuracy" in (clone.folder / f"logs/tiny/replication/row{row}.log").read_text()
        assert (clone.folder / f"logs/benchmarks/tiny/replication/row{row}.tsv").exists()
    assert clone.would_run("study.yaml", "--", "replicate") == {}


def test_a_standin_gets_no_verdict(standin_clone):
    table = table_of(standin_clone)
    assert list(table["note"]) == ["stand-in data"] * 2
    assert list(table["validation_inside"]) == ["", ""]
    record = json.loads((standin_clone.folder / "results/tiny/replication/row1.json").read_text())
    assert record["standin"] is True
    assert [one["status"] for one in record["fits"]] == ["ok"] * 3


@pytest.mark.parametrize(
    ("path", "old", "new", "jobs"),
    [
        ("mine.csv", "0.01,8", "0.02,8", {"replicate_row": 1, "replicate": 1}),
        ("mine.csv", "12.00\n", "12.00\nnone,tpe,0.5,8,256,1,,90\n", {"replicate_row": 1, "replicate": 1}),
        ("study.yaml", "seeds: 3", "seeds: 4", {"replicate_row": 2, "replicate": 1}),
        ("src/hpotrial/runs/replicate.py", *CODE, {"replicate_row": 2, "replicate": 1}),
        ("src/hpotrial/results/replication.py", *CODE, {"replicate": 1}),
    ],
)
def test_an_edit_trains_what_it_touches(standin_clone, path, old, new, jobs):
    with edited(standin_clone, path, old, new):
        assert standin_clone.would_run("study.yaml", "--", "replicate", **OFFLINE) == {
            **jobs,
            "total": sum(jobs.values()),
        }


def test_comments_docstrings_and_other_code_train_nothing(standin_clone):
    with (
        edited(standin_clone, "mine.csv", "# two rows", "# 2 rows"),
        edited(standin_clone, "src/hpotrial/runs/replicate.py", '"""', '"""The '),
        edited(standin_clone, "src/hpotrial/methods/grid_loop.py", *CODE),
    ):
        assert standin_clone.would_run("study.yaml", "--", "replicate", **OFFLINE) == {}


def test_what_is_there_is_tabled_without_training(standin_clone):
    kept = standin_clone.folder / "results/tiny/replication/row2.json"
    before = kept.read_bytes()
    kept.unlink()
    try:
        arguments = ("--cores", "1", "--configfile", "study.yaml", "--config", "collect=available", "--", "replicate")
        done = standin_clone.snakemake(*arguments, **OFFLINE)
        assert done.returncode == 0, done.stdout
        assert not kept.exists()
        assert list(table_of(standin_clone)["status"]) == ["ok", "missing"]
    finally:
        kept.write_bytes(before)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.replace("hidden_size", "hidden"), "error: mine.csv lacks the column 'hidden_size'"),
        (TABLE.replace("0.01,8", "slow,8"), "error: mine.csv, line 4: lr is 'slow'"),
        (TABLE.splitlines()[0], "error: mine.csv has no rows"),
    ],
)
def test_a_table_that_cannot_be_used_ends_the_program(standin_clone, table, message):
    path = standin_clone.folder / "mine.csv"
    path.write_text(table, encoding="utf-8")
    try:
        done = standin_clone.snakemake("--cores", "1", "--configfile", "study.yaml", **OFFLINE)
    finally:
        path.write_text(TABLE, encoding="utf-8")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line and not line.startswith("Using ")]
    assert line.startswith(message)


def test_a_study_that_replicates_nothing_says_so(standin_clone):
    done = standin_clone.snakemake("--cores", "1", "--configfile", "tiny.yaml", "--", "replicate", **OFFLINE)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert "error: replicate: this study names no documented configurations; add `replicate:" in done.stdout


def test_the_repositorys_own_table_is_found_from_elsewhere(standin_clone, tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY.replace("mine.csv", "data/documented_mnist.csv"), encoding="utf-8")
    asked = ("--configfile", "study.yaml", "-n", "--quiet", "rules", "--", "replicate")
    done = snakemake(tmp_path, "--snakefile", str(standin_clone.folder / "Snakefile"), *asked, **OFFLINE)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^replicate_row +18$", done.stdout, flags=re.MULTILINE)
