"""The kinds of dataset there are, by name. A kind with public raw files has a stand-in; a user's own file has none."""

from types import ModuleType

from hpotrial.core.dataset_spec import DatasetSpec
from hpotrial.datasets import csv_file, mnist, telecust
from hpotrial.datasets.raw import RawFile

PUBLIC: dict[str, ModuleType] = {"telecust": telecust, "mnist": mnist}


def raw_files(spec: DatasetSpec) -> list[RawFile]:
    """The raw files of a dataset: names, checksums, public addresses. Empty for a CSV file of one's own."""
    module = PUBLIC.get(spec.kind, csv_file)
    files: list[RawFile] = module.raw_files(spec)
    return files
