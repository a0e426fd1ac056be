"""Jobs as the workflow starts them, clients of warm workers, in a folder of slots of a test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from killed_runs import ROOT, request

from hpotrial.training.runtime import JOB_ENVIRONMENT
from hpotrial.workers import client

PLENTY = 4000


def until(holds: Callable[[], Any], seconds: float = 60) -> Any:
    """What a condition gives once it holds."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
    return found


def alive(process: int) -> bool:
    return bool(client.process(process))


class Jobs:
    """A workflow, as far as jobs know it: a process whose end is theirs, a folder for slots, and a library."""

    def __init__(self, folder: Path, library: Path = ROOT / "src", **environment: str) -> None:
        self.folder, self.library = folder, library
        self.workflow = subprocess.Popen(["sleep", "1000"])
        self.environment = {
            **os.environ, **JOB_ENVIRONMENT, "PYTHONPATH": str(library), "TMPDIR": str(folder), "HPO_WORKERS": "shared",
            "HPO_WORKFLOW": client.process(self.workflow.pid), **environment,
        }  # fmt: skip
        self.environment.pop("XDG_RUNTIME_DIR", None)

    def start(self, asked: dict[str, Any], megabytes: int = PLENTY) -> subprocess.Popen[str]:
        """Start a job; what it says on its terminal is its standard error."""
        asked = {"work": "search", "cache_dir": str(self.folder / "cache"), **asked}
        work = asked.pop("work")
        if work != "search":
            del asked["cache_dir"]
        path = Path(asked["log"]).with_suffix(".request")
        path.write_text(f"{work} {json.dumps(asked)}", encoding="utf-8")
        with path.open("rb") as text:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(self.library / "hpotrial/workers/client.py"), str(megabytes)],
                stdin=text, stderr=subprocess.PIPE, text=True, env=self.environment, cwd=self.folder,
            )  # fmt: skip

    def run(self, asked: dict[str, Any], megabytes: int = PLENTY) -> tuple[int, list[str]]:
        """Make a job: its status, and the lines on its terminal."""
        job = self.start(asked, megabytes)
        _, said = job.communicate(timeout=300)
        return job.returncode, said.splitlines()

    def workers(self) -> list[int]:
        """The workers that are there, as their slots tell."""
        slots = self.folder.glob("hpotrial-*/*/*.lock")
        numbers = [int(slot.read_text() or 0) for slot in slots if slot.with_suffix(".sock").exists()]
        return sorted(number for number in numbers if number and alive(number))

    def processes(self) -> list[psutil.Process]:
        """Every process that works in this folder, the workflow aside."""
        found = []
        for process in psutil.process_iter(["cwd", "cmdline"]):
            if process.info["cwd"] == str(self.folder) and "hpotrial" in " ".join(process.info["cmdline"] or []):
                found.append(process)
        return found

    def close(self) -> None:
        """End the workflow; all that is its own must follow."""
        self.workflow.kill()
        self.workflow.wait()
        until(lambda: not self.processes(), seconds=30)


def asked_for(family: str, data: Path, folder: Path, **changes: Any) -> dict[str, Any]:
    """A run of a family of ``killed_runs``, as a job asks for it; ``changes`` of its arm."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = request(family, data, folder)
    del asked["terminal"]
    training = {"fit_seconds": None, "early_stopping": None, **asked["arm"]["training"]}
    arm = {**asked["arm"], "training": training, **changes}
    return {**asked, "arm": arm, "resources": str(folder / "resources.tsv")}
