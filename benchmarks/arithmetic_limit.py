"""Seconds that an MNIST epoch's matrix products alone take in numpy, one thread: the floor for any engine.

Run as `python benchmarks/arithmetic_limit.py OUT.json`.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

ROWS, BATCH, INPUTS, HIDDEN, CLASSES = 60_000, 64, 784, 128, 10


def epoch() -> float:
    """Forward, and the gradients of both layers, batch by batch, without anything elementwise."""
    rng = np.random.default_rng(0)
    x, hidden, out = (rng.normal(size=(BATCH, n)).astype(np.float32) for n in (INPUTS, HIDDEN, CLASSES))
    first, second = (rng.normal(size=shape).astype(np.float32) for shape in ((INPUTS, HIDDEN), (HIDDEN, CLASSES)))
    started = time.perf_counter()
    for _ in range(ROWS // BATCH):
        x @ first
        hidden @ second
        hidden.T @ out
        out @ second.T
        x.T @ hidden
    return time.perf_counter() - started


if __name__ == "__main__":
    seconds = statistics.median(epoch() for _ in range(5))
    Path(sys.argv[1]).write_text(json.dumps({"epoch_seconds": seconds}), encoding="utf-8")
