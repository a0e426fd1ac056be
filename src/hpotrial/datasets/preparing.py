"""From verified raw files to arrays and provenance."""

from pathlib import Path

from hpotrial.core.dataset_spec import DatasetSpec
from hpotrial.core.errors import DataError
from hpotrial.core.files import read_bounded
from hpotrial.datasets import csv_file
from hpotrial.datasets.dataset import Dataset, save
from hpotrial.datasets.fetching import Receipt, read_receipt
from hpotrial.datasets.kinds import PUBLIC, raw_files
from hpotrial.datasets.raw import sha256_of


def prepare(spec: DatasetSpec, raw_dir: Path, npz_path: Path, json_path: Path) -> Dataset:
    """Write the arrays and the json of a dataset, as its receipt in `raw_dir` says, and return the dataset.

    Raises DataError if there is no receipt, or if a raw file has changed since it was verified.
    """
    dataset = build(spec, read_receipt(spec, raw_dir))
    save(dataset, npz_path, json_path)
    return dataset


def build(spec: DatasetSpec, receipt: Receipt) -> Dataset:
    """The dataset in memory. Raises DataError if a raw file has changed since it was verified."""
    if spec.kind == "csv":
        content = csv_file.read(spec)
        recorded = [(copy.path, copy.sha256) for copy in receipt.files]
        if recorded != [(str(spec.path), sha256_of(content))]:
            raise DataError(f"{spec.path} is not the file that was verified: fetch dataset {spec.name!r} again")
        return csv_file.build(spec, content)
    module = PUBLIC[spec.kind]
    if receipt.standin:
        standin: Dataset = module.standin(spec)
        return standin
    paths = {copy.name: Path(copy.path) for copy in receipt.files}
    contents: dict[str, bytes] = {}
    for file in raw_files(spec):
        path = paths.get(file.name)
        if path is None:
            raise DataError(f"the receipt of dataset {spec.name!r} lacks {file.name}: delete it and fetch again")
        try:
            contents[file.name] = read_bounded(path, file.max_bytes)
        except FileNotFoundError:
            raise DataError(f"{path} cannot be read (it is gone): fetch dataset {spec.name!r} again") from None
        reason = file.refusal(contents[file.name])
        if reason is not None:
            raise DataError(f"{path} {reason}: replace it by the original, or delete it so that it is fetched anew")
    dataset: Dataset = module.build(spec, contents)
    return dataset
