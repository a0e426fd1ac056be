"""Runs of a Slurm job share one worker, which lives in its allocation and ends with it."""

import contextlib
import subprocess
import time
from collections import defaultdict

import psutil
import pytest
from clone import Clone
from small_study import TABLES, on_slurm, said, small_clone

pytestmark = [pytest.mark.slow, pytest.mark.slurm]


def workers_of(clone: Clone) -> dict[str, set[int]]:
    """The workers of a clone's jobs that are there now, by the number of their Slurm job."""
    found = defaultdict(set)
    for process in psutil.process_iter(["cwd", "cmdline"]):
        if process.info["cwd"] == str(clone.folder) and "hpotrial.workers.server" in (process.info["cmdline"] or []):
            with contextlib.suppress(psutil.Error):
                found[process.environ().get("SLURM_JOB_ID", "")].add(process.pid)
    return found


def left(clone: Clone, snakemake: "subprocess.Popen[str]") -> list[list[str]]:
    """What works in a clone, Snakemake that submits aside."""
    every = psutil.process_iter(["cwd", "cmdline", "pid"])
    own = [one.info for one in every if one.info["cwd"] == str(clone.folder) and one.info["cmdline"]]
    return [one["cmdline"] for one in own if one["pid"] != snakemake.pid]


def test_a_group_has_one_worker_which_ends_with_it(cluster, tmp_path):
    clone = small_clone(tmp_path / "repository")
    process, seen = on_slurm(clone, cluster, "--", TABLES), defaultdict(set)
    while process.poll() is None:
        for job, numbers in workers_of(clone).items():
            seen[job] |= numbers
        time.sleep(0.1)
    assert process.returncode == 0, said(clone)[-6000:]
    # of two datasets, of the searches, and of collecting; each job's own
    assert len(seen) == 4
    assert {len(numbers) for numbers in seen.values()} == {1}
    assert "" not in seen
    end = time.monotonic() + 30
    while found := left(clone, process):
        assert time.monotonic() < end, found
        time.sleep(0.2)


def test_nothing_is_left_of_a_group_that_is_cancelled(cluster, tmp_path):
    clone = small_clone(tmp_path / "repository")
    clone.edit("small.yaml", "epochs: {choice: [1, 2]}", "epochs: {choice: [9000, 9001]}")
    process = on_slurm(clone, cluster, "--retries", "0", "--", TABLES)
    fits = clone.folder / "results/small/fits"
    end = time.monotonic() + 150
    while not list(fits.rglob("*.npz")):
        assert process.poll() is None, said(clone)[-3000:]
        assert time.monotonic() < end
        time.sleep(0.2)
    (job,) = [one for one, numbers in workers_of(clone).items() if numbers and one in cluster.running()]
    cluster.command("scancel", job)
    end = time.monotonic() + 30
    while found := left(clone, process):
        assert time.monotonic() < end, found
        time.sleep(0.2)
    process.terminate()
    process.wait(timeout=60)
