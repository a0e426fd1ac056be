"""Raw files: what each must contain, where it can be had, and a look at a copy on disk."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hpotrial.core.errors import DataError
from hpotrial.core.files import read_bounded


def sha256_of(content: bytes) -> str:
    """The sha256 of `content` as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class RawFile:
    """One raw file of a dataset.

    `sha256` is the documented one. With `content_refusal`, other spellings of the same content pass too: it takes the
    bytes and returns None, or a clause that says what is wrong with them. `aliases` are further file names to look for.
    """

    name: str
    sha256: str
    max_bytes: int
    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    content_refusal: Callable[[bytes], str | None] | None = field(default=None, compare=False)

    def refusal(self, content: bytes) -> str | None:
        """None if `content` is this file, else a clause that says what is wrong: "has sha256 ..., expected ..."."""
        found = sha256_of(content)
        if found == self.sha256:
            return None
        if len(content) > self.max_bytes:
            return f"is larger than {self.max_bytes:,} bytes; expected sha256 {self.sha256}"
        if self.content_refusal is None:
            return f"has sha256 {found}, expected {self.sha256}"
        reason = self.content_refusal(content)
        return reason and f"{reason} (sha256 {found}, expected {self.sha256} or another spelling of its content)"


def find(file: RawFile, folder: Path) -> tuple[Path, bytes] | None:
    """The copy of `file` in `folder`, under its name or an alias, or None if there is none.

    Raises DataError if a copy is there and is not what it should be.
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
