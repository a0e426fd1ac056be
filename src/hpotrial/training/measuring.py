"""What a model takes, for the plan: multiply-adds counted from its built layers, and the seconds of a measured fit.

The plan imports no TensorFlow: for a model that says neither, it runs this module in a process of its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from math import prod
from typing import Any, Literal

import numpy as np

from hpotrial import models
from hpotrial.core import seeds
from hpotrial.core.configuration import Training
from hpotrial.core.errors import ConfigurationError
from hpotrial.training import runtime


def multiply_adds(network: Any) -> int:
    """Multiply-adds of one example's way forwards through a built Keras model.

    Each matrix of weights counts once for every place that it is applied to; additions, biases and activations do not.
    """
    return sum(
        prod(weight.shape) * prod(layer.output.shape[1:-1])
        for layer in network.layers
        for weight in layer.trainable_weights
        if len(weight.shape) > 1
    )


def measured_fit(
    model: str,
    configuration: Mapping[str, Any],
    shape: tuple[int, ...],
    classes: int,
    *,
    rows: int,
    engine: Literal["compiled", "stock"],
    epochs: tuple[int, int],
    repeats: int = 1,
) -> dict[str, float]:
    """CPU seconds of a configuration's fits on random rows.

    Parameters
    ----------
    model : str
        The model's name.
    configuration : mapping
        A value for each of its hyperparameters.
    shape : tuple of int
        Shape of one example.
    classes, rows : int
        How many classes, how many rows.
    engine : {"compiled", "stock"}
        Of a Keras model.
    epochs : tuple of int
        Of two fits, whose difference is what epochs take.
    repeats : int
        Pairs of such fits; the fastest of each count.

    Returns
    -------
    dict
        ``epoch``: of one pass over the rows. ``fit``: of a fit beside its epochs. ``program``: of tracing and
        compiling, at the first fit.
    """
    from hpotrial.training.building import make_model

    name, in_epochs = models.epochs_name(model), models.library(model) == "keras"
    rng = seeds.generator(seeds.PRICING)
    X = rng.normal(size=(rows, *shape)).astype(np.float32)
    y = rng.integers(classes, size=rows).astype(np.int32)
    for array in (X, y):
        array.setflags(write=False)

    def seconds(asked: int) -> float:
        started = time.process_time()
        complete = {**configuration, name: asked}
        made = make_model(model, complete, shape, classes, seed=asked, training=Training(engine), capacity=rows)
        made.fit(X, y, **({"batch_size": complete["batch_size"], "epochs": asked} if in_epochs else {}))
        made.predict(X[: rows // 4], verbose=0)
        return time.process_time() - started

    short, long = epochs
    first = seconds(short)
    again, longer = (
        min(times) for times in zip(*((seconds(short), seconds(long)) for _ in range(repeats)), strict=True)
    )
    epoch = max(longer - again, 0.0) / (long - short)
    return {"epoch": epoch, "fit": max(again - short * epoch, 0.0), "program": max(first - again, 0.0)}


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """What the plan asks.

    Parameters
    ----------
    request : mapping
        ``model, shape, classes``; ``counted``, configurations whose multiply-adds are wanted; ``fitted``, ``rows``,
        ``engine`` and ``epochs`` of the fit that is measured.

    Returns
    -------
    dict
        ``multiply_adds``, in the order of ``counted``, and ``fit``; or ``error``, the one line that says why not.
    """
    model, shape, classes = request["model"], tuple(request["shape"]), request["classes"]
    settings = {"rows": request["rows"], "engine": request["engine"], "epochs": tuple(request["epochs"])}
    try:
        build = models.load(model).build
        counted = [multiply_adds(build(configuration, shape, classes)) for configuration in request["counted"]]
        fit = measured_fit(model, request["fitted"], shape, classes, **settings)
    except Exception as error:
        plain = isinstance(error, NotImplementedError | ConfigurationError)
        reason = (str(error).strip().splitlines() or ["no message"])[0]
        return {"error": reason if plain else f"{type(error).__name__}: {reason}"}
    return {"multiply_adds": counted, "fit": fit}


if __name__ == "__main__":
    runtime.configure()
    print(json.dumps(answer(json.load(sys.stdin))))
