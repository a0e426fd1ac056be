"""What is kept of a finished fit, as bytes: numbers and text as JSON, arrays as they lie in memory. No pickle."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np

from hpotrial.core.records import FIT_FAILURES, OK, Cost

Arrays = Mapping[str, np.ndarray]

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class FitRecord:
    """A fit that has ended, well or by a failure of its own (``hpotrial.core.records.FIT_FAILURES``).

    Attributes
    ----------
    epochs
        The epochs that callbacks were told of.
    logs
        What they were told, their own metric included: a value for each epoch under each name.
    cost
        What the fit cost when it was made.
    status, message
        How it ended.
    final
        The model's state at its end; empty for a failure.
    saved_at, saved
        Position in ``epochs`` of the last epoch that a callback saved the weights of, and that state; -1 where none was
        saved.
    """

    epochs: tuple[int, ...]
    logs: Mapping[str, list[float]]
    cost: Cost
    status: str = OK
    message: str = ""
    final: Arrays = field(default_factory=dict)
    saved_at: int = -1
    saved: Arrays = field(default_factory=dict)

    def error(self) -> Exception | None:
        """What the fit raised."""
        return None if self.status == OK else FIT_FAILURES[self.status](self.message)

    def encoded(self) -> bytes:
        """The record as bytes."""
        arrays = [
            (group, name, np.asarray(array))
            for group, named in (("final", self.final), ("saved", self.saved))
            for name, array in named.items()
        ]
        head = {
            "epochs": self.epochs,
            "logs": self.logs,
            "cost": asdict(self.cost),
            "status": self.status,
            "message": self.message,
            "saved_at": self.saved_at,
            "arrays": [[group, name, array.dtype.str, array.shape] for group, name, array in arrays],
        }
        text = json.dumps(head).encode()
        return b"".join([_LENGTH.pack(len(text)), text, *(array.tobytes() for _, _, array in arrays)])

    @classmethod
    def decoded(cls, content: bytes) -> FitRecord:
        """The record that ``encoded`` wrote."""
        (length,) = _LENGTH.unpack_from(content)
        at = _LENGTH.size + length
        head = json.loads(content[_LENGTH.size : at])
        groups: dict[str, dict[str, np.ndarray]] = {"final": {}, "saved": {}}
        for group, name, dtype, shape in head["arrays"]:
            kind = np.dtype(dtype)
            count = int(np.prod(shape))
            groups[group][name] = np.frombuffer(content, kind, count, at).reshape(shape).copy()
            at += count * kind.itemsize
        return cls(
            epochs=tuple(head["epochs"]), logs=head["logs"], cost=Cost(**head["cost"]), status=head["status"],
            message=head["message"], saved_at=head["saved_at"], **groups,
        )  # fmt: skip
