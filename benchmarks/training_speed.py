"""Seconds of single fits: this project's engine beside stock Keras, on the same rows from the same weights.

Run as `python benchmarks/training_speed.py WHAT compiled|stock OUT.json`, one process for each; WHAT is telecust,
telecust_epochs or mnist.
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
from corners import CORNERS, EPOCH_CORNERS, told
from measured_data import mnist_rows, telecust_rows

from hpotrial import models
from hpotrial.core.configuration import Training
from hpotrial.training import program
from hpotrial.training.building import make_model
from hpotrial.training.callbacks import BestEpoch

MNIST_NETWORK = {
    "layers": 0, "neurons": 128, "batch_size": 64, "optimizer": "sgd", "learning_rate": 0.1,
    "initializer": "torch",
}  # fmt: skip
# stock Keras traces anew for every model, so its first fit of a corner is one like the others
REPEATS = {"stock": 1, "compiled": 5}
MNIST_REPEATS = 3
EPOCH_REPEATS, MORE_EPOCHS = 9, 200


def callbacks() -> list[Any]:
    """Early stopping and checkpoint as the study has them, patient enough that both engines train every epoch."""
    return [keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=10_000), BestEpoch("val_accuracy")]


def timed_fit(engine: str, configuration: dict[str, Any], data: Any, seed: int, with_callbacks: bool) -> float:
    """Seconds to build a model and fit it."""
    X, y, X_scored, y_scored = data
    classes = int(y.max()) + 1
    complete = {**models.defaults("mlp"), **configuration}
    started = time.perf_counter()
    if engine == "stock":
        model = models.load("mlp").build(complete, X.shape[1:], classes)
    else:
        model = make_model(
            "mlp", complete, X.shape[1:], classes, seed=seed, training=Training(engine), capacity=len(X) + len(X_scored)
        )
    validation = {"validation_data": (X_scored, y_scored), "callbacks": callbacks()} if with_callbacks else {}
    history = model.fit(X, y, batch_size=complete["batch_size"], epochs=complete["epochs"], verbose=0, **validation)
    seconds = time.perf_counter() - started
    assert len(history.epoch) == complete["epochs"]
    return seconds


def telecust(engine: str) -> dict[str, Any]:
    """Per corner: the first fit (which compiles), and the fits after it."""
    data, corners = telecust_rows(), []
    for configuration in CORNERS:
        first = timed_fit(engine, configuration, data, 0, True)
        repeats = [timed_fit(engine, configuration, data, 1 + i, True) for i in range(REPEATS[engine])]
        repeats += [first] if engine == "stock" else []
        corners.append({**configuration, "first_seconds": first, "seconds": repeats})
    compiling = [max(c["first_seconds"] - statistics.median(c["seconds"]), 0.0) for c in corners]
    return {
        "corners": corners,
        "compile_seconds": sum(compiling) if engine == "compiled" else 0.0,
        "programs": len(program._pool),
        "numpy": np.__version__,
        "keras": keras.__version__,
    }


def telecust_epochs(engine: str) -> dict[str, Any]:
    """Per corner, seconds of an epoch: what many more add to a fit with callbacks."""
    data, found = telecust_rows(), {}
    for corner in EPOCH_CORNERS:
        short, long = ({**corner, "epochs": epochs} for epochs in (10, 10 + MORE_EPOCHS))
        timed_fit(engine, short, data, 0, True)
        added = [
            timed_fit(engine, long, data, seed, True) - timed_fit(engine, short, data, seed, True)
            for seed in range(EPOCH_REPEATS)
        ]
        found[told(corner)] = [seconds / MORE_EPOCHS for seconds in added]
    return {"epoch_seconds": found}


def mnist(engine: str) -> dict[str, Any]:
    """Seconds of an epoch: what two more epochs add to a fit, so that building and tracing stay apart on both sides."""
    data = mnist_rows()
    short, long = ({**MNIST_NETWORK, "epochs": epochs} for epochs in (1, 3))
    timed_fit(engine, short, data, 0, False)
    pairs = [
        timed_fit(engine, long, data, seed, False) - timed_fit(engine, short, data, seed, False)
        for seed in range(MNIST_REPEATS)
    ]
    return {"epoch_seconds": [seconds / 2 for seconds in pairs]}


if __name__ == "__main__":
    result = {"telecust": telecust, "telecust_epochs": telecust_epochs, "mnist": mnist}[sys.argv[1]](sys.argv[2])
    Path(sys.argv[3]).write_text(json.dumps(result), encoding="utf-8")
