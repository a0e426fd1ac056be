"""A dataset in memory and on disk: arrays, and a json that says where they come from."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from hpotrial.core.errors import DataError
from hpotrial.core.files import load_npz, read_json, save_npz, write_json


@dataclass(frozen=True)
class DatasetMeta:
    """What the json of a dataset says.

    `sha256` is that of the arrays (:func:`checksum_of`), so that it tells other data whatever made them.
    `classes[code]` is a class's name. `documented_train_rows`: the first so many rows are the source's own training
    set, the others its test set. `image_shape`: height and width, None for a table. `documented_table`: the file of
    `data/` with the results that documents print for these data.
    """

    name: str
    kind: str
    standin: bool
    source: str
    licence: str
    sha256: str
    n_rows: int
    n_features: int
    classes: tuple[str, ...]
    feature_names: tuple[str, ...] | None = None
    documented_train_rows: int | None = None
    image_shape: tuple[int, ...] | None = None
    documented_table: str | None = None

    def digest(self) -> str:
        """The SHA-256 of all that is said here, hence of the data, too, in 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Dataset:
    """`X`: rows x features float32, or rows x 28 x 28 uint8; `y`: int32 codes from 0, one a row."""

    X: np.ndarray
    y: np.ndarray
    meta: DatasetMeta


def checksum_of(X: np.ndarray, y: np.ndarray) -> str:
    """The SHA-256 of features and classes, their types and shapes included, in 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for array in (X, y):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def save(dataset: Dataset, npz_path: Path, json_path: Path, **beside: Any) -> None:
    """Write the arrays, and the json with what is told ``beside``; equal datasets give equal bytes."""
    save_npz(npz_path, {"X": dataset.X, "y": dataset.y})
    write_json(json_path, asdict(dataset.meta) | beside, indent=2, ensure_ascii=False)


def load_meta(json_path: Path) -> DatasetMeta:
    """The json of a dataset alone, without its arrays."""
    names = [field.name for field in fields(DatasetMeta)]
    found = read_json(json_path, names, remedy="run the workflow's data steps again")
    told = {name: found[name] for name in names}
    try:
        told["classes"] = tuple(told["classes"])
        told |= {name: tuple(told[name]) for name in ("feature_names", "image_shape") if told[name] is not None}
    except TypeError:
        raise DataError(f"{json_path} lists no classes or names: delete it and run the data steps again") from None
    return DatasetMeta(**told)


def load(npz_path: Path, json_path: Path) -> Dataset:
    """Read what `save` wrote. Raises DataError if the files are missing, broken, or do not belong together."""
    meta = load_meta(json_path)
    arrays = load_npz(npz_path, ("X", "y"))
    X, y = arrays["X"], arrays["y"]
    if len(X) != meta.n_rows or y.shape != (meta.n_rows,):
        raise DataError(
            f"{npz_path} has {len(X):,} rows and {len(y):,} labels, {json_path} says {meta.n_rows:,}: "
            f"delete both and run the workflow's data steps again"
        )
    return Dataset(X, y, meta)
