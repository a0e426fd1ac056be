"""Workers of jobs that train nothing: figures of one process are those of their own, and none imports TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import simulated_study
import simulated_verdicts
from test_workers import SMALL
from worker_jobs import Jobs, asked_for

from hpotrial import figures
from hpotrial.results import Tables, collect
from hpotrial.results.importance import importances

pytestmark = pytest.mark.slow


@pytest.fixture
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    made = Jobs(tmp_path_factory.mktemp("w"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a made-up study of two seeds."""
    root = simulated_study.write(tmp_path_factory.mktemp("study"), seeds=2)
    collect(root / "plan.csv", root / "runs", root / "tables")
    importances(Tables(root / "tables")).to_parquet(root / "tables/importance.parquet", index=False)
    simulated_verdicts.write(root, seeds=2)
    return root / "tables"


def light(work: str, place: Path, **more: Any) -> dict[str, Any]:
    """A request for a work that trains nothing."""
    place.mkdir(parents=True, exist_ok=True)
    return {"work": work, "log": str(place / "run.log"), "resources": str(place / "used.tsv"), **more}


def drawn(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "drawn").iterdir())}


def figure(name: str, tables: Path, folder: Path, language: str = "en") -> dict[str, Any]:
    return light("figure", folder, figure=name, tables=str(tables), folder=str(folder / "drawn"), language=language)


def test_what_trains_and_what_does_not_have_workers_of_their_own(
    jobs: Jobs, prepared: Path, tables: Path, tmp_path: Path
) -> None:
    assert jobs.run(figure("completeness", tables, tmp_path / "figure")) == (0, [])
    (worker,) = jobs.workers()
    assert jobs.run(asked_for("forest", prepared, tmp_path / "run", **SMALL)) == (0, [])
    assert len(jobs.workers()) == 2
    split = {"seed": 0, "test_size": 0.2, "audit_size": 0.2, "train_rows": None, "rows_per_class": 5}
    files = {
        "npz": str(prepared / "data.npz"),
        "json": str(prepared / "data.json"),
        "split": str(tmp_path / "split.npz"),
    }
    assert jobs.run(light("split", tmp_path / "split", drawing=split, **files)) == (0, [])
    assert len(jobs.workers()) == 2
    loaded = {Path(file.path).name for file in psutil.Process(worker).memory_maps()}
    assert any("numpy" in str(file.path) for file in psutil.Process(worker).memory_maps())
    assert not any("tensorflow" in name for name in loaded)


def test_a_work_that_fails_is_one_line_and_its_worker_goes_on(jobs: Jobs, tables: Path, tmp_path: Path) -> None:
    assert jobs.run(figure("completeness", tables, tmp_path / "one")) == (0, [])
    before = jobs.workers()
    status, said = jobs.run(figure("compleatness", tables, tmp_path / "two"))
    assert status == 1
    assert len(said) == 1
    assert said[0].startswith("error: there is no figure called compleatness")
    assert jobs.run(figure("completeness", tables, tmp_path / "three")) == (0, [])
    assert jobs.workers() == before


def test_figures_of_one_worker_are_those_of_processes_of_their_own(jobs: Jobs, tables: Path, tmp_path: Path) -> None:
    """In two languages in turn, after one that failed, and in another order."""
    names, alone = figures.names(), Jobs(jobs.folder, HPO_WORKERS="none")
    for i, name in enumerate(names):
        language = "es" if i % 2 else "en"
        assert alone.run(figure(name, tables, tmp_path / "own" / name, language))[0] == 0
    assert jobs.run(figure(names[0], tmp_path / "nothing", tmp_path / "failed"))[0] == 1
    for name in reversed(names):
        language = "es" if names.index(name) % 2 else "en"
        assert jobs.run(figure(name, tables, tmp_path / "shared" / name, language))[0] == 0
        assert drawn(tmp_path / "shared" / name) == drawn(tmp_path / "own" / name), name
    assert len(jobs.workers()) == 1
    alone.close()
