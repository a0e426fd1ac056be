"""The table of fits: what came of each fit, a file each, for every search that asks for the same one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from hpotrial import models
from hpotrial.core import provenance
from hpotrial.core.errors import DataError
from hpotrial.core.files import load_npz, save_npz
from hpotrial.training.fit_record import FitRecord

log = logging.getLogger(__name__)

# beside those of the model: what scores an epoch, and whose callbacks listen to one
PACKAGES = ("numpy", "scikit-learn", "keras-tuner", "optuna")
# bytes of records that a process keeps at hand
_AT_HAND = 2**26

_digests: dict[int, tuple[Any, str]] = {}


def digest(array: np.ndarray) -> str:
    """A digest of an array's type, shape and content; of a read-only one, which is taken to stay as it is, once."""
    known = _digests.get(id(array))
    if known is not None and known[0]() is array:
        return known[1]
    made = hashlib.sha256(f"{array.dtype.descr}{array.shape}".encode())
    made.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    found = made.hexdigest()
    if not array.flags.writeable:
        at = id(array)
        _digests[at] = weakref.ref(array, lambda _: _digests.pop(at, None)), found
    return found


class FitTable:
    """Records of fits: npz files in a folder, which any number of processes may use at once.

    A record is written to a name of its own and then given its key's, unless another process was first: nobody reads
    half of one, and none that is there changes.

    Parameters
    ----------
    folder : Path
        Where the records lie.
    context : str
        What all fits depend on beside what tells them apart: code and versions.
    """

    def __init__(self, folder: Path, context: str) -> None:
        self.folder, self.context = folder, context
        self._writable = True
        self._at_hand: dict[str, FitRecord] = {}
        self._bytes = 0

    @classmethod
    def of(cls, folder: Path | str | None, model: str) -> FitTable | None:
        """The table of fits of a model, by the code that a fit of it is made of; None where there is no folder."""
        if folder is None:
            return None
        code = provenance.fingerprint(*provenance.of_fit(model))
        return cls(Path(folder), json.dumps([code, provenance.installed([*models.packages(model), *PACKAGES])]))

    def key(self, *parts: str | np.ndarray) -> str:
        """What a record is called: a digest of what determines its fit, and of what all fits depend on."""
        told = [["text", part] if isinstance(part, str) else ["array", digest(part)] for part in parts]
        return hashlib.sha256(json.dumps([self.context, *told]).encode()).hexdigest()[:32]

    def get(self, key: str) -> FitRecord | None:
        """The record of this key; None if there is none that is sound. One that is damaged is removed."""
        if key in self._at_hand:
            return self._at_hand[key]
        path = self._path(key)
        try:
            if not path.exists():
                return None
            arrays = load_npz(path, remedy="the fit is made again")
            if str(arrays.pop("seal", "")) != self._seal(key, arrays.items()):
                raise DataError(f"{path} is not as it was written: the fit is made again")
        except DataError as error:
            log.warning("a damaged record: %s", error)
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        return self._keep_at_hand(key, FitRecord.of(arrays), arrays.values())

    def add(self, key: str, record: FitRecord) -> None:
        """Add a record, unless there is one.

        Where that cannot be done (a full disk), the log says so and no more is written: a run needs no table.
        """
        arrays = record.arrays()
        self._keep_at_hand(key, record, arrays.values())
        if not self._writable:
            return
        try:
            seal = np.array(self._seal(key, arrays.items()))
            save_npz(self._path(key), {"seal": seal, **arrays}, first_stays=True)
        except DataError as error:
            log.warning("%s; the run goes on and writes no more fits down", error)
            self._writable = False

    def _keep_at_hand(self, key: str, record: FitRecord, arrays: Iterable[np.ndarray]) -> FitRecord:
        self._bytes += sum(array.nbytes for array in arrays)
        if self._bytes > _AT_HAND:
            self._at_hand.clear()
            self._bytes = 0
        return self._at_hand.setdefault(key, record)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _seal(self, key: str, arrays: Iterable[tuple[str, np.ndarray]]) -> str:
        """A digest of a record's key, names and arrays."""
        return self.key(key, *(part for named in arrays for part in named))
