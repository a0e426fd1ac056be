"""The raw files of a dataset: found, fetched or, where neither is possible, replaced by a stand-in.

What was done is written to a receipt, `raw_dir/{dataset}.json`, which the next step follows.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from hpotrial.core.errors import ConfigurationError, DataError
from hpotrial.core.files import write_bytes
from hpotrial.datasets.dataset import Dataset
from hpotrial.datasets.downloading import Opener, download, open_https
from hpotrial.datasets.kind import DatasetKind
from hpotrial.datasets.raw import (
    RawCopy,
    RawFile,
    Receipt,
    find,
    read_own,
    read_receipt,
    receipt_path,
    sha256_of,
    write_receipt,
)

STANDIN_CHOICES = ("allow", "never")


def data_dir_from(environment: Mapping[str, str]) -> Path | None:
    """The folder that HPO_DATA_DIR names, or None if it is unset or empty."""
    named = environment.get("HPO_DATA_DIR", "").strip()
    return Path(named).expanduser() if named else None


def fetch(
    kind: DatasetKind,
    raw_dir: Path,
    *,
    standin: str = "allow",
    data_dir: Path | None = None,
    timeout_seconds: float = 5.0,
    opener: Opener = open_https,
) -> Receipt:
    """Bring the verified raw files of a dataset into `raw_dir`, and write the receipt.

    Each file is taken from `raw_dir`, else from `data_dir`, else from its public addresses; if one cannot be had, the
    whole dataset is a stand-in. A file of the user's own stays where it is.

    Parameters
    ----------
    kind : DatasetKind
        The dataset.
    raw_dir : Path
        Where its raw files and its receipt are kept.
    standin : str
        ``allow`` or ``never``: whether synthetic data may take the place of those that cannot be had.
    data_dir : Path or None
        A further folder to look in.
    timeout_seconds : float
        Seconds that each address has to be found and to answer.
    opener : callable
        What opens an address.

    Raises
    ------
    DataError
        If a local copy is not what it should be, if `raw_dir` cannot be written, or if a file cannot be had and there
        may be no stand-in.
    """
    if standin not in STANDIN_CHOICES:
        raise ConfigurationError(f"dataset {kind.name!r}: standin is {standin!r}; choose one of allow, never")
    _require_writable(raw_dir)
    found = _found(kind, raw_dir, data_dir)
    _of_own_files(kind, found)
    copies: list[RawCopy] = []
    absent: list[RawFile] = []
    notes: list[str] = []
    for file in kind.raw_files():
        if file.name in found:
            copy, content = found[file.name]
        # one file that cannot be had is enough; the others would only cost their time-outs
        elif absent:
            absent.append(file)
            continue
        else:
            fetched = download(file, timeout_seconds, opener)
            if isinstance(fetched, list):
                absent, notes = [file], fetched
                continue
            address, content = fetched
            copy = RawCopy(file.name, address, sha256_of(content), address)
        if not file.own and Path(copy.path).parent != raw_dir:
            copy = replace(copy, path=str(raw_dir / file.name))
            write_bytes(raw_dir / file.name, content)
        copies.append(copy)
    if not absent:
        return write_receipt(Receipt(kind.name, kind.kind(), False, tuple(copies)), raw_dir)
    if standin == "never" or not kind.has_standin:
        wanted = "; ".join(f"{f.name} (sha256 {f.sha256}) from {' or '.join(f.addresses)}" for f in absent)
        reason = "`standin: never` is set" if standin == "never" else f"kind {kind.kind()!r} has no stand-in"
        raise DataError(
            f"dataset {kind.name!r}: raw data missing and {reason}: put into {raw_dir} {wanted}"
            f" [tried: {'; '.join(notes)}]"
        )
    reason = f"{', '.join(file.name for file in absent)} neither found nor fetched"
    return write_receipt(Receipt(kind.name, kind.kind(), True, (), (reason, *notes)), raw_dir)


def check(kind: DatasetKind, raw_dir: Path, *, data_dir: Path | None = None, rows_per_class: int | None = None) -> None:
    """What can be said before any job starts, without network and without writing anything.

    Parameters
    ----------
    kind : DatasetKind
        The dataset.
    raw_dir, data_dir : Path
        The folders that are looked in, as in `fetch`.
    rows_per_class : int or None
        The least number of rows of each class that the study needs of a file of the user's own.

    Raises
    ------
    DataError
        If a local raw file is not what it should be, if `raw_dir` could not be written, or if a file of the user's own
        cannot be used.
    """
    dataset = _of_own_files(kind, _found(kind, raw_dir, data_dir))
    if dataset is not None and rows_per_class is not None:
        _require_rows(dataset, rows_per_class)
    if not receipt_path(kind.name, raw_dir).exists():
        _require_writable(raw_dir)


def wanted(kind: DatasetKind) -> list[tuple[str, str | None]]:
    """The raw files of a dataset by name, each with its checksum; a file of the user's own has that of its content."""
    own = {file.name: sha256_of(read_own(file, kind.name)) for file in kind.raw_files() if file.own}
    return [(file.name, own.get(file.name, file.sha256)) for file in kind.raw_files()]


def found_locally(kind: DatasetKind, raw_dir: Path, data_dir: Path | None = None) -> bool:
    """Whether `fetch` found, or would find, every raw file on this machine.

    A receipt of real data says what was found then, so the answer is the same before `fetch` and after it. A receipt of
    a stand-in is looked behind: once the real data have come the answer changes, and it is time to fetch again.
    """
    if receipt_path(kind.name, raw_dir).exists():
        receipt = read_receipt(kind.name, kind.kind(), raw_dir)
        if not receipt.standin:
            return not any(copy.origin.startswith("https://") for copy in receipt.files)
    return len(_found(kind, raw_dir, data_dir)) == len(kind.raw_files())


def _require_writable(folder: Path) -> None:
    nearest = folder.absolute()
    while not (nearest.exists() or nearest.is_symlink()):
        nearest = nearest.parent
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise DataError(f"{folder} cannot be written ({nearest} is no writable folder): make it one")


def _found(kind: DatasetKind, raw_dir: Path, data_dir: Path | None) -> dict[str, tuple[RawCopy, bytes]]:
    """The raw files that lie on this machine, by name, each with its content."""
    found = {}
    for file in kind.raw_files():
        if file.own:
            content = read_own(file, kind.name)
            found[file.name] = (RawCopy(file.name, file.name, sha256_of(content), file.name), content)
            continue
        for folder, origin in ((raw_dir, str(raw_dir)), (data_dir, "HPO_DATA_DIR")):
            if folder is not None and (copy := find(file, folder)) is not None:
                path, content = copy
                found[file.name] = (RawCopy(file.name, str(path), sha256_of(content), origin), content)
                break
    return found


def _of_own_files(kind: DatasetKind, found: Mapping[str, tuple[RawCopy, bytes]]) -> Dataset | None:
    """The dataset, so that its faults are found now, if any of its files is the user's own."""
    if not any(file.own for file in kind.raw_files()) or len(found) < len(kind.raw_files()):
        return None
    return kind.build({name: content for name, (_, content) in found.items()})


def _require_rows(dataset: Dataset, rows_per_class: int) -> None:
    """Every class has as many rows as the study's splits and folds need of each."""
    counts = np.bincount(dataset.y, minlength=len(dataset.meta.classes))
    code = int(counts.argmin())
    if counts[code] < rows_per_class:
        raise DataError(
            f"{dataset.meta.source} has {counts[code]} rows of class {dataset.meta.classes[code]!r}, but the splits "
            f"and folds need {rows_per_class}: add rows, leave that class out, or ask for fewer folds"
        )
