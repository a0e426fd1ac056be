"""Single runs to kill: every family of methods on telecust, in a small space, and what they must leave behind."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from untimed import outcome_and_trials

ROOT = Path(__file__).parents[2]
HUNG_SECONDS = 900

STOPPING = {"early_stopping": {"patience": 4}, "checkpoint": "best"}
COMPILED, STOCK = {"engine": "compiled", **STOPPING}, {"engine": "stock", **STOPPING}
MLP = {
    "model": "mlp",
    "fixed": {"layers": 1, "batch_size": 32},
    "space": {
        "neurons": {"choice": [8, 32]},
        "activation_input": {"choice": ["relu", "tanh"]},
        "epochs": {"choice": [10, 30]},
    },
}
DIVERGING = {"space": {"learning_rate": {"choice": [0.01, 0.1, 1e38]}, "epochs": {"choice": [10, 20, 30]}}}
FOREST = {
    "model": "random_forest",
    "fixed": {},
    "space": {"n_estimators": {"choice": [20, 60, 100]}, "max_depth": {"choice": [4, 8, None]}},
}

# for each family: what differs from a plain run
FAMILIES: dict[str, dict[str, Any]] = {
    "loop": {"method": "grid_loop", "cv": "test"},
    "loop_diverging": {"method": "grid_loop", "cv": "holdout", "refit": True, **DIVERGING,
                       "fixed": {"layers": 0, "optimizer": "sgd", "batch_size": 32}},
    "sklearn": {"method": "sklearn_grid", "cv": "cv3"},
    "halving": {"method": "successive_halving", "cv": "cv3", "options": {"n_candidates": 8, "factor": 2}},
    "keras_random": {"method": "keras_random", "cv": "test", "metric": "roc_auc",
                     "options": {"max_trials": 7, "tune": "all"}},
    "keras_hyperband": {"method": "keras_hyperband", "cv": "holdout", "fixed": {"batch_size": 32},
                        "options": {"max_epochs": 12, "factor": 2, "tune": "all"},
                        "space": {"neurons": {"choice": [4, 8, 16, 32]}, "layers": {"choice": [0, 1]},
                                  "activation_input": {"choice": ["relu", "tanh"]},
                                  "learning_rate": {"float": {"low": 0.001, "high": 0.1, "log": True}}}},
    "hyperopt": {"method": "hyperopt_tpe", "cv": "holdout", "options": {"max_evals": 9, "n_startup_jobs": 4}},
    "optuna": {"method": "optuna_hyperband", "cv": "holdout", "options": {"n_trials": 10, "n_startup_trials": 4}},
    "genetic": {"method": "genetic", "cv": "cv2", "options": {"population": 5, "generations": 2}, "epoch_budget": 400},
    "forest": {"method": "sklearn_random", "cv": "cv3", "options": {"n_iter": 5}, **FOREST},
    "stock": {"method": "grid_loop", "cv": "holdout", "training": STOCK,
              "space": {"neurons": {"choice": [8, 16, 32]}, "epochs": {"choice": [5]}}},
}  # fmt: skip


def request(family: str, data: Path, folder: Path) -> dict[str, Any]:
    """A run of a family on prepared data, its files in a folder, as JSON can hold it."""
    changes = dict(FAMILIES[family])
    plain = {"dataset": "telecust", "cv": changes.pop("cv"), "seed": 3, "holdout_size": 0.2}
    arm = {"name": family, "options": {}, **MLP, "training": COMPILED, **changes}
    files = {
        "data_npz": data / "data.npz", "data_json": data / "data.json", "split_npz": data / "split.npz",
        "trials_path": folder / "trials.parquet", "outcome_path": folder / "outcome.json",
        "fits_path": folder / "fits", "log": folder / "run.log", "terminal": folder / "terminal.txt",
    }  # fmt: skip
    return {**plain, "arm": arm, **{name: str(path) for name, path in files.items()}}


class JobServer:
    """Starts runs one after another, each in a process of its own."""

    def __init__(self, cache_dir: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("job_server.py")), str(cache_dir)],
            # unbuffered, so that what `select` sees is what is left to read
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=environment,
        )  # fmt: skip

    def run(self, asked: dict[str, Any], meanwhile: Callable[[int], None] = lambda _: None) -> int:
        """Make a run; ``meanwhile`` is called with its process's number. Returns its status, negative for a signal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        meanwhile(self._number())
        return self._number()

    def _number(self) -> int:
        assert self._process.stdout is not None
        assert select.select([self._process.stdout], [], [], HUNG_SECONDS)[0], "a run hangs"
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the server."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def killed_at(fits: Path, records: int, seconds: float) -> Callable[[int], None]:
    """Kill a process some seconds after its table of fits has so many records, if it is still there."""

    def kill(process: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            while records_in(fits) < records:
                os.kill(process, 0)
                time.sleep(0.002)
            time.sleep(seconds)
            os.kill(process, signal.SIGKILL)

    return kill


def result(folder: Path) -> tuple[dict[str, Any], str]:
    """Outcome and trials of a run, times aside."""
    outcome, trials = outcome_and_trials(folder)
    return outcome, trials.to_json()


def records_in(folder: Path) -> int:
    """Records of a table of fits, by the names that only whole ones have."""
    return sum(1 for _ in folder.glob("[0-9a-f]*.npz"))
