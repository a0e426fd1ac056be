"""The rows of `train`, `test` and `audit`: drawn by a seed, stratified by class, stored, the same for all methods."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from hpotrial.core import seeds
from hpotrial.core.errors import DataError
from hpotrial.core.files import load_npz, save_npz
from hpotrial.datasets.dataset import Dataset

PARTS = ("train", "test", "audit")
# unless a study says others
AUDIT_SIZE, TEST_SIZE = 0.2, 0.2


@dataclass(frozen=True)
class Split:
    """Row numbers (int64, sorted), pairwise disjoint."""

    train: np.ndarray
    test: np.ndarray
    audit: np.ndarray


def draw(
    dataset: Dataset,
    *,
    seed: int,
    test_size: float = TEST_SIZE,
    audit_size: float = AUDIT_SIZE,
    train_rows: int | None = None,
    rows_per_class: int = 1,
) -> Split:
    """Draw the split of one seed.

    `audit_size` is a share of all rows, drawn first and by the seed alone; `test_size` a share of the rows that remain.
    A dataset with its own training set (`documented_train_rows`) keeps it, and its test rows are halved into `test` and
    `audit`; the two shares then do not apply. `train_rows` keeps so many of the training rows, stratified (a stand-in
    with fewer gives all it has). `rows_per_class` is the least number of training rows of each class: the folds.

    Raises DataError if a class has too few rows for that, or if there are fewer training rows than `train_rows`.
    """
    n, y, documented = len(dataset.y), dataset.y, dataset.meta.documented_train_rows
    if documented is None:
        remaining, audit = _divide(dataset, np.arange(n), audit_size, seed, "audit")
        train, test = _divide(dataset, remaining, test_size, seed, "test")
    else:
        train = np.arange(documented)
        test, audit = _divide(dataset, np.arange(documented, n), 0.5, seed, "audit")
    if train_rows is not None and train_rows != len(train):
        if train_rows < len(train):
            train, _ = _divide(dataset, train, len(train) - train_rows, seed, "rest")
        elif not dataset.meta.standin:
            raise DataError(
                f"dataset {dataset.meta.name!r} has {len(train):,} training rows, `train_rows` asks for "
                f"{train_rows:,}: lower it"
            )
    split = Split(*(np.sort(rows).astype(np.int64) for rows in (train, test, audit)))
    for part, least in zip(PARTS, (rows_per_class, 1, 1), strict=True):
        counts = np.bincount(y[getattr(split, part)], minlength=len(dataset.meta.classes))
        if counts.min() < least:
            raise _too_few(dataset, part, int(counts.argmin()), int(counts.min()), least)
    return split


def _divide(
    dataset: Dataset, rows: np.ndarray, size: float | int, seed: int, part: Literal["audit", "test", "rest"]
) -> tuple[np.ndarray, np.ndarray]:
    """`rows` without a stratified share (float) or number (int) of them, and that share."""
    from sklearn.model_selection import train_test_split

    state = seeds.of_rows(seed, part)
    labels = dataset.y[rows]
    counts = np.bincount(labels, minlength=len(dataset.meta.classes))
    if counts.min() < 2:
        raise _too_few(dataset, part, int(counts.argmin()), int(counts.min()), 2)
    try:
        kept, taken = train_test_split(rows, test_size=size, random_state=state, stratify=labels)
    except ValueError as error:
        raise DataError(
            f"dataset {dataset.meta.name!r}: {part} rows cannot be drawn ({error}): change its size"
        ) from None
    return kept, taken


def _too_few(dataset: Dataset, part: str, code: int, found: int, needed: int) -> DataError:
    return DataError(
        f"dataset {dataset.meta.name!r}: class {dataset.meta.classes[code]!r} has {found} rows for the {part} part, at "
        f"least {needed} are needed: add rows, leave that class out, change the sizes, or ask for fewer folds"
    )


def save(split: Split, path: Path) -> None:
    """Write a split as an npz; equal splits give equal bytes."""
    save_npz(path, {part: getattr(split, part) for part in PARTS})


def load(path: Path) -> Split:
    """Read a split. Raises DataError if it is missing, broken, or if a row is in two parts."""
    arrays = load_npz(path, PARTS)
    rows = np.concatenate([arrays[part] for part in PARTS])
    if rows.dtype != np.int64 or len(np.unique(rows)) != len(rows):
        raise DataError(f"{path} is not a split (its row numbers repeat, or are no int64): delete it and run again")
    return Split(**arrays)
