"""What the tests that kill runs share: prepared data, a server of jobs, and what each run gives undisturbed."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from dataset_samples import REAL, TELECUST
from killed_runs import JobServer, request, result

from hpotrial.datasets import dataset, splits
from hpotrial.datasets.fetching import fetch
from hpotrial.datasets.preparing import prepare

# a clone to run the whole workflow in
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

Undisturbed = tuple[tuple[dict[str, Any], str], float]


def unreachable(address: str, timeout_seconds: float) -> BinaryIO:
    raise OSError("no network is asked")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with telecust, its stand-in where the real table is not there, and a split."""
    folder = tmp_path_factory.mktemp("data")
    data_dir = REAL if (REAL / "telecust.csv").exists() else None
    fetch(TELECUST, folder, data_dir=data_dir, opener=unreachable)
    prepare(TELECUST, folder, folder / "data.npz", folder / "data.json")
    splits.save(splits.draw(dataset.load(folder / "data.npz", folder / "data.json"), seed=3), folder / "split.npz")
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobServer]:
    started = JobServer(tmp_path_factory.mktemp("programs"))
    yield started
    started.close()


@pytest.fixture(scope="session")
def undisturbed(
    server: JobServer, prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Undisturbed]:
    """Result of a family's run that nothing disturbs and that has no table of fits; its seconds, compiling aside."""
    known: dict[str, Undisturbed] = {}

    def of(family: str) -> Undisturbed:
        if family not in known:
            folder, started = tmp_path_factory.mktemp(family), time.monotonic()
            status = server.run({**request(family, prepared, folder), "fits_path": None})
            assert status == 0, (folder / "terminal.txt").read_text()
            seconds, outcome = time.monotonic() - started, json.loads((folder / "outcome.json").read_text())
            known[family] = result(folder), max(seconds - outcome["compile_seconds"], 0.1)
        return known[family]

    return of
