"""A file of one's own: what is trained on it hangs on what is read from it, not on the code that reads."""

import json
import os
import subprocess
import sys

import pytest
from clone import Clone, make_clone

pytestmark = pytest.mark.slow

STUDY = """
name: own
results_dir: results/own
seeds: {count: 1}
datasets:
  own:
    kind: csv
    path: own.csv
    target: label
    model: random_forest
    space: {n_estimators: {choice: [2, 3]}}
    arms: {sklearn_random: {n_iter: 2, cv: [cv2]}}
"""
RUN = "own/sklearn_random/cv2/seed0"
OUTCOME = f"results/own/runs/{RUN}/outcome.json"
READING = "src/hpotrial/datasets/kinds/csv.py"
NUMBER = "    return float(cell)\n"


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Clone:
    clone = make_clone(tmp_path_factory.mktemp("own") / "repository")
    (clone.folder / "own.yaml").write_text(STUDY, encoding="utf-8")
    rows = [f"{i % 7},{i * i % 11},{'no' if i % 3 else 'yes'}\n" for i in range(60)]
    (clone.folder / "own.csv").write_text("a,b,label\n" + "".join(rows), encoding="utf-8")
    run(clone)
    return clone


def run(clone: Clone) -> dict:
    """The run's record after a call of Snakemake."""
    done = clone.snakemake("--cores", "1", "--configfile", "own.yaml", "--", OUTCOME)
    assert done.returncode == 0, done.stdout[-6000:]
    return json.loads((clone.folder / OUTCOME).read_text())


def would_run(clone: Clone) -> dict[str, int]:
    return clone.would_run("own.yaml", "--", OUTCOME)


def why(clone: Clone) -> str:
    command = [sys.executable, "-m", "hpotrial.cli", "why", RUN, "--configfile", "own.yaml"]
    environment = {**os.environ, "PYTHONPATH": str(clone.folder / "src")}
    done = subprocess.run(command, cwd=clone.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_reading_that_is_edited_and_gives_the_same_reruns_nothing(finished):
    finished.edit(READING, NUMBER, "    value = float(cell)\n    return value\n")
    assert would_run(finished) == {}
    assert "nothing has changed" in why(finished)


def test_reading_that_gives_other_data_reruns_what_was_trained_on_them(finished):
    before = json.loads((finished.folder / OUTCOME).read_text())
    finished.edit(READING, "    return value\n", "    return 2 * value\n")
    assert {"prepare", "split", "run_search"} <= set(would_run(finished))
    assert "the raw files of own now read as other data" in why(finished)
    after = run(finished)
    present = json.loads((finished.folder / "data/processed/own.json").read_text())
    assert after["data_sha256"] == present["sha256"] != before["data_sha256"]
    assert would_run(finished) == {}


def test_another_row_in_the_file_reruns_what_was_trained_on_it(finished):
    with (finished.folder / "own.csv").open("a", encoding="utf-8") as file:
        file.write("3,3,yes\n")
    assert {"fetch", "prepare", "split", "run_search"} <= set(would_run(finished))
    assert "file own.csv has changed" in why(finished)
