"""The finished fits of a run, a file each, so that a run that was killed takes them up again."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

import numpy as np

from hpotrial.core.errors import DataError, HpoTrialError
from hpotrial.core.files import load_npz, save_npz

log = logging.getLogger(__name__)

Arrays = Mapping[str, np.ndarray]

# how long another process may still be at the same run, such as one that outlives the Snakemake that started it
PATIENCE_SECONDS = 30.0


class JournalMismatch(BaseException):
    """A search does not do what its journal says it did.

    Not an ``Exception``: search libraries take those for a failed trial and go on.
    """


class Journal:
    """The records of one run: npz files in a folder, each written whole and flushed to the disk.

    Records of one key are numbered, and a process goes through them in order: what it has taken or added lies behind
    it. So a search that makes the same fit twice makes it twice, resumed or not.

    Attributes
    ----------
    taken, added : int
        How many fits were taken from it, and added to it, by this process.
    """

    def __init__(self, folder: Path, context: str) -> None:
        self.folder, self.taken, self.added = folder, 0, 0
        self._context, self._writable = context, True
        self._behind: Counter[str] = Counter()

    def key(self, *parts: str | np.ndarray) -> str:
        """What a record is stored under: a digest of what determines it, and of what all records of the run share."""
        digest = hashlib.sha256()
        for part in (self._context, *parts):
            array = np.frombuffer(part.encode(), np.uint8) if isinstance(part, str) else np.asarray(part)
            digest.update(f"{isinstance(part, str)}{array.dtype.descr}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        return digest.hexdigest()[:32]

    def take(self, key: str) -> dict[str, np.ndarray] | None:
        """The next record of this key; None if there is none that is sound."""
        path = self._next(key)
        try:
            record = load_npz(path, remedy="what it held is made again") if path.exists() else None
            if record is not None and str(record.pop("seal", "")) != self._seal(key, record):
                raise DataError(f"{path} is not as it was written: what it held is made again")
        except DataError as error:
            log.warning("a damaged record: %s", error)
            return None
        if record is not None:
            self._behind[key] += 1
            self.taken += 1
        return record

    def add(self, key: str, record: Arrays, *, last: bool = False) -> None:
        """Write a record; the last one of a run takes the place of all others, which it needs no more.

        Where that cannot be done (a full disk), the log says so and no more is written: a run needs no journal.
        """
        if not self._writable:
            return
        try:
            save_npz(self._next(key), {"seal": np.array(self._seal(key, record)), **record}, flush=True)
        except DataError as error:
            log.warning("%s; the run goes on without a journal", error)
            self._writable = False
            return
        if last:
            self.remove_all_but(self._next(key))
        else:
            self._behind[key] += 1
            self.added += 1

    def remove_all_but(self, kept: Path | None) -> None:
        """Remove all records, or all but one."""
        for path in self.folder.glob("*.npz*"):
            if path != kept:
                path.unlink()

    def _next(self, key: str) -> Path:
        return self.folder / f"{key}-{self._behind[key]}.npz"

    def _seal(self, key: str, record: Arrays) -> str:
        """A digest of a record's key, names and arrays."""
        return self.key(key, *(part for named in record.items() for part in named))


@contextlib.contextmanager
def opened(folder: Path | str | None, context: str) -> Iterator[Journal | None]:
    """The journal of a run in a folder, this process's alone while the block runs; None where no folder is, or can be.

    ``context`` is what all fits depend on beside what tells them apart: code, versions.

    Raises
    ------
    HpoTrialError
        If another process has it and keeps it, or if the search does not do what its journal says: the journal is then
        emptied.
    """
    lock = None
    try:
        lock = _locked(Path(folder)) if folder is not None else None
    except OSError as error:
        log.warning("%s cannot be opened (%s); the run goes on without a journal", folder, error.strerror)
    if folder is None or lock is None:
        yield None
        return
    journal = Journal(Path(folder), context)
    with lock:
        try:
            yield journal
        except JournalMismatch as mismatch:
            journal.remove_all_but(None)
            raise HpoTrialError(f"{mismatch}; {folder} is emptied: run it again") from None
        finally:
            log.info("%s: %d fits taken from it, %d added", folder, journal.taken, journal.added)


def _locked(folder: Path) -> TextIO:
    """The folder's lock, which is let go of as it is closed."""
    folder.mkdir(parents=True, exist_ok=True)
    lock, until = (folder / "lock").open("w", encoding="utf-8"), time.monotonic() + PATIENCE_SECONDS
    told, waiting = f"{folder}: another process is at this run", False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > until:
                lock.close()
                raise HpoTrialError(f"{told}; wait for its end, or end it") from None
            if not waiting:
                log.info("%s; waiting for it", told)
            waiting = True
            time.sleep(0.5)
        except OSError:
            # a file system without locks
            return lock
