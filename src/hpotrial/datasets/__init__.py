"""Datasets: fetched and verified, or replaced by a stand-in; turned into arrays; split by a seed."""

from hpotrial.core.dataset_spec import KINDS, DatasetSpec
from hpotrial.datasets.dataset import Dataset, DatasetMeta, load, load_meta
from hpotrial.datasets.fetching import (
    RawCopy,
    Receipt,
    check,
    data_dir_from,
    fetch,
    found_locally,
    read_receipt,
    receipt_path,
)
from hpotrial.datasets.kinds import raw_files
from hpotrial.datasets.preparing import prepare
from hpotrial.datasets.raw import RawFile
from hpotrial.datasets.splits import Split

__all__ = [
    "KINDS",
    "Dataset",
    "DatasetMeta",
    "DatasetSpec",
    "RawCopy",
    "RawFile",
    "Receipt",
    "Split",
    "check",
    "data_dir_from",
    "fetch",
    "found_locally",
    "load",
    "load_meta",
    "prepare",
    "raw_files",
    "read_receipt",
    "receipt_path",
]
