"""A CSV file of one's own: numbers in every column but one, which holds the class."""

from pathlib import Path

import numpy as np

from hpotrial.core.dataset_spec import DatasetSpec
from hpotrial.core.errors import DataError
from hpotrial.core.files import read_bounded
from hpotrial.datasets.dataset import Dataset, DatasetMeta
from hpotrial.datasets.raw import RawFile, sha256_of
from hpotrial.datasets.table import Table, number, numbers, parse

# a table takes some twenty times its file while it is read
LARGEST_BYTES = 50_000_000
# beyond it different whole numbers are the same real
LARGEST_CLASS = 2**53


def raw_files(spec: DatasetSpec) -> list[RawFile]:
    """Nothing that could be fetched: the file is the user's, and stays where it is."""
    return []


def read(spec: DatasetSpec) -> bytes:
    """The file's bytes. Raises DataError if it is missing, too large, or not the one whose sha256 is given."""
    path = Path(str(spec.path))
    try:
        content = read_bounded(path, LARGEST_BYTES)
    except FileNotFoundError:
        raise DataError(f"{path} not found: correct `path` of dataset {spec.name!r} in the configuration") from None
    if len(content) > LARGEST_BYTES:
        raise DataError(
            f"{path} is larger than {LARGEST_BYTES:,} bytes: give dataset {spec.name!r} fewer rows or columns"
        )
    found = sha256_of(content)
    if spec.sha256 is not None and found != spec.sha256:
        raise DataError(
            f"{path} has sha256 {found}, expected {spec.sha256}: "
            f"restore the file, or correct `sha256` of dataset {spec.name!r}"
        )
    return content


def build(spec: DatasetSpec, content: bytes) -> Dataset:
    """The dataset of the file: X rows x other columns float32; y the class column's codes from 0, in sorted order.

    Raises DataError for a missing class column, cells that are no finite numbers, duplicate column names, an empty file
    or one class only.
    """
    try:
        table = parse(content)
        classes, y = _labels(table, str(spec.target))
        features = tuple(name for name in table.header if name != spec.target)
        if not features:
            raise DataError(f"has no column besides the class column {spec.target!r}: add the features")
        X = np.array([numbers(table, name) for name in features], dtype=np.float32).T
    except DataError as error:
        raise DataError(f"{spec.path} {error}") from None
    meta = DatasetMeta(
        name=spec.name,
        kind="csv",
        standin=False,
        source=str(spec.path),
        licence="that of the user's own file",
        sha256=sha256_of(content),
        n_rows=len(X),
        n_features=len(features),
        classes=classes,
        feature_names=features,
        documented_train_rows=None,
    )
    return Dataset(np.ascontiguousarray(X), y, meta)


def _labels(table: Table, target: str) -> tuple[tuple[str, ...], np.ndarray]:
    if target not in table.header:
        columns = ", ".join(table.header[:20]) + (", ..." if len(table.header) > 20 else "")
        raise DataError(f"has no class column {target!r}: correct `target`; the columns are {columns}")
    cells = table.columns[target]
    unlabelled = [line for cell, line in zip(cells, table.lines, strict=True) if cell.lower() in ("", "nan")]
    if unlabelled:
        raise DataError(
            f"has no class in column {target!r}, line {unlabelled[0]}: fill the cell, or leave that row out"
        )
    try:
        values = [number(cell) for cell in cells]
    except ValueError:
        names = sorted(set(cells))
    else:
        fractions = [i for i, value in enumerate(values) if not value.is_integer() or abs(value) > LARGEST_CLASS]
        if fractions:
            raise DataError(
                f"has the class {cells[fractions[0]]!r} in column {target!r}, line {table.lines[fractions[0]]}: "
                f"a class is a name or a whole number; choose another `target`"
            )
        cells = [str(int(value)) for value in values]  # 1 and 1.0 are one class
        names = sorted(set(cells), key=int)
    if len(names) < 2:
        raise DataError(f"has one class only ({names[0]!r}) in column {target!r}: a classifier needs two or more")
    codes = {name: code for code, name in enumerate(names)}
    return tuple(names), np.array([codes[cell] for cell in cells], dtype=np.int32)


def require_rows(dataset: Dataset, rows_per_class: int) -> None:
    """Raises DataError if a class has fewer rows than the study's splits and folds need of each."""
    counts = np.bincount(dataset.y, minlength=len(dataset.meta.classes))
    code = int(counts.argmin())
    if counts[code] < rows_per_class:
        raise DataError(
            f"{dataset.meta.source} has {counts[code]} rows of class {dataset.meta.classes[code]!r}, but the splits "
            f"and folds need {rows_per_class}: add rows, leave that class out, or ask for fewer folds"
        )
