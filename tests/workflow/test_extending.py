"""The pages of docs/extending that add to a study, followed to the letter in clean clones."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from clone import REAL_DATA, ROOT, make_clone, snakemake

pytestmark = pytest.mark.slow

PROGRAMS = {"python": [], "hpotrial": ["-m", "hpotrial.cli"]}


def follow(page: str, folder: Path) -> tuple[Path, str]:
    """A clone with the files of a page in which all its commands have been run, and what they said.

    A block that begins with a comment is the file which that names; a block of bash is commands.
    """
    clone = make_clone(folder).folder
    said = ""
    text = (ROOT / "docs" / "extending" / page).read_text(encoding="utf-8")
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        name, _, rest = block.partition("\n")
        if language == "bash":
            said += "".join(_run(line.split(), clone) for line in block.splitlines())
        else:
            assert name.startswith("# ")
            assert not (clone / name[2:]).exists()
            (clone / name[2:]).write_text(rest, encoding="utf-8")
    return clone, said


def _run(words: list[str], clone: Path) -> str:
    done = _ended(words, clone)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def _ended(words: list[str], clone: Path) -> subprocess.CompletedProcess[str]:
    if words[0] == "snakemake":
        return snakemake(clone, *words[1:])
    variables = {"PYTHONPATH": str(clone / "src"), "HPO_DATA_DIR": str(REAL_DATA) if REAL_DATA.is_dir() else ""}
    command = [sys.executable, *PROGRAMS[words[0]], *words[1:]]
    return subprocess.run(command, cwd=clone, env={**os.environ, **variables}, capture_output=True, text=True)


def test_a_kind_of_dataset(tmp_path):
    clone, said = follow("dataset.md", tmp_path / "clone")
    assert "ok: 1 runs" in said
    facts = json.loads((clone / "data/processed/flowers.json").read_text())
    assert (facts["kind"], facts["n_rows"], facts["n_features"]) == ("parquet", 150, 4)
    assert facts["classes"] == ["setosa", "versicolor", "virginica"]
    outcome = json.loads((clone / "results/flowers/runs/flowers/sklearn_grid/cv3/seed0/outcome.json").read_text())
    assert outcome["status"] == "ok"
    assert outcome["audit_score"] > 0.8


def test_a_method(tmp_path):
    clone, said = follow("method.md", tmp_path / "clone")
    assert "ok: 1 runs" in said
    assert "| `random_loop` | `draws: 10` (from 1) | keras, sklearn | test, holdout, cv |" in (
        clone / "config/README.md"
    ).read_text(encoding="utf-8")
    run = clone / "results/random_loop/runs/telecust/random_loop/holdout/seed0"
    outcome = json.loads((run / "outcome.json").read_text())
    assert (outcome["status"], outcome["trials"]) == ("ok", 3)
    assert {"numpy", "scikit-learn"} <= set(outcome["versions"])
    assert not {"keras", "tensorflow-cpu", "optuna"} & set(outcome["versions"])
    wrong = (clone / "random_loop.yaml").read_text().replace("draws: 3", "draws: 0")
    (clone / "wrong.yaml").write_text(wrong)
    done = _ended(["hpotrial", "check", "wrong.yaml"], clone)
    assert done.stderr == "error: datasets.telecust.arms.random_loop.draws: must be at least 1, not 0\n"


def test_a_metric(tmp_path):
    clone, said = follow("metric.md", tmp_path / "clone")
    assert "ok: 1 runs" in said
    (run,) = pd.read_parquet(clone / "results/brier/tables/runs.parquet").to_dict("records")
    assert run["metric"] == "brier_score"
    assert run["audit_score"] == -run["audit_brier_score"]
    assert 0 < run["audit_brier_score"] < 2
    columns = list(run)
    assert columns[columns.index("audit_log_loss") + 1] == "audit_brier_score"


def test_a_model(tmp_path):
    clone, said = follow("model.md", tmp_path / "clone")
    assert "ok: 1 runs" in said
    (planned,) = pd.read_csv(clone / "results/wide/plan.csv").to_dict("records")
    assert (planned["trials"], planned["epochs"]) == (4, 8)
    assert planned["seconds"] > 0
    (measured,) = (clone / ".cache/prices").iterdir()
    # the defaults, then two widths: each matrix once, that of the output layer on inputs and hidden units
    counted = [11 * n + (11 + n) * 4 for n in (32, 8, 16)]
    assert json.loads(measured.read_text())["multiply_adds"] == counted
    (run,) = pd.read_parquet(clone / "results/wide/tables/runs.parquet").to_dict("records")
    assert (run["status"], run["failed_trials"], run["model"]) == ("ok", 0, "wide_and_deep")
    changed = subprocess.run(["git", "status", "--short"], cwd=clone, capture_output=True, text=True, check=True)
    assert {line.split()[1] for line in changed.stdout.splitlines()} == {
        "src/hpotrial/models/wide_and_deep.py", "tiny.yaml", "tiny_claims.yaml", "wide.yaml",
    }  # fmt: skip
