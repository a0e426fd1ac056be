"""A dataset in memory and on disk: arrays, and a json that says where they come from."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from hpotrial.core.errors import DataError
from hpotrial.core.files import load_npz, save_npz, write_bytes


@dataclass(frozen=True)
class DatasetMeta:
    """What the json of a dataset says.

    `sha256` is that of the content: telecust, the canonical text of its table; mnist, its four arrays one after the
    other; csv, the file; a stand-in, its arrays. `array_sha256` is there for images only. `classes[code]` is a class's
    name. `documented_train_rows`: the first so many rows are the source's own training set, the others its test set.
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
    feature_names: tuple[str, ...] | None
    documented_train_rows: int | None
    array_sha256: dict[str, str] | None = None


@dataclass(frozen=True)
class Dataset:
    """`X`: rows x features float32, or rows x 28 x 28 uint8; `y`: int32 codes from 0, one a row."""

    X: np.ndarray
    y: np.ndarray
    meta: DatasetMeta


def save(dataset: Dataset, npz_path: Path, json_path: Path) -> None:
    """Write the arrays and the json; equal datasets give equal bytes."""
    save_npz(npz_path, {"X": dataset.X, "y": dataset.y})
    text = json.dumps(asdict(dataset.meta), indent=2, ensure_ascii=False)
    write_bytes(json_path, f"{text}\n".encode())


def read_json(path: Path) -> dict[str, Any]:
    """A json object from a file. Raises DataError if it is missing or is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path} not found: run the workflow's data steps first") from None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is not readable json ({type(error).__name__}): delete it and run again") from None
    if not isinstance(found, dict):
        raise DataError(f"{path} holds no json object: delete it and run again")
    return found


def load_meta(json_path: Path) -> DatasetMeta:
    """The json of a dataset alone, without its arrays."""
    found = read_json(json_path)
    try:
        meta = DatasetMeta(**{field.name: found[field.name] for field in fields(DatasetMeta)})
    except KeyError as error:
        raise DataError(f"{json_path} lacks {error}: delete it and run the workflow's data steps again") from None
    names = meta.feature_names
    try:
        listed = {"classes": tuple(meta.classes), "feature_names": None if names is None else tuple(names)}
    except TypeError:
        raise DataError(f"{json_path} lists no classes or names: delete it and run the data steps again") from None
    return DatasetMeta(**{**asdict(meta), **listed})


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
