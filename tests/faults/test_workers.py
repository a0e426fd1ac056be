"""Warm processes that runs share: what one run does to another, and what becomes of both when one end is gone."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from killed_runs import ROOT, records_in, result
from worker_jobs import Jobs, alive, asked_for, until

from hpotrial.workers import client

SMALL = {"options": {"n_iter": 2}, "space": {"n_estimators": {"choice": [2, 3]}, "max_depth": {"choice": [2, 4]}}}
# a fit of it takes half a second, a run ten
LONG = {
    "method": "grid_loop",
    "options": {},
    "space": {"n_estimators": {"choice": [200 + i for i in range(40)]}, "max_depth": {"choice": [12]}},
}


@pytest.fixture
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    made = Jobs(tmp_path_factory.mktemp("w"))
    yield made
    made.close()


def small(prepared: Path, folder: Path, **changes: Any) -> dict[str, Any]:
    return {**asked_for("forest", prepared, folder, **SMALL), **changes}


def long(prepared: Path, folder: Path) -> dict[str, Any]:
    return {**asked_for("forest", prepared, folder, **LONG), "cv": "holdout"}


def the_worker(jobs: Jobs) -> int:
    (worker,) = jobs.workers()
    return worker


def test_runs_share_a_worker_and_are_those_of_processes_of_their_own(
    jobs: Jobs, prepared: Path, tmp_path: Path
) -> None:
    alone = Jobs(jobs.folder, HPO_WORKERS="none")
    used = set()
    # those that share come first: a worker that waits for long is not there any more
    for i in range(2):
        assert jobs.run({**small(prepared, tmp_path / f"shared{i}"), "seed": i}) == (0, [])
        used.add(the_worker(jobs))
    assert len(used) == 1
    for i in range(2):
        assert alone.run({**small(prepared, tmp_path / f"alone{i}"), "seed": i}) == (0, [])
        assert result(tmp_path / f"shared{i}") == result(tmp_path / f"alone{i}")
        names, values = (tmp_path / f"shared{i}" / "resources.tsv").read_text().splitlines()
        told = dict(zip(names.split("\t"), values.split("\t"), strict=True))
        assert float(told["s"]) > 0
        assert 50 < float(told["max_rss"]) < 1500
        log = (tmp_path / f"shared{i}" / "run.log").read_text(encoding="utf-8")
        assert log.count("trial 0:") == 1
    alone.close()


def test_two_jobs_at_once_have_a_worker_each(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    started = [jobs.start(small(prepared, tmp_path / str(i), seed=i)) for i in range(2)]
    assert [job.wait(timeout=300) for job in started] == [0, 0]
    assert len(jobs.workers()) == 2
    for folder in jobs.folder.glob("hpotrial-*"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in jobs.folder.glob("hpotrial-*/*/*")} == {0o600}


def test_a_run_that_fails_is_one_line_and_its_worker_goes_on(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    assert jobs.run(small(prepared, tmp_path / "one")) == (0, [])
    before = the_worker(jobs)
    status, said = jobs.run(small(prepared, tmp_path / "two", split_npz=str(tmp_path / "absent.npz")))
    assert status == 1
    assert len(said) == 1
    assert said[0].startswith("error: ")
    assert "absent.npz" in said[0]
    assert jobs.run(small(prepared, tmp_path / "three")) == (0, [])
    assert the_worker(jobs) == before


def test_an_error_of_the_machine_ends_the_worker_after_its_answer(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, said = jobs.run(small(prepared, tmp_path / "one", resources=str(tmp_path / "file" / "used.tsv")))
    assert status == 1
    assert len(said) == 1
    assert "File exists" in said[0]
    assert jobs.workers() == []
    assert jobs.run(small(prepared, tmp_path / "two")) == (0, [])


def test_a_killed_client_ends_its_run_and_the_next_takes_its_fits(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    job = jobs.start(long(prepared, tmp_path / "one"))
    until(lambda: records_in(tmp_path / "one" / "fits") >= 2)
    worker = the_worker(jobs)
    job.kill()
    job.communicate()
    until(lambda: not alive(worker), seconds=10)
    found = records_in(tmp_path / "one" / "fits")
    assert jobs.run(long(prepared, tmp_path / "one")) == (0, [])
    assert f" s, {found} taken" in (tmp_path / "one" / "run.log").read_text(encoding="utf-8")


def test_a_killed_worker_fails_its_job_in_one_line(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    job = jobs.start(long(prepared, tmp_path / "one"))
    until(lambda: records_in(tmp_path / "one" / "fits") >= 1)
    os.kill(the_worker(jobs), signal.SIGKILL)
    _, said = job.communicate(timeout=60)
    assert job.returncode == 1
    assert said == "error: the worker was ended in the midst of this run; run it again\n"
    # its socket is still there, and nobody listens
    assert list(jobs.folder.glob("hpotrial-*/*/*.sock"))
    assert jobs.run(small(prepared, tmp_path / "two")) == (0, [])


def test_a_worker_that_was_killed_as_it_waited_is_replaced(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    assert jobs.run(small(prepared, tmp_path / "one")) == (0, [])
    before = the_worker(jobs)
    os.kill(before, signal.SIGKILL)
    assert jobs.run(small(prepared, tmp_path / "two")) == (0, [])
    assert the_worker(jobs) != before


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_run_that_hangs_ends_with_its_client(jobs: Jobs, prepared: Path, tmp_path: Path, how: signal.Signals) -> None:
    job = jobs.start(long(prepared, tmp_path / "one"))
    until(lambda: records_in(tmp_path / "one" / "fits") >= 1)
    worker = the_worker(jobs)
    os.kill(worker, signal.SIGSTOP)
    job.send_signal(how)
    assert job.wait(timeout=10) == (-how if how == signal.SIGKILL else 128 + how)
    until(lambda: not alive(worker), seconds=10)


def test_a_run_ends_with_its_workflow(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    """Killed with no job told of it, one of whose workers stands still."""
    started = [jobs.start(long(prepared, tmp_path / str(i))) for i in range(2)]
    until(lambda: all(records_in(tmp_path / str(i) / "fits") for i in range(2)))
    os.kill(jobs.workers()[0], signal.SIGSTOP)
    jobs.workflow.kill()
    assert [job.wait(timeout=30) for job in started] == [1, 1]
    until(lambda: not jobs.processes(), seconds=30)


def test_edited_code_has_a_worker_of_its_own(prepared: Path, tmp_path_factory: Any, tmp_path: Path) -> None:
    library = tmp_path / "src"
    shutil.copytree(ROOT / "src" / "hpotrial", library / "hpotrial", ignore=shutil.ignore_patterns("__pycache__"))
    jobs = Jobs(tmp_path_factory.mktemp("w"), library)
    assert jobs.run(small(prepared, tmp_path / "one")) == (0, [])
    before = the_worker(jobs)
    with (library / "hpotrial" / "runs" / "run.py").open("a", encoding="utf-8") as file:
        file.write("\nlog.info('edited code is at work')\n")
    asked = small(prepared, tmp_path / "two")
    assert jobs.run(asked) == (0, [])
    assert set(jobs.workers()) - {before}
    assert "edited code is at work" in Path(asked["log"]).read_text(encoding="utf-8")
    jobs.close()


def test_a_worker_that_has_grown_beyond_what_a_job_asks_for_hands_over(
    jobs: Jobs, prepared: Path, tmp_path: Path
) -> None:
    assert jobs.run(small(prepared, tmp_path / "one"), megabytes=20) == (0, [])
    assert jobs.workers() == []
    until(lambda: not jobs.processes(), seconds=10)
    assert jobs.run(small(prepared, tmp_path / "two")) == (0, [])
    assert len(jobs.workers()) == 1


def test_what_is_left_of_killed_workers_is_cleared_by_the_next(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    """Everything killed at once, as at the end of an allocation, and a slot that is in use."""
    ended = Jobs(jobs.folder)
    # at once: a worker that waits for long is not there any more
    started = [each.start(small(prepared, tmp_path / str(i))) for i, each in enumerate((ended, jobs))]
    assert [job.wait(timeout=300) for job in started] == [0, 0]
    folders = {path.parent for path in jobs.folder.glob("hpotrial-*/*/*.sock")}
    assert len(folders) == 2
    before = jobs.workers()
    ended.workflow.kill()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    assert jobs.run(small(prepared, tmp_path / "three")) == (0, [])
    assert len({path.parent for path in jobs.folder.glob("hpotrial-*/*/*")}) == 1
    assert len(jobs.workers()) == 1
    ended.close()


@pytest.mark.parametrize("fault", ["too long", "open to others", "a file"])
def test_where_no_socket_can_be_each_job_has_its_own_process(
    prepared: Path, tmp_path_factory: Any, tmp_path: Path, fault: str
) -> None:
    folder = tmp_path_factory.mktemp("w")
    if fault == "too long":
        folder = folder / ("x" * 100)
        folder.mkdir()
    private = folder / f"hpotrial-{os.getuid()}"
    if fault == "open to others":
        private.mkdir(mode=0o755)
    elif fault == "a file":
        private.write_text("")
    jobs = Jobs(folder)
    reason = client.refusal(jobs.environment)
    assert reason
    assert str(private) in reason
    assert jobs.run(small(prepared, tmp_path / "one")) == (0, [f"workers: none for this job, since {reason}"])
    # a workflow has said so by then, once
    told = Jobs(folder, HPO_WORKERS="none")
    assert told.run(small(prepared, tmp_path / "two")) == (0, [])
    until(lambda: not jobs.processes(), seconds=10)
    for one in (jobs, told):
        one.close()


@pytest.mark.slow
def test_a_worker_that_stands_still_as_it_waits_is_replaced(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    assert jobs.run(small(prepared, tmp_path / "one")) == (0, [])
    before = the_worker(jobs)
    os.kill(before, signal.SIGSTOP)
    assert jobs.run(small(prepared, tmp_path / "two")) == (0, [])
    assert the_worker(jobs) != before
    assert not alive(before)


@pytest.mark.slow
def test_a_worker_without_work_ends_and_leaves_nothing(jobs: Jobs, prepared: Path, tmp_path: Path) -> None:
    assert jobs.run(small(prepared, tmp_path / "one")) == (0, [])
    worker = the_worker(jobs)
    time.sleep(5)
    assert alive(worker)
    until(lambda: not alive(worker), seconds=15)
    assert list(jobs.folder.glob("hpotrial-*/*")) == []


@pytest.mark.slow
def test_all_kinds_of_runs_in_one_worker_are_those_of_processes_of_their_own(
    jobs: Jobs, prepared: Path, tmp_path: Path
) -> None:
    """Forests and networks, both engines, several libraries, seeds and a search that diverges, one after another."""
    kinds = ("forest", "sklearn", "loop_diverging", "keras_hyperband", "hyperopt", "stock", "genetic")
    every = [(kind, seed) for seed in (3, 4) for kind in kinds]
    used = set()
    # all that share come first: a worker that waits for long is not there any more
    for kind, seed in every:
        assert jobs.run({**asked_for(kind, prepared, tmp_path / f"shared{kind}{seed}"), "seed": seed}) == (0, [])
        used.add(the_worker(jobs))
    assert len(used) == 1
    alone = Jobs(jobs.folder, HPO_WORKERS="none")
    # those of the second seed came after all kinds of runs
    for kind in kinds:
        assert alone.run({**asked_for(kind, prepared, tmp_path / f"own{kind}"), "seed": 4}) == (0, [])
        assert result(tmp_path / f"shared{kind}4") == result(tmp_path / f"own{kind}"), kind
    alone.close()
