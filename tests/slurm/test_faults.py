"""Searches that hang, need too much memory, are cancelled or lose their node: retried, or said to be missing."""

import contextlib
import re
import signal
import time

import psutil
import pytest
from small_study import TABLES, missing, on_slurm, said, searched, small_clone, without_times

pytestmark = [pytest.mark.slow, pytest.mark.slurm]

HANGS = "telecust_forest/grid_loop/holdout/seed0"
CANCELLED = "telecust_forest/sklearn_grid/cv2/seed0"
NODE_DIES = "telecust_forest/sklearn_random/cv2/seed0"
TOO_LARGE_ONCE = "telecust/grid_loop/holdout/seed0"
TOO_LARGE_ALWAYS = "telecust/keras_random/holdout/seed0"
# what a network's search needs is more than 600 MB and less than 1500
MEMORY = "600 if wildcards.dataset == 'telecust' and (attempt == 1 or wildcards.arm == 'keras_random') else 1500"
RUNTIME = "2 if wildcards.dataset == 'telecust_forest' and wildcards.arm == 'grid_loop' and attempt == 1 else 10"


def run_and_process(step: psutil.Process) -> tuple[str, psutil.Process | None] | None:
    """The run that a Slurm job is for, and the process that searches once that has begun."""
    run = None
    for process in step.children(recursive=True):
        words = " ".join(process.cmdline())
        told = re.search(r"run_search:dataset=(\w+),arm=(\w+),cv=(\w+),seed=(\d+)", words)
        if told:
            run = "{}/{}/{}/seed{}".format(*told.groups())
        elif run and "hpotrial.workers.server" in words:
            return run, process
    return (run, None) if run else None


class Saboteur:
    """Notes which Slurm jobs each run had, and does to a run's first one what its name asks for once it searches."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.jobs: dict[str, list[str]] = {}
        self.met: set[str] = set()
        self.lost_node = ""

    def look(self) -> None:
        for job, node in self.cluster.running().items():
            for step in self.cluster.steps_of([job]):
                # a process may end while it is looked at
                with contextlib.suppress(psutil.Error):
                    found = run_and_process(step)
                    if found:
                        self.meet(*found, job, node)

    def meet(self, run: str, process: psutil.Process | None, job: str, node: str) -> None:
        jobs = self.jobs.setdefault(run, [])
        if job not in jobs:
            jobs.append(job)
        if process is None or job != jobs[0] or run in self.met or run not in (HANGS, CANCELLED, NODE_DIES):
            return
        self.met.add(run)
        process.send_signal(signal.SIGSTOP)
        if run == CANCELLED:
            self.cluster.command("scancel", job)
        elif run == NODE_DIES:
            self.lost_node = node
            self.cluster.kill_node(node)


@pytest.fixture(scope="module")
def sabotaged(cluster, tmp_path_factory):
    """The clone, the saboteur, and how Snakemake ended."""
    clone = small_clone(tmp_path_factory.mktemp("sabotaged") / "repository")
    saboteur = Saboteur(cluster)
    resources = ("--set-resources", f"run_search:mem_mb={MEMORY}", f"run_search:runtime={RUNTIME}")
    process = on_slurm(clone, cluster, "--group-components", "searches=1", *resources, "--", TABLES)
    try:
        while process.poll() is None:
            saboteur.look()
            time.sleep(0.2)
    finally:
        process.kill()
    if saboteur.lost_node:
        cluster.start_node(saboteur.lost_node)
    return clone, saboteur, process.returncode


def states(cluster, saboteur, run: str) -> list[str]:
    """How the jobs that ran a search ended, in their order."""
    ended = {job["JobID"]: job["State"].split()[0] for job in cluster.history()}
    return [ended[job] for job in saboteur.jobs[run]]


@pytest.mark.parametrize(
    ("run", "ends"),
    [
        (HANGS, ["TIMEOUT", "COMPLETED"]),
        (CANCELLED, ["CANCELLED", "COMPLETED"]),
        (NODE_DIES, ["NODE_FAIL", "COMPLETED"]),
        (TOO_LARGE_ONCE, ["FAILED", "COMPLETED"]),
        (TOO_LARGE_ALWAYS, ["FAILED"] * 3),
        ("telecust_forest/hyperopt_tpe/holdout/seed0", ["COMPLETED"]),
    ],
)
def test_what_became_of_a_search(cluster, sabotaged, run, ends):
    clone, saboteur, _ = sabotaged
    assert states(cluster, saboteur, run) == ends, said(clone)[-6000:]
    done = (clone.folder / "results/small/runs" / run / "outcome.json").exists()
    assert done is (ends[-1] == "COMPLETED")


def test_every_failure_is_told(cluster, sabotaged):
    """With the run, Slurm's log of it and, where Slurm wrote one, the reason; and the status is 1."""
    clone, saboteur, status = sabotaged
    assert status == 1
    failed = {job["JobID"]: job["State"].split()[0] for job in cluster.history() if job["State"] != "COMPLETED"}
    reasons = {"TIMEOUT": "DUE TO TIME LIMIT", "FAILED": "exceeded memory limit", "CANCELLED": "CANCELLED AT"}
    told = said(clone).split("message: Error in group")
    for run, jobs in saboteur.jobs.items():
        for job in failed.keys() & jobs:
            (about,) = [part for part in told if f"/{job}.log (check log file" in part]
            assert f"results/small/runs/{run}/outcome.json" in about
            assert reasons.get(failed[job], "") in about


def test_what_is_missing_is_said_and_a_rerun_finishes_only_that(cluster, sabotaged, local):
    clone, *_ = sabotaged
    arguments = ("--cores", "2", "--configfile", "small.yaml", "--config", "collect=available", "--", TABLES)
    done = clone.snakemake(*arguments)
    assert done.returncode == 0, done.stdout[-6000:]
    assert searched(done.stdout) == []
    assert f"missing: {TOO_LARGE_ALWAYS}" in done.stdout
    assert missing(clone) == [TOO_LARGE_ALWAYS]

    again = on_slurm(clone, cluster, "--", TABLES)
    assert again.wait() == 0, said(clone)[-6000:]
    assert searched(said(clone)) == [TOO_LARGE_ALWAYS]
    assert without_times(clone) == without_times(local)
