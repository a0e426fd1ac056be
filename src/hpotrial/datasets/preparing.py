"""From verified raw files to arrays and provenance.

Whoever trains on a dataset hangs on its content, not on the code that reads it: :func:`content` stands for it
before anything is made, so that an edit of the reading makes the data anew only if they become others.
"""

import contextlib
import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

from hpotrial.core import provenance
from hpotrial.core.errors import DataError
from hpotrial.core.files import read_bounded, read_json
from hpotrial.datasets.dataset import Dataset, load_meta, save
from hpotrial.datasets.kind import DatasetKind
from hpotrial.datasets.raw import Receipt, read_receipt


def prepare(kind: DatasetKind, raw_dir: Path, npz_path: Path, json_path: Path, content: str = "") -> Dataset:
    """Write the arrays and the json of a dataset, as its receipt in `raw_dir` says, and return the dataset.

    The json keeps the `content` that was asked for, as the function of that name told it.

    Raises
    ------
    DataError
        If there is no receipt, or if a raw file has changed since it was verified.
    """
    receipt = read_receipt(kind.name, kind.kind(), raw_dir)
    dataset = build(kind, receipt)
    save(dataset, npz_path, json_path, made_of=_made_of(kind, receipt), content=content)
    return dataset


def content(kind: DatasetKind, raw_dir: Path, json_path: Path) -> str:
    """What preparing a dataset hangs on: a text that changes when, and only when, what is read becomes other data.

    It is the same before a dataset is first fetched and after, so that a job may be asked for before its raw files are
    there, as a group of jobs is on a cluster.

    Parameters
    ----------
    kind : DatasetKind
        The dataset.
    raw_dir : Path
        Holds its receipt.
    json_path : Path
        The json of the dataset as it was last prepared, which need not be there.

    Returns
    -------
    str
        What the dataset was prepared with, where its raw files and the code that reads them are what they were, or are
        read as the same data, or where raw files are gone; else the digest of what they are read as now. Empty where
        nothing has been prepared.
    """
    try:
        present, digest = read_json(json_path), load_meta(json_path).digest()
    except DataError:
        return ""
    with contextlib.suppress(DataError):
        receipt = read_receipt(kind.name, kind.kind(), raw_dir)
        if present.get("made_of") != _made_of(kind, receipt):
            now = build(kind, receipt).meta.digest()
            if now != digest:
                return now
    return str(present.get("content", ""))


def _made_of(kind: DatasetKind, receipt: Receipt) -> str:
    """A digest of the raw files, the keys of the configuration and the code that a dataset is made of."""
    code = provenance.fingerprint(__name__, type(kind).__module__)
    files = [(file.name, file.sha256) for file in receipt.files]
    told = [code, asdict(kind), receipt.standin, files]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def build(kind: DatasetKind, receipt: Receipt) -> Dataset:
    """The dataset in memory; raises as `prepare` does."""
    if receipt.standin:
        return kind.standin()
    copies = {copy.name: copy for copy in receipt.files}
    contents: dict[str, bytes] = {}
    for file in kind.raw_files():
        copy = copies.get(file.name)
        if copy is None:
            raise DataError(f"the receipt of dataset {kind.name!r} lacks {file.name}: delete it and fetch again")
        try:
            contents[file.name] = read_bounded(Path(copy.path), file.max_bytes)
        except FileNotFoundError:
            raise DataError(f"{copy.path} cannot be read (it is gone): fetch dataset {kind.name!r} again") from None
        reason = replace(file, sha256=file.sha256 or copy.sha256).refusal(contents[file.name])
        if reason is not None and file.own:
            raise DataError(
                f"{copy.path} is not the file that was verified ({reason}): fetch dataset {kind.name!r} again"
            )
        if reason is not None:
            raise DataError(
                f"{copy.path} {reason}: replace it by the original, or delete it so that it is fetched anew"
            )
    return kind.build(contents)
