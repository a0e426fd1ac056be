"""Seconds of single fits: this project's engine beside stock Keras, on the same rows from the same weights.

Run as `python benchmarks/training_speed.py ENGINE OUT.json`, one process for each engine, since they share nothing.
"""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from hpotrial.training import runtime

# no cache on disk: compiling counts in full
runtime.configure(None)

import keras
import numpy as np
from measured_data import mnist_rows, telecust_rows

from hpotrial import models
from hpotrial.training import program
from hpotrial.training.building import build
from hpotrial.training.callbacks import BestEpoch

# corners of the default study's grid: every value of every hyperparameter four times, one corner per compiled program
CORNERS = [
    {"layers": layers, "neurons": neurons, "batch_size": batch, "epochs": 25 if (i + j + k) % 2 else 100,
     "activation_input": ("relu", "tanh")[(i + j) % 2], "activation_hidden": ("relu", "tanh")[(j + k) % 2]}
    for i, layers in enumerate((1, 2)) for j, neurons in enumerate((16, 64)) for k, batch in enumerate((16, 64))
]  # fmt: skip
MNIST_NETWORK = {
    "layers": 0, "neurons": 128, "batch_size": 64, "epochs": 2, "optimizer": "sgd", "learning_rate": 0.1,
    "initializer": "torch",
}  # fmt: skip
REPEATS = 5
MNIST_REPEATS = 3


def callbacks() -> list[Any]:
    """Early stopping and checkpoint as the study has them, patient enough that both engines train every epoch."""
    return [keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=10_000), BestEpoch()]


def timed_fit(engine: str, configuration: dict[str, Any], data: Any, seed: int, with_callbacks: bool) -> float:
    """Seconds to build a model and fit it."""
    X, y, X_scored, y_scored = data
    classes = int(y.max()) + 1
    complete = {**models.hyperparameters("mlp"), **configuration}
    started = time.perf_counter()
    if engine == "stock":
        model = models.load("mlp").build(complete, X.shape[1:], classes)
    else:
        model = build("mlp", complete, X.shape[1:], classes, seed=seed, engine=engine, capacity=len(X) + len(X_scored))
    validation = {"validation_data": (X_scored, y_scored), "callbacks": callbacks()} if with_callbacks else {}
    history = model.fit(X, y, batch_size=complete["batch_size"], epochs=complete["epochs"], verbose=0, **validation)
    seconds = time.perf_counter() - started
    assert len(history.epoch) == complete["epochs"]
    return seconds


def measure(engine: str) -> dict[str, Any]:
    """Per corner: the first fit (which compiles), and the fits after it."""
    telecust, corners = telecust_rows(), []
    for configuration in CORNERS:
        first = timed_fit(engine, configuration, telecust, 0, True)
        # stock Keras traces anew for every model, so its first fit is like the others
        repeats = [timed_fit(engine, configuration, telecust, 1 + i, True) for i in range(REPEATS)]
        corners.append({**configuration, "first_seconds": first, "seconds": repeats})
    images = mnist_rows()
    timed_fit(engine, MNIST_NETWORK, images, 0, False)
    fits = [timed_fit(engine, MNIST_NETWORK, images, seed, False) for seed in range(MNIST_REPEATS)]
    typical = [statistics.median(c["seconds"]) for c in corners]
    compiling = [max(c["first_seconds"] - t, 0.0) for c, t in zip(corners, typical, strict=True)]
    return {
        "engine": engine,
        "corners": corners,
        "compile_seconds": sum(compiling) if engine == "compiled" else 0.0,
        "programs": len(program._pool),
        "mnist_epoch_seconds": [seconds / MNIST_NETWORK["epochs"] for seconds in fits],
        "numpy": np.__version__,
        "keras": keras.__version__,
    }


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(measure(sys.argv[1])), encoding="utf-8")
