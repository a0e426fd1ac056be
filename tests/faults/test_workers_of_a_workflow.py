"""Snakemake with warm workers: however it ends, nothing of it is left; and runs are those of ``workers: none``."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from clone import REAL_DATA, Clone, make_clone, tables_without_times

pytestmark = pytest.mark.slow

STUDY = """
name: {name}
results_dir: results/{name}
workers: {workers}
seeds: {{first: 0, count: 2}}
datasets:
  telecust:
    model: mlp
    fixed: {{layers: 1, batch_size: 16}}
    space: {{neurons: {{choice: [4, 8]}}, epochs: {{choice: [{epochs}]}}}}
    arms:
      grid_loop: {{cv: [holdout]}}
      genetic: {{population: 3, generations: 1, cv: [cv2]}}
      stock: {{method: optuna_tpe, n_trials: 2, cv: [holdout], training: {{engine: stock}}}}
      forest:
        method: sklearn_random
        model: random_forest
        fixed: {{}}
        space: {{n_estimators: {{choice: [5, 10]}}, max_depth: {{choice: [5, null]}}}}
        n_iter: 2
        cv: [cv3]
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    made = make_clone(tmp_path_factory.mktemp("workers") / "repository")
    for name, workers, epochs in (
        ("shared", "shared", "1, 3"),
        ("none", "none", "1, 3"),
        ("long", "shared", "9000, 9001"),
    ):
        text = STUDY.format(name=name, workers=workers, epochs=epochs)
        (made.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return made


def processes(folder: Path) -> list[psutil.Process]:
    """What works in the clone."""
    found = psutil.process_iter(["cwd", "cmdline"])
    return [process for process in found if process.info["cwd"] == str(folder) and process.info["cmdline"]]


def workers(folder: Path) -> list[psutil.Process]:
    return [process for process in processes(folder) if "hpotrial.workers.server" in process.info["cmdline"]]


def nothing_is_left(folder: Path) -> bool:
    end = time.monotonic() + 30
    while left := processes(folder):
        if time.monotonic() > end:
            print(*(process.info["cmdline"] for process in left), sep="\n")
            return False
        time.sleep(0.2)
    return True


def arguments(name: str, cores: int) -> list[str]:
    return ["--cores", str(cores), "--configfile", f"{name}.yaml", "--", f"results/{name}/tables/runs.parquet"]


def test_a_workflow_that_is_done_leaves_nothing_and_its_tables_are_those_of_no_workers(
    clone: Clone, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("w")
    started = clone.start(*arguments("shared", 1), TMPDIR=str(place), XDG_RUNTIME_DIR="")
    most: dict[str, int] = {}
    while started.poll() is None:
        sockets = Counter(path.parent.name for path in place.glob("hpotrial-*/*/*.sock"))
        most = {kind: max(count, most.get(kind, 0)) for kind, count in {**most, **sockets}.items()}
        time.sleep(0.2)
    assert started.returncode == 0, started.communicate()[0][-4000:]
    # one that trains, and one for what does not
    assert list(most.values()) == [1, 1]
    assert nothing_is_left(clone.folder)
    assert list(place.glob("hpotrial-*/*")) == []
    done = clone.snakemake(*arguments("none", 2))
    assert done.returncode == 0, done.stdout[-4000:]
    assert nothing_is_left(clone.folder)
    shared, none = (tables_without_times(clone.folder / "results" / name / "tables") for name in ("shared", "none"))
    assert shared == none


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_workflow_that_is_ended(clone: Clone, how: signal.Signals) -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--nocolor", *arguments("long", 2)],
        cwd=clone.folder, env={**os.environ, "HPO_DATA_DIR": str(REAL_DATA) if REAL_DATA.is_dir() else ""},
        # like a terminal's
        start_new_session=True,
    )  # fmt: skip
    fits = clone.folder / "results" / "long" / "fits"
    before = set(fits.rglob("*.npz"))
    end = time.monotonic() + 120
    while not set(fits.rglob("*.npz")) - before:
        assert started.poll() is None
        assert time.monotonic() < end
        time.sleep(0.1)
    assert workers(clone.folder)
    if how == signal.SIGINT:
        os.killpg(started.pid, how)
    else:
        os.kill(started.pid, how)
    # after SIGTERM Snakemake waits for the jobs that run: their end is not what is at stake here
    if how == signal.SIGTERM:
        time.sleep(2)
        for process in workers(clone.folder):
            process.kill()
    assert started.wait(timeout=60) != 0
    assert nothing_is_left(clone.folder)
    if how == signal.SIGKILL:
        assert clone.snakemake("--configfile", "long.yaml", "--unlock").returncode == 0


def test_where_no_socket_can_be_the_workflow_says_so_once(clone: Clone, tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    told = ["--forcerun", "run_search", *arguments("shared", 2)]
    done = clone.snakemake(*told, TMPDIR=str(folder), XDG_RUNTIME_DIR="")
    assert done.returncode == 0, done.stdout[-4000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("workers: none")]
    assert "too long a path" in line
