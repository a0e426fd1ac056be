"""What determines a fit, as text and digests: the rows, the model's start, the arguments, the callbacks' settings."""

from __future__ import annotations

import hashlib
import json
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# read-only arrays are taken to stay as they are: their digests are kept while they live
_digests: dict[int, tuple[weakref.ref[np.ndarray], bytes]] = {}


def identity_of(model: Sequence[Any], x: Any, y: Any, arguments: Mapping[str, Any]) -> list[bytes | str] | None:
    """The parts of a fit's key; None for a fit that cannot be told again.

    Parameters
    ----------
    model
        Texts and arrays that determine the untrained model.
    x, y
        Rows and class codes.
    arguments
        The fit's others, as of ``keras.Model.fit``. Callbacks must be of kinds that read the logs, stop the training,
        save weights, or put weights in place at the end: those do the same when they are told of the epochs again.
    """
    callbacks = list(arguments.get("callbacks") or ())
    if not all(map(_does_the_same_again, callbacks)):
        return None
    plain = {k: v for k, v in arguments.items() if k not in ("callbacks", "validation_data", "verbose")}
    told = [sorted((k, v) for k, v in plain.items() if v is not None), [_settings(callback) for callback in callbacks]]
    parts: list[bytes | str] = [json.dumps(told, default=str)]
    for value in (*model, x, y, *(arguments.get("validation_data") or ())):
        parts.append(value if isinstance(value, str) else digest_of(np.asarray(value)))
    return parts


def digest_of(array: np.ndarray) -> bytes:
    """A digest of an array's type, shape and content."""
    known = _digests.get(id(array))
    if known is not None and known[0]() is array:
        return known[1]
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    made = digest.digest()
    if not array.flags.writeable:
        for other in [number for number, (alive, _) in _digests.items() if alive() is None]:
            del _digests[other]
        _digests[id(array)] = weakref.ref(array), made
    return made


def _does_the_same_again(callback: Any) -> bool:
    import keras

    own = type(callback).__module__.startswith(("hpotrial.", "keras_tuner."))
    return own or isinstance(callback, keras.callbacks.EarlyStopping)


def _settings(callback: Any) -> list[Any]:
    """Kind and settings of a callback. KerasTuner's have just the names of its temporary files."""
    kind = type(callback)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__.startswith("keras_tuner."):
        return [name]
    simple = (str, int, float, bool, type(None))
    return [name, {k: v for k, v in sorted(vars(callback).items()) if k[0] != "_" and isinstance(v, simple)}]
