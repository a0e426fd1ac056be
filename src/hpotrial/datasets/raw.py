"""Raw files: what each must contain, a look at a copy on disk, and the receipt of what a dataset is built of."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hpotrial.core.errors import DataError
from hpotrial.core.files import read_bounded, read_json, write_json


def sha256_of(content: bytes) -> str:
    """The sha256 of `content` as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class RawFile:
    """One raw file of a dataset.

    Attributes
    ----------
    name : str
        Its name in the folder of raw files; the path of a file of the user's own.
    sha256 : str or None
        The documented checksum of its content; None where any content may be tried (a file of the user's own).
    max_bytes : int
        No more than this is read or downloaded.
    addresses : tuple of str
        Public https addresses, tried in this order.
    aliases : tuple of str
        Further file names to look for.
    content_refusal : callable or None
        Lets other spellings of the same content pass: takes the bytes and returns None, or a clause that says what is
        wrong with them.
    own : bool
        Whether it is the user's own file, which stays where it is and is never fetched.
    """

    name: str
    sha256: str | None
    max_bytes: int
    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    content_refusal: Callable[[bytes], str | None] | None = field(default=None, compare=False)
    own: bool = False

    def refusal(self, content: bytes) -> str | None:
        """None if `content` is this file, else a clause that says what is wrong: "has sha256 ..., expected ..."."""
        found = sha256_of(content)
        if len(content) > self.max_bytes:
            expected = f"; expected sha256 {self.sha256}" if self.sha256 else ""
            return f"is larger than {self.max_bytes:,} bytes{expected}"
        if self.sha256 in (None, found):
            return None
        if self.content_refusal is None:
            return f"has sha256 {found}, expected {self.sha256}"
        reason = self.content_refusal(content)
        return reason and f"{reason} (sha256 {found}, expected {self.sha256} or another spelling of its content)"


def find(file: RawFile, folder: Path) -> tuple[Path, bytes] | None:
    """The copy of `file` in `folder`, under its name or an alias, or None if there is none.

    Raises
    ------
    DataError
        If a copy is there and is not what it should be.
    """
    for name in (file.name, *file.aliases):
        path = folder / name
        if not path.exists():
            continue
        content = read_bounded(path, file.max_bytes)
        reason = file.refusal(content)
        if reason is not None:
            raise DataError(f"{path} {reason}: replace it by the original, or delete it so that it is fetched anew")
        return path, content
    return None


def read_own(file: RawFile, dataset: str) -> bytes:
    """The bytes of a file of the user's own, for the dataset of that name.

    Raises
    ------
    DataError
        If it is missing, too large, or not the one whose sha256 the configuration gives.
    """
    try:
        content = read_bounded(Path(file.name), file.max_bytes)
    except FileNotFoundError:
        raise DataError(f"{file.name} not found: correct `path` of dataset {dataset!r} in the configuration") from None
    reason = file.refusal(content)
    if reason is not None:
        large = len(content) > file.max_bytes
        remedy = "give it fewer rows or columns" if large else "restore the file, or correct its `sha256`"
        raise DataError(f"{file.name} {reason}: {remedy}, for dataset {dataset!r}")
    return content


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


def receipt_path(name: str, raw_dir: Path) -> Path:
    """Where the receipt of the dataset called `name` lies."""
    return raw_dir / f"{name}.json"


def write_receipt(receipt: Receipt, raw_dir: Path) -> Receipt:
    """Write a receipt to where `read_receipt` finds it, and return it."""
    write_json(receipt_path(receipt.name, raw_dir), asdict(receipt), indent=2, ensure_ascii=False)
    return receipt


def read_receipt(name: str, kind: str, raw_dir: Path) -> Receipt:
    """The receipt of a dataset.

    Raises
    ------
    DataError
        If there is none, or if it is that of another dataset or kind.
    """
    path = receipt_path(name, raw_dir)
    found = read_json(path, remedy="run the workflow's data steps again")
    try:
        copies = tuple(RawCopy(**copy) for copy in found["files"])
        receipt = Receipt(found["name"], found["kind"], bool(found["standin"]), copies, tuple(found["notes"]))
    except (KeyError, TypeError) as error:
        raise DataError(f"{path} is no receipt of raw files ({error}): delete it and fetch again") from None
    if (receipt.name, receipt.kind) != (name, kind):
        raise DataError(f"{path} is a receipt for kind {receipt.kind!r}, not {kind!r}: delete it and fetch again")
    return receipt
