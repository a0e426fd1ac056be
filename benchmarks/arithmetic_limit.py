"""Seconds that an epoch's matrix products alone take in numpy, one thread: the floor for any engine.

Run as `python benchmarks/arithmetic_limit.py OUT.json`: an epoch of the MNIST network, and of the telecust network at
the corners of `corners.EPOCH_CORNERS`, validation rows included. Products of so few numbers as telecust's take numpy
about a microsecond each, however few: that floor is one of calls as well.
"""

import json
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from corners import EPOCH_CORNERS, told

MNIST = (784, 128, 10)
FEATURES, CLASSES = 11, 4


def epoch(widths: tuple[int, ...], rows: int, batch: int, validated: int = 0) -> float:
    """Forward, and the gradients of all layers, batch by batch, without anything elementwise."""
    rng = np.random.default_rng(0)
    outputs = [rng.normal(size=(batch, width)).astype(np.float32) for width in widths]
    weights = [rng.normal(size=shape).astype(np.float32) for shape in pairwise(widths)]
    scored = [rng.normal(size=(validated, width)).astype(np.float32) for width in widths[:-1]]
    started = time.perf_counter()
    for _ in range(-(-rows // batch)):
        for output, weight in zip(outputs, weights, strict=False):
            output @ weight
        for i in range(len(weights) - 1, -1, -1):
            outputs[i].T @ outputs[i + 1]
            # what reaches the inputs nobody asks for
            if i:
                outputs[i + 1] @ weights[i].T
    if validated:
        for output, weight in zip(scored, weights, strict=True):
            output @ weight
    return time.perf_counter() - started


def telecust_widths(corner: dict[str, int]) -> tuple[int, ...]:
    """Widths of the network at a corner, its inputs and outputs included."""
    return (FEATURES, *[corner["neurons"]] * (1 + corner["layers"]), CLASSES)


if __name__ == "__main__":
    result = {
        "epoch_seconds": statistics.median(epoch(MNIST, 60_000, 64) for _ in range(5)),
        "telecust_epoch_seconds": {
            told(corner): statistics.median(
                epoch(telecust_widths(corner), 640, corner["batch_size"], 160) for _ in range(100)
            )
            for corner in EPOCH_CORNERS
        },
    }
    Path(sys.argv[1]).write_text(json.dumps(result), encoding="utf-8")
