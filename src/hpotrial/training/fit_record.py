"""A finished fit as the table of fits keeps it: what determines it, what came of it, and how it is taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from hpotrial.core.records import FIT_FAILURES, OK, Cost

Arrays = Mapping[str, np.ndarray]
# the fields of a record that are arrays by name
_STATES = ("final", "saved", "predictions")


class FitMismatch(BaseException):
    """Callbacks do not end a fit where its record says they did.

    Not an ``Exception``: search libraries take those for a failed trial and go on.
    """


@dataclass(frozen=True)
class FitRecord:
    """A fit that has ended, well or by a failure of its own (``hpotrial.core.records.FIT_FAILURES``).

    Attributes
    ----------
    epochs : tuple of int
        The epochs that callbacks were told of.
    logs : mapping of str to list of float
        What they were told, their own metric included: a value for each epoch under each name.
    cost : Cost
        What the fit cost when it was made.
    status, message : str
        How it ended.
    stopped : bool
        Whether a callback ended it.
    final, saved : mapping of str to numpy.ndarray
        The model's state at its end, empty where none can be asked for; and when a callback last saved its weights,
        empty where none did.
    predictions : dict of str to numpy.ndarray
        Class probabilities, shape (rows, classes), by the ``digest`` of the scaled rows.
    """

    epochs: tuple[int, ...]
    logs: Mapping[str, list[float]]
    cost: Cost
    status: str = OK
    message: str = ""
    stopped: bool = False
    final: Arrays = field(default_factory=dict)
    saved: Arrays = field(default_factory=dict)
    predictions: dict[str, np.ndarray] = field(default_factory=dict)

    def error(self) -> Exception | None:
        """What the fit raised."""
        return None if self.status == OK else FIT_FAILURES[self.status](self.message)

    def arrays(self) -> dict[str, np.ndarray]:
        """The record as arrays by name: numbers and text as JSON, states as they are. No pickle."""
        head = {**vars(self), "cost": asdict(self.cost)}
        states = {f"{group}/{name}": array for group in _STATES for name, array in head.pop(group).items()}
        return {"head": np.frombuffer(json.dumps(head).encode(), np.uint8), **states}

    @classmethod
    def of(cls, arrays: Arrays) -> FitRecord:
        """The record of which these are the ``arrays``."""
        head: dict[str, Any] = json.loads(arrays["head"].tobytes())
        states: dict[str, dict[str, np.ndarray]] = {group: {} for group in _STATES}
        for path, array in arrays.items():
            group, _, name = path.partition("/")
            if name:
                states[group][name] = array
        return cls(**{**head, "epochs": tuple(head["epochs"]), "cost": Cost(**head["cost"]), **states})


def settings_of(arguments: Mapping[str, Any]) -> str | None:
    """What tells the fits of a model on the same rows apart, as text; None if a fit like this cannot be taken.

    ``arguments`` are as of ``keras.Model.fit``. Callbacks must be of kinds that read the logs, stop the training, save
    weights, or put weights in place at the end: those do the same when they are told of the epochs again.
    """
    apart = ("callbacks", "validation_data", "verbose")
    plain = {k: v for k, v in arguments.items() if v is not None and k not in apart}
    callbacks = []
    for callback in arguments.get("callbacks") or ():
        kind = type(callback)
        library = kind.__module__.partition(".")[0]
        if library not in ("hpotrial", "keras_tuner") and (library, kind.__name__) != ("keras", "EarlyStopping"):
            return None
        # KerasTuner's have just the names of their temporary files
        told = {} if library == "keras_tuner" else vars(callback)
        simple = {k: v for k, v in told.items() if k[0] != "_" and isinstance(v, str | int | float | None)}
        callbacks.append([kind.__module__, kind.__qualname__, simple])
    return json.dumps([plain, callbacks], sort_keys=True, default=str)


def replay(model: Any, record: FitRecord, arguments: Mapping[str, Any]) -> Any:
    """What ``model.fit`` of a Keras model with these arguments did, without training; returns its history.

    Callbacks that only look for a best epoch are told which it was. Where others listen, all hear of each epoch: the
    model has the state that was saved last from the first epoch on, and ends in the final state. So only what reads its
    weights to put them back at the end, or to save them anew at a better epoch, may look.

    Raises
    ------
    NotFiniteLoss, FitTimeout
        If that is how the fit ended.
    FitMismatch
        If the callbacks end the training elsewhere than they did.
    """
    import keras

    from hpotrial.training.callbacks import BestEpoch, EpochMetric

    epochs, callbacks = int(arguments.get("epochs") or 1), list(arguments.get("callbacks") or [])
    if all(isinstance(callback, BestEpoch | EpochMetric | keras.callbacks.EarlyStopping) for callback in callbacks):
        if error := record.error():
            raise error
        for callback in callbacks:
            if isinstance(callback, BestEpoch):
                for epoch, value in zip(record.epochs, record.logs[callback.monitor], strict=True):
                    callback.is_better(epoch, value)
        model.history = keras.callbacks.History()
        model.history.epoch, model.history.history = list(record.epochs), {k: list(v) for k, v in record.logs.items()}
        model.stop_training = record.stopped
        return model.history
    listeners = keras.callbacks.CallbackList(callbacks, add_history=True, model=model, epochs=epochs, verbose=0)
    model.stop_training = False
    if before := record.saved or record.final:
        model.put_state(before)
    listeners.on_train_begin()
    for i, epoch in enumerate(record.epochs):
        if model.stop_training:
            raise FitMismatch(f"a fit stops after {i} epochs that trained {len(record.epochs)} before")
        listeners.on_epoch_begin(epoch)
        listeners.on_epoch_end(epoch, {name: values[i] for name, values in record.logs.items()})
    if error := record.error():
        raise error
    if model.stop_training != record.stopped:
        raise FitMismatch(f"a fit goes on that stopped after {len(record.epochs)} epochs before")
    listeners.on_train_end()
    return model.history
