"""Measure what the plan's seconds are made of, and write `src/hpotrial/rates.yaml`.

Run as `python benchmarks/plan_rates.py`, a few minutes, one thread. Each model is fitted at a few corners, on noise of
the shape of the data, in processes of their own: once to fill a cache of programs, once to measure. What an epoch takes
is the difference of two fits, one of them longer. Seconds are the processor's: with one thread, those of an idle
machine's clock.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hpotrial import models
from hpotrial.study.pricing import PASSES, RATES_FILE
from hpotrial.training.runtime import TRAINING_ENVIRONMENT

TABLE, IMAGES = ((11,), 640, 4), ((28, 28), 1_000, 10)
# (shape of an example, rows, classes), and a configuration
CORNERS: dict[str, list[tuple[tuple[tuple[int, ...], int, int], dict[str, Any]]]] = {
    "mlp": [
        (TABLE, {"neurons": 16, "batch_size": 16}),
        (TABLE, {"neurons": 64, "batch_size": 64, "layers": 2}),
        (TABLE, {"neurons": 50, "batch_size": 40, "activation": "sigmoid", "dropout": 0.3}),
        (IMAGES, {"neurons": 64, "batch_size": 128, "layers": 0, "optimizer": "sgd"}),
        (IMAGES, {"neurons": 256, "batch_size": 32, "layers": 0, "optimizer": "sgd"}),
    ],
    "residual_mlp": [
        (TABLE, {"width_1": 16, "width_2": 64, "residual": True}),
        (TABLE, {"layers": 3, "width_1": 64, "width_2": 64, "width_3": 32, "residual": True, "batch_size": 64}),
        (IMAGES, {"layers": 1, "width_1": 64}),
        (IMAGES, {"layers": 3, "width_1": 128, "width_2": 128, "width_3": 64, "residual": True, "batch_size": 64}),
    ],
    "cnn": [
        (IMAGES, {"filters": 64, "kernel_size": 3, "dropout": 0.5, "batch_size": 32}),
        (IMAGES, {"filters": 64, "kernel_size": 7, "batch_size": 128}),
        (IMAGES, {"filters": 256, "kernel_size": 3, "batch_size": 128}),
        (IMAGES, {"filters": 256, "kernel_size": 7, "dropout": 0.5, "batch_size": 32}),
    ],
    "random_forest": [
        (((11,), rows, 4), {"n_estimators": trees})
        for rows, trees in ((160, 100), (640, 100), (2_560, 30), (10_240, 10))
    ],
}  # fmt: skip
ENGINES = ("compiled", "stock")
# between DEAP's millisecond and scikit-learn's five, of searches on telecust whose fits were all there
REPLAY = 0.005
# of client and worker, for a run of next to no work: benchmarks/job_cost.json
REQUEST = 0.1
REPEATS = 2
# epochs of the two fits whose difference counts: enough that it stands out of what a fit takes beside them
EPOCHS = {"mlp": (5, 65), "residual_mlp": (5, 65), "cnn": (1, 4)}
IMPORTS = {
    "keras": "import hpotrial.runs.run; from hpotrial.training import runtime; runtime.configure(None); "
    "runtime.import_tensorflow(); import hpotrial.search.adapters.scikeras",
    "sklearn": "import hpotrial.runs.run, sklearn.ensemble, sklearn.model_selection",
}


def measured(model: str, engine: str, cache: str) -> list[dict[str, float]]:
    """Seconds of each corner of a model: of an epoch, of a fit beside its epochs, of the program at its first use."""
    from hpotrial.training import runtime

    runtime.configure(Path(cache))
    from hpotrial.training.measuring import measured_fit

    name, found = models.epochs_name(model), []
    for (shape, rows, classes), corner in CORNERS[model]:
        configuration = {**models.defaults(model), **corner}
        epochs = EPOCHS.get(model) or (1, configuration[name])
        found.append(
            measured_fit(model, configuration, shape, classes, rows=rows, engine=engine, epochs=epochs, repeats=REPEATS)
        )
    return found


def rates_of(model: str, found: list[dict[str, float]]) -> dict[str, float]:
    """Rates that fit the measured epochs best, by their relative error; none below 0."""
    from scipy.optimize import nnls

    from hpotrial.training.measuring import multiply_adds

    terms, forest = [], models.library(model) == "sklearn"
    for (shape, rows, classes), corner in CORNERS[model]:
        c = {**models.defaults(model), **corner}
        if forest:
            terms.append((1.0, rows * np.log2(rows)))
        else:
            work = PASSES * multiply_adds(models.load(model).build(c, shape, classes))
            terms.append((rows / c["batch_size"], rows * work))
    seconds = np.array([one["epoch"] for one in found])
    solution = nnls(np.array(terms) / seconds[:, None], np.ones(len(seconds)))[0]
    names = ("tree", "row") if forest else ("step", "multiply_add")
    rates = dict(zip(names, map(float, solution), strict=True))
    # medians: the first fit of a process also loads what its libraries put off
    others = ("fit",) if forest else ("fit", "program")
    return {**rates, **{name: statistics.median(one[name] for one in found) for name in others}}


def in_process(arguments: list[str]) -> tuple[str, float]:
    """What a process with one thread printed, and the processor's time that it took."""
    environment = {**os.environ, **TRAINING_ENVIRONMENT}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = os.times()
    done = subprocess.run([sys.executable, *arguments], check=True, env=environment, stdout=subprocess.PIPE, text=True)
    after = os.times()
    return done.stdout, after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Measure every model with every engine, and write the file."""
    by_model: dict[str, Any] = {}
    for model in CORNERS:
        engines = ENGINES if models.library(model) == "keras" else ENGINES[:1]
        for engine in engines:
            print(f"measuring {model}, {engine}", flush=True)
            with tempfile.TemporaryDirectory() as cache:
                for _ in range(2 if engine == "compiled" else 1):
                    text, _ = in_process([__file__, model, engine, cache])
            rates = {name: float(f"{value:.3g}") for name, value in rates_of(model, json.loads(text)).items()}
            if len(engines) > 1:
                by_model.setdefault(model, {})[engine] = rates
            else:
                by_model[model] = rates
    startup = {
        lib: round(statistics.median(in_process(["-c", code])[1] for _ in range(3)), 1) for lib, code in IMPORTS.items()
    }
    RATES_FILE.write_text(
        HEAD
        + yaml.safe_dump(
            {"replay": REPLAY, "request": REQUEST, "startup": startup, "models": by_model}, sort_keys=False
        ),
        encoding="utf-8",
    )


HEAD = """\
# Seconds on one core, for the plan's estimates only; no result depends on them. Written by benchmarks/plan_rates.py.
# request: what a run takes beside its fits in a process that is warm. startup: from the start of a process to its first
# fit. program: tracing and compiling, once in a process for each architecture, batch size and data shape, with the
# programs in the cache; the first process that needs one takes several times as long.
# fit: what a fit takes beside its epochs. step: a batch, beside what grows with its content. multiply_add: one of them,
# forwards or backwards. tree: a tree, beside what grows with its rows; row: rows x log2(rows) of them.
# replay: what a search takes for a fit that is in the table of fits, its library's own work in it.
"""

if __name__ == "__main__":
    if len(sys.argv) > 1:
        # Keras's progress goes where the result would
        with contextlib.redirect_stdout(sys.stderr):
            found = measured(*sys.argv[1:])
        print(json.dumps(found))
    else:
        main()
