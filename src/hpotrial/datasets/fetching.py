"""The raw files of a dataset: found, fetched or, where neither is possible, replaced by a stand-in.

What was done is written to a receipt, `raw_dir/{dataset}.json`, which the next step follows.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from hpotrial.core.dataset_spec import DatasetSpec
from hpotrial.core.errors import ConfigurationError, DataError
from hpotrial.core.files import read_json, write_bytes, write_json
from hpotrial.datasets import csv_file
from hpotrial.datasets.downloading import Opener, download, open_https
from hpotrial.datasets.kinds import raw_files
from hpotrial.datasets.raw import RawFile, find, sha256_of

STANDIN_CHOICES = ("allow", "never")


@dataclass(frozen=True)
class RawCopy:
    """A verified raw file: its name, where it lies, the sha256 of these very bytes, and where they came from."""

    name: str
    path: str
    sha256: str
    origin: str


@dataclass(frozen=True)
class Receipt:
    """What a dataset is built of: verified raw files, or (`standin`) nothing but the generator. `notes`: why."""

    name: str
    kind: str
    standin: bool
    files: tuple[RawCopy, ...]
    notes: tuple[str, ...] = ()


def receipt_path(spec: DatasetSpec, raw_dir: Path) -> Path:
    """Where `fetch` writes its receipt."""
    return raw_dir / f"{spec.name}.json"


def read_receipt(spec: DatasetSpec, raw_dir: Path) -> Receipt:
    """The receipt of a dataset. Raises DataError if there is none, or if it is another dataset's."""
    path = receipt_path(spec, raw_dir)
    found = read_json(path, remedy="run the workflow's data steps again")
    try:
        copies = tuple(RawCopy(**copy) for copy in found["files"])
        receipt = Receipt(found["name"], found["kind"], bool(found["standin"]), copies, tuple(found["notes"]))
    except (KeyError, TypeError) as error:
        raise DataError(f"{path} is no receipt of raw files ({error}): delete it and fetch again") from None
    if (receipt.name, receipt.kind) != (spec.name, spec.kind):
        raise DataError(f"{path} is a receipt for kind {receipt.kind!r}, not {spec.kind!r}: delete it and fetch again")
    return receipt


def data_dir_from(environment: Mapping[str, str]) -> Path | None:
    """The folder that HPO_DATA_DIR names, or None if it is unset or empty."""
    named = environment.get("HPO_DATA_DIR", "").strip()
    return Path(named).expanduser() if named else None


def found_locally(spec: DatasetSpec, raw_dir: Path, data_dir: Path | None = None) -> bool:
    """Whether every raw file lies in `raw_dir` or `data_dir`. Raises DataError for a copy with the wrong content.

    With a receipt that says stand-in, this means: the receipt is out of date, fetch again.
    """
    if spec.kind == "csv":
        return Path(str(spec.path)).exists()
    return all([_find(file, raw_dir, data_dir) is not None for file in raw_files(spec)])


def fetch(
    spec: DatasetSpec,
    raw_dir: Path,
    *,
    standin: str = "allow",
    data_dir: Path | None = None,
    timeout_seconds: float = 5.0,
    opener: Opener = open_https,
) -> Receipt:
    """Bring the verified raw files of a dataset into `raw_dir`, and write the receipt.

    Each file is taken from `raw_dir`, else from `data_dir`, else from its public addresses; if one cannot be had, the
    whole dataset is a stand-in. A user's own CSV file stays where it is and never has a stand-in.

    Raises DataError if a local copy is not what it should be, if `raw_dir` cannot be written, or if a file cannot be
    had and `standin` is "never".
    """
    if standin not in STANDIN_CHOICES:
        raise ConfigurationError(f"dataset {spec.name!r}: standin is {standin!r}; choose one of allow, never")
    _require_writable(raw_dir)
    if spec.kind == "csv":
        content = csv_file.read(spec)
        csv_file.build(spec, content)
        path = str(spec.path)
        receipt = Receipt(spec.name, spec.kind, False, (RawCopy(Path(path).name, path, sha256_of(content), path),))
        return _write(receipt, spec, raw_dir)

    files = raw_files(spec)
    local = [_find(file, raw_dir, data_dir) for file in files]
    copies: list[RawCopy] = []
    for file, found in zip(files, local, strict=True):
        if found is not None:
            copies.append(_keep(file, *found, raw_dir))
    missing = [file for file, found in zip(files, local, strict=True) if found is None]
    notes: list[str] = []
    for file in missing:
        outcome = download(file, timeout_seconds=timeout_seconds, opener=opener)
        if isinstance(outcome, list):
            notes = outcome
            break  # one file that cannot be had is enough; the others would only cost their time-outs
        address, content = outcome
        write_bytes(raw_dir / file.name, content)
        copies.append(RawCopy(file.name, str(raw_dir / file.name), sha256_of(content), address))
    if not notes and len(copies) == len(files):
        order = [file.name for file in files]
        receipt = Receipt(spec.name, spec.kind, False, tuple(sorted(copies, key=lambda copy: order.index(copy.name))))
        return _write(receipt, spec, raw_dir)
    absent = [file for file in missing if file.name not in {copy.name for copy in copies}]
    if standin == "never":
        wanted = "; ".join(f"{f.name} (sha256 {f.sha256}) from {' or '.join(f.addresses)}" for f in absent)
        raise DataError(
            f"dataset {spec.name!r}: raw data missing and `standin: never` is set: put into {raw_dir} {wanted}"
            f" [tried: {'; '.join(notes)}]"
        )
    reason = f"{', '.join(file.name for file in absent)} neither found nor fetched"
    return _write(Receipt(spec.name, spec.kind, True, (), (reason, *notes)), spec, raw_dir)


def check(spec: DatasetSpec, raw_dir: Path, *, data_dir: Path | None = None, rows_per_class: int | None = None) -> None:
    """What can be said before any job starts, without network and without writing anything.

    Raises DataError if a local raw file is not what it should be, if `raw_dir` could not be written, or if a user's CSV
    file cannot be used; `rows_per_class` is the least number of rows of each class that the study needs of it.
    """
    if spec.kind == "csv":
        dataset = csv_file.build(spec, csv_file.read(spec))
        if rows_per_class is not None:
            csv_file.require_rows(dataset, rows_per_class)
    else:
        found_locally(spec, raw_dir, data_dir)
    if not receipt_path(spec, raw_dir).exists():
        _require_writable(raw_dir)


def _require_writable(folder: Path) -> None:
    nearest = folder.absolute()
    while not (nearest.exists() or nearest.is_symlink()):
        nearest = nearest.parent
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise DataError(f"{folder} cannot be written ({nearest} is no writable folder): make it one")


def _find(file: RawFile, raw_dir: Path, data_dir: Path | None) -> tuple[Path, bytes, str] | None:
    for folder, origin in ((raw_dir, str(raw_dir)), (data_dir, "HPO_DATA_DIR")):
        if folder is not None and (found := find(file, folder)) is not None:
            return (*found, origin)
    return None


def _keep(file: RawFile, path: Path, content: bytes, origin: str, raw_dir: Path) -> RawCopy:
    if path.parent != raw_dir:
        path = raw_dir / file.name
        write_bytes(path, content)
    return RawCopy(file.name, str(path), sha256_of(content), origin)


def _write(receipt: Receipt, spec: DatasetSpec, raw_dir: Path) -> Receipt:
    write_json(receipt_path(spec, raw_dir), asdict(receipt), indent=2, ensure_ascii=False)
    return receipt
