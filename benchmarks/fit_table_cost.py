"""What the table of fits takes of a search that makes its fits, and a search whose fits are all there, on telecust.

Run as `PYTHONPATH=src .venv/bin/python benchmarks/fit_table_cost.py [FILE]`: prints a line for each search, and writes
them to FILE as JSON. The table lies in the system's temporary folder.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hpotrial.training import runtime

runtime.configure(Path(".cache"))
runtime.import_tensorflow()

from measured_data import load

from hpotrial.core.configuration import Arm, EarlyStopping, Training
from hpotrial.core.cv_setting import CvSetting
from hpotrial.datasets import dataset, splits
from hpotrial.runs import run
from hpotrial.runs.run import RunRequest, execute
from hpotrial.training.fit_table import FitTable

MLP = {
    "model": "mlp",
    "space": {
        "layers": {"choice": [1, 2]}, "neurons": {"choice": [16, 64]}, "activation_input": {"choice": ["relu", "tanh"]},
        "activation_hidden": {"choice": ["relu", "tanh"]}, "batch_size": {"choice": [16, 64]},
        "epochs": {"choice": [25, 100]},
    },
}  # fmt: skip
FOREST = {
    "model": "random_forest",
    "space": {"n_estimators": {"choice": [50, 100, 200]}, "max_depth": {"choice": [5, 10, None]}},
}
# method, cv-setting, what is tuned
SEARCHES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "grid_loop/holdout": ("grid_loop", "holdout", MLP),
    "sklearn_grid/cv3": ("sklearn_grid", "cv3", MLP),
    "forest/cv3": ("sklearn_grid", "cv3", FOREST),
    "hyperopt_tpe/holdout": ("hyperopt_tpe", "holdout", MLP),
    "keras_hyperband/holdout": ("keras_hyperband", "holdout", MLP),
    "sklearn_random/cv3": ("sklearn_random", "cv3", MLP),
}
TRAINING = Training("compiled", EarlyStopping(10), "best")


def timed(owner: Any, name: str, spent: list[float]) -> None:
    """Have a function's time added to ``spent[0]``."""
    function: Callable[..., Any] = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[0] += time.perf_counter() - started

    setattr(owner, name, wrapped)


def measure(name: str, folder: Path, spent: list[float]) -> dict[str, float]:
    """One search with its table, and the same again: its share of the seconds, and what a taken fit takes."""
    method, cv = SEARCHES[name][:2]
    arm = Arm(name.split("/")[0], method, {}, **SEARCHES[name][2], fixed={}, training=TRAINING)
    request = RunRequest(
        arm, "telecust", CvSetting(cv), 0, 0.2, folder / "data.npz", folder / "data.json", folder / "split.npz",
        trials_path=folder / "trials.parquet", outcome_path=folder / "outcome.json", cache_dir=Path(".cache"),
        fits_path=folder / "fits" / name,
    )  # fmt: skip
    spent[0], started = 0.0, time.perf_counter()
    fits = execute(request).cost.fits
    seconds, of_table = time.perf_counter() - started, spent[0]
    started = time.process_time()
    execute(request)
    again = time.process_time() - started
    return {"fits": fits, "seconds": seconds, "share": of_table / seconds, "cpu_ms_a_taken_fit": 1000 * again / fits}


def main(out: str | None) -> None:
    """Measure every search."""
    run.runtime.configure = lambda *_: None  # several runs share this process
    spent = [0.0]
    for function in ("key", "get", "add"):
        timed(FitTable, function, spent)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = load("telecust")
        dataset.save(data, folder / "data.npz", folder / "data.json")
        splits.save(splits.draw(data, seed=0), folder / "split.npz")
        found = {search: measure(search, folder, spent) for search in SEARCHES}
    for search, values in found.items():
        print(f"{search}: {values['fits']} fits in {values['seconds']:.1f} s, {100 * values['share']:.1f} % of it for "
              f"the table; made again, {values['cpu_ms_a_taken_fit']:.2f} ms of the processor a fit")  # fmt: skip
    if out:
        Path(out).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
