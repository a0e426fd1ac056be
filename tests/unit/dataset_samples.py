"""Where the real data are, and small datasets to test with."""

import os
from pathlib import Path

import numpy as np
import pytest

from hpotrial.datasets import kinds
from hpotrial.datasets.dataset import Dataset, DatasetMeta
from hpotrial.datasets.fetching import data_dir_from

REPOSITORY = Path(__file__).resolve().parents[2]
REAL = data_dir_from(os.environ) or REPOSITORY.parent / "shared" / "data"

needs_telecust = pytest.mark.skipif(
    not (REAL / "telecust.csv").exists(),
    reason="no telecust.csv in HPO_DATA_DIR: the real table is not in the repository",
)
needs_mnist = pytest.mark.skipif(
    not (REAL / "train-images-idx3-ubyte.gz").exists(),
    reason="no MNIST files in HPO_DATA_DIR: they are not in the repository",
)

TELECUST = kinds.make("telecust", "telecust", {})
MNIST = kinds.make("mnist", "mnist", {})
# a port of this machine that nothing listens on: refused at once, as on a machine without network
NOWHERE = "https://127.0.0.1:9/"


def small_dataset(
    sizes: tuple[int, ...], *, documented_train_rows: int | None = None, standin: bool = False
) -> Dataset:
    """A dataset with `sizes[code]` rows of each class, mixed."""
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes)).astype(np.int32)
    X = np.arange(2 * len(y), dtype=np.float32).reshape(-1, 2)
    names = tuple(f"class {code}" for code in range(len(sizes)))
    meta = DatasetMeta(
        "small", "csv", standin, "made up", "none", "0" * 64, len(y), 2, names, ("a", "b"), documented_train_rows
    )
    return Dataset(X, y, meta)
