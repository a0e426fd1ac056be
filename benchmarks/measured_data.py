"""The rows that the benchmarks train on: the real data where they are at hand, else stand-ins of the same shape."""

import os
import tempfile
from pathlib import Path

import numpy as np

from hpotrial.datasets import fetching, kinds
from hpotrial.datasets.dataset import Dataset
from hpotrial.datasets.preparing import prepare
from hpotrial.training.scaling import Standardizer

Rows = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def load(name: str) -> Dataset:
    """A dataset from HPO_DATA_DIR or data/raw; its stand-in if neither has it."""
    raw = Path("data/raw")
    with tempfile.TemporaryDirectory() as folder:
        kind, there = kinds.make(name, name, {}), Path(folder)
        data_dir = fetching.data_dir_from(os.environ)
        source = raw if fetching.found_locally(kind, raw, data_dir) and raw.is_dir() else there
        fetching.fetch(kind, source, standin="allow", data_dir=data_dir, timeout_seconds=1.0)
        return prepare(kind, source, there / "data.npz", there / "data.json")


def telecust_rows() -> Rows:
    """640 training and 160 validation rows, scaled."""
    data = load("telecust")
    order = np.random.default_rng(0).permutation(len(data.y))
    fitted, scored = order[:640], order[640:800]
    return _scaled(data, fitted, scored)


def mnist_rows() -> Rows:
    """60,000 training images and 1,000 validation images, scaled; the stand-in repeated to as many."""
    data = load("mnist")
    n = data.meta.documented_train_rows or len(data.y)
    fitted = np.resize(np.arange(n), 60_000)
    return _scaled(data, fitted, np.arange(n, n + min(1_000, len(data.y) - n)))


def _scaled(data: Dataset, fitted: np.ndarray, scored: np.ndarray) -> Rows:
    scaler = Standardizer().fit(data.X[fitted])
    rows = scaler.transform(data.X[fitted]), data.y[fitted], scaler.transform(data.X[scored]), data.y[scored]
    for array in rows:
        array.setflags(write=False)
    return rows
