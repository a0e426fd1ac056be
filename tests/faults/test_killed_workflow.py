"""The whole workflow ended at random moments, by Ctrl-C and by SIGKILL, and started again: the tables are those of a
workflow that nothing disturbed, and no finished fit was made twice."""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time

import pandas as pd
import psutil
import pytest
from clone import REAL_DATA, Clone, make_clone
from killed_runs import records_in

pytestmark = pytest.mark.slow

# `make torture` says 100: one kill in ten is the workflow's
KILLS = max(2, int(os.environ.get("HPO_KILLS", "20")) // 10)

STUDY = """
name: {name}
results_dir: results/{name}
seeds: {{first: 0, count: 1}}
datasets:
  telecust:
    model: mlp
    fixed: {{layers: 1, batch_size: 8}}
    space:
      neurons: {{choice: [32, 48]}}
      activation_input: {{choice: [relu, tanh]}}
      epochs: {{choice: [120, 160]}}
    training: {{checkpoint: best}}
    arms:
      grid_loop: {{cv: [holdout]}}
      sklearn_grid: {{cv: [cv2]}}
      keras_random: {{max_trials: 6, tune: all, cv: [test]}}
      forest:
        method: sklearn_random
        model: random_forest
        fixed: {{}}
        space: {{n_estimators: {{choice: [100, 150, 200]}}, max_depth: {{choice: [5, 10, null]}}}}
        n_iter: 4
        cv: [cv3]
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    made = make_clone(tmp_path_factory.mktemp("killed") / "repository")
    for name in ("undisturbed", "killed"):
        (made.folder / f"{name}.yaml").write_text(STUDY.format(name=name), encoding="utf-8")
    return made


def arguments(name: str) -> list[str]:
    return ["--cores", "2", "--configfile", f"{name}.yaml", "--", f"results/{name}/tables/runs.parquet"]


def started(clone: Clone, name: str) -> subprocess.Popen[bytes]:
    """Snakemake in a session of its own, like a terminal's."""
    environment = {**os.environ, "HPO_DATA_DIR": str(REAL_DATA) if REAL_DATA.is_dir() else ""}
    environment.pop("PYTHONPATH", None)
    with open(clone.folder / "terminal.txt", "wb") as terminal:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--nocolor", *arguments(name)],
            cwd=clone.folder, env=environment, stdout=terminal, stderr=terminal, start_new_session=True,
        )  # fmt: skip


def fits_there(clone: Clone) -> int:
    """How many finished fits the study's one table has."""
    return records_in(clone.folder / "results" / "killed" / "fits" / "telecust" / "seed0")


def killed(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for Snakemake and all that it started, as when a machine goes down."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()
    psutil.wait_procs(family[1:], timeout=10)


def tables(clone: Clone, name: str) -> list[pd.DataFrame]:
    folder = clone.folder / "results" / name / "tables"
    found = [pd.read_parquet(folder / f"{table}.parquet") for table in ("runs", "trials", "generations")]
    return [frame[[c for c in frame.columns if not c.endswith("_seconds")]] for frame in found]


def test_a_killed_workflow_ends_in_the_same_tables(clone: Clone) -> None:
    done = clone.snakemake(*arguments("undisturbed"))
    assert done.returncode == 0, done.stdout[-4000:]
    moments = random.Random(KILLS)
    left = 0
    disturbances = [signal.SIGINT, *[signal.SIGKILL] * KILLS]
    for how in disturbances:
        process = started(clone, "killed")
        until = time.monotonic() + 600
        # somewhere among the searches, and never so late that none is left to disturb
        while fits_there(clone) <= left and process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.02)
        time.sleep(moments.uniform(0, 3 / len(disturbances)))
        assert process.poll() is None, "the workflow ended before it was disturbed often enough"
        if how == signal.SIGINT:
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(timeout=300) != 0
        else:
            killed(process)
            unlocked = clone.snakemake("--configfile", "killed.yaml", "--unlock")
            assert unlocked.returncode == 0, unlocked.stdout
        assert fits_there(clone) >= left
        left = fits_there(clone)

    started_last = time.time()
    process = started(clone, "killed")
    until = time.monotonic() + 600
    while not any(p.is_file() for p in (clone.folder / ".snakemake" / "locks").glob("*")):
        assert time.monotonic() < until
        time.sleep(0.05)
    second = clone.snakemake(*arguments("killed"))
    assert second.returncode != 0
    assert "lock" in second.stdout.lower()
    assert process.wait(timeout=1200) == 0, (clone.folder / "terminal.txt").read_text()[-4000:]

    for one, other in zip(tables(clone, "killed"), tables(clone, "undisturbed"), strict=True):
        pd.testing.assert_frame_equal(one, other)
    # no two arms of this study ask for the same fit
    logs = [log for log in (clone.folder / "logs/killed/runs").rglob("*.log") if log.stat().st_mtime > started_last]
    assert logs
    made = sum(int(re.search(r"(\d+) fits made in", log.read_text(encoding="utf-8"))[1]) for log in logs)
    assert left + made == fits_there(clone) == tables(clone, "undisturbed")[0].fits.sum()
