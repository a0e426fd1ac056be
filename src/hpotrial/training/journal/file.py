"""One file that only grows: records with a key, each flushed to the disk before the next fit begins.

A record is a mark, its key, the length of its content, a digest of both, and the content. What a kill has torn off at
the end is cut off. A record whose digest is wrong is passed over, and said in the log: what it held is done again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import mmap
import os
import struct
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from hpotrial.core.errors import HpoTrialError

log = logging.getLogger(__name__)

MARK = b"\x93HPOFIT1"
_KEY = _DIGEST = 16
# mark, key, length of the content, digest of key and content
_HEAD = struct.Struct(f"<{len(MARK)}s{_KEY}sQ{_DIGEST}s")
# how long another process may still be at the same run, such as one that outlives the Snakemake that started it
PATIENCE_SECONDS = 30.0
_flush = getattr(os, "fdatasync", os.fsync)


class JournalMismatch(BaseException):
    """A search does not do what its journal says it did.

    Not an ``Exception``: search libraries take those for a failed trial and go on.
    """


class Journal:
    """The records of one run.

    A record that was found in the file can be taken once; one that is added by this process cannot be taken. So a
    search that makes the same fit twice makes it twice, resumed or not.

    Attributes
    ----------
    taken, added
        How many fits were taken from it, and added to it, by this process.
    """

    def __init__(self, path: Path, descriptor: int, context: str) -> None:
        self.path, self.taken, self.added = path, 0, 0
        self._descriptor: int | None = descriptor
        self._context = context
        self._found: dict[bytes, deque[tuple[int, int]]] = {}
        self._size = self._scan(descriptor)

    def key(self, *parts: bytes | str) -> bytes:
        """What a record is called: a digest of what determines it, and of what all records of the run share."""
        digest = hashlib.blake2b(digest_size=_KEY)
        for part in (self._context, *parts):
            data = part.encode() if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "little") + data)
        return digest.digest()

    def take(self, key: bytes) -> bytes | None:
        """The content of the earliest record of this key that was found and not taken yet; None if there is none."""
        places = self._found.get(key)
        if not places or self._descriptor is None:
            return None
        start, length = places.popleft()
        self.taken += 1
        return os.pread(self._descriptor, length, start)

    def add(self, key: bytes, content: bytes) -> None:
        """Append a record, and flush it to the disk.

        Where that cannot be done (a full disk), the log says so and no more is written: a run needs no journal.
        """
        if self._descriptor is None:
            return
        try:
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
            self._size += _write(self._descriptor, _record(key, content))
            self.added += 1
        except OSError as error:
            log.warning("%s cannot be written (%s); the run goes on without a journal", self.path, error.strerror)
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            self.close()

    def finish(self, key: bytes, content: bytes) -> None:
        """Put one record in the place of all others, which the run needs no more."""
        if self._descriptor is None:
            return
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            try:
                _write(descriptor, _record(key, content))
            finally:
                os.close(descriptor)
            os.replace(beside, self.path)
        except OSError as error:
            log.warning("%s cannot be replaced (%s)", self.path, error.strerror)
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
        self.close()

    def empty(self) -> None:
        """Throw all records away."""
        self._found.clear()
        self._size = 0
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        """Let go of the file; what is added from now on is not kept."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _scan(self, descriptor: int) -> int:
        """Find the whole records; cut off what follows the last of them. Returns the size of what is left."""
        size = os.fstat(descriptor).st_size
        at = good = 0
        if size:
            with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as view:
                while at < size:
                    content = _content_at(view, at)
                    if content is None:
                        at = view.find(MARK, at + 1)
                        if at < 0:
                            break
                        continue
                    if at > good:
                        log.warning("%s: bytes %d to %d are damaged; what they held is done again",
                                    self.path, good, at)  # fmt: skip
                    key, start, length = content
                    self._found.setdefault(key, deque()).append((start, length))
                    at = good = start + length
        if good < size:
            log.warning("%s: its last %d bytes are no whole record, and are dropped", self.path, size - good)
            os.ftruncate(descriptor, good)
        if self._found:
            log.info("%s: %d records found", self.path, sum(map(len, self._found.values())))
        return good


@contextlib.contextmanager
def opened(path: Path | str | None, context: str) -> Iterator[Journal | None]:
    """The journal of a run, this process's alone while the block runs; None where there is no path, or no file can be.

    Parameters
    ----------
    path
        Its file; folders are made.
    context
        What all its fits depend on beside what tells them apart: code, versions.

    Raises
    ------
    HpoTrialError
        If another process has it and keeps it, or if the search does not do what its journal says: the journal is then
        emptied.
    """
    path = None if path is None else Path(path)
    descriptor = None
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = _alone(path)
        except OSError as error:
            log.warning("%s cannot be opened (%s); the run goes on without a journal", path, error.strerror)
    if path is None or descriptor is None:
        yield None
        return
    journal = Journal(path, descriptor, context)
    try:
        yield journal
    except JournalMismatch as mismatch:
        journal.empty()
        raise HpoTrialError(f"{mismatch}; {path} is emptied: run it again") from None
    finally:
        log.info("%s: %d fits taken from it, %d added", path, journal.taken, journal.added)
        journal.close()


def _alone(path: Path) -> int:
    """A descriptor of the file, locked against other processes."""
    patience, told = time.monotonic() + PATIENCE_SECONDS, False
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            if time.monotonic() > patience:
                raise HpoTrialError(f"{path}: another process is at this run; wait for its end, or end it") from None
            if not told:
                log.info("%s: another process is at this run; waiting for it", path)
            told = True
            time.sleep(0.5)
            continue
        except OSError:
            # a file system without locks
            return descriptor
        # who had the lock may have put another file in this one's place
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        os.close(descriptor)


def _record(key: bytes, content: bytes) -> Sequence[bytes]:
    return _HEAD.pack(MARK, key, len(content), _digest(key, content)), content


def _digest(key: bytes, content: bytes) -> bytes:
    digest = hashlib.sha256(key)
    digest.update(content)
    return digest.digest()[:_DIGEST]


def _write(descriptor: int, parts: Sequence[bytes]) -> int:
    """Write at the descriptor's place, flush, and return how many bytes that were."""
    left = memoryview(b"".join(parts))
    size = len(left)
    while left:
        left = left[os.write(descriptor, left) :]
    _flush(descriptor)
    return size


def _content_at(view: mmap.mmap, at: int) -> tuple[bytes, int, int] | None:
    """Key, start and length of the content of the record that begins at ``at``; None if none that is whole does."""
    start = at + _HEAD.size
    if start > len(view):
        return None
    mark, key, length, digest = _HEAD.unpack(view[at:start])
    if mark != MARK or start + length > len(view) or _digest(key, view[start : start + length]) != digest:
        return None
    return key, start, length
