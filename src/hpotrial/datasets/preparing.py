"""From verified raw files to arrays and provenance."""

from dataclasses import replace
from pathlib import Path

from hpotrial.core.errors import DataError
from hpotrial.core.files import read_bounded
from hpotrial.datasets.dataset import Dataset, save
from hpotrial.datasets.kind import DatasetKind
from hpotrial.datasets.raw import Receipt, read_receipt


def prepare(kind: DatasetKind, raw_dir: Path, npz_path: Path, json_path: Path) -> Dataset:
    """Write the arrays and the json of a dataset, as its receipt in `raw_dir` says, and return the dataset.

    Raises
    ------
    DataError
        If there is no receipt, or if a raw file has changed since it was verified.
    """
    dataset = build(kind, read_receipt(kind.name, kind.kind(), raw_dir))
    save(dataset, npz_path, json_path)
    return dataset


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
