"""A finished fit as the journal keeps it: what determines it, what came of it, and how it is replayed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from hpotrial.core.records import FIT_FAILURES, OK, Cost
from hpotrial.training.journal import Arrays, Journal, JournalMismatch


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
    saved_at : int
        Position in ``epochs`` of the last epoch that a callback saved the weights of; -1 where none was saved.
    final, saved : mapping of str to numpy.ndarray
        The model's state at its end, empty for a failure; and at that epoch.
    """

    epochs: tuple[int, ...]
    logs: Mapping[str, list[float]]
    cost: Cost
    status: str = OK
    message: str = ""
    saved_at: int = -1
    final: Arrays = field(default_factory=dict)
    saved: Arrays = field(default_factory=dict)

    def error(self) -> Exception | None:
        """What the fit raised."""
        return None if self.status == OK else FIT_FAILURES[self.status](self.message)

    def arrays(self) -> dict[str, np.ndarray]:
        """The record as arrays by name: numbers and text as JSON, states as they are. No pickle."""
        head = {**vars(self), "cost": asdict(self.cost)}
        states = {f"{group}/{name}": array for group in ("final", "saved") for name, array in head.pop(group).items()}
        return {"head": np.frombuffer(json.dumps(head).encode(), np.uint8), **states}

    @classmethod
    def of(cls, arrays: Arrays) -> FitRecord:
        """The record of which these are the ``arrays``."""
        head: dict[str, Any] = json.loads(arrays["head"].tobytes())
        states = {
            group: {path.partition("/")[2]: array for path, array in arrays.items() if path.startswith(f"{group}/")}
            for group in ("final", "saved")
        }
        head |= {"epochs": tuple(head["epochs"]), "cost": Cost(**head["cost"]), **states}
        return cls(**head)


def fit_key(
    journal: Journal, model: Sequence[str | np.ndarray], x: Any, y: Any, arguments: Mapping[str, Any]
) -> str | None:
    """What a fit is stored under, by all that determines it; None for one that cannot be replayed.

    ``model`` determines the untrained model; ``arguments`` are as of ``keras.Model.fit``. Callbacks must be of kinds
    that read the logs, stop the training, save weights, or put weights in place at the end: those do the same when
    they are told of the epochs again.
    """
    plain = {k: v for k, v in arguments.items() if k not in ("callbacks", "validation_data", "verbose")}
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
    settings = [{k: v for k, v in plain.items() if v is not None}, callbacks]
    rows = (x, y, *(arguments.get("validation_data") or ()))
    return journal.key(json.dumps(settings, sort_keys=True, default=str), *model, *map(np.asarray, rows))


def replay(model: Any, record: FitRecord, arguments: Mapping[str, Any]) -> Any:
    """What ``model.fit`` of a Keras model with these arguments did, without training; returns its history.

    The model has the state of the last saved epoch while callbacks hear of that epoch, and ends in the final state. In
    between its weights are not those of the epoch: only what reads them to put them back at the end, or to be saved
    again later, may look.

    Raises
    ------
    NotFiniteLoss, FitTimeout
        If that is how the fit ended.
    JournalMismatch
        If the callbacks end the training elsewhere than they did.
    """
    import keras

    epochs, callbacks = int(arguments.get("epochs") or 1), list(arguments.get("callbacks") or [])
    listeners = keras.callbacks.CallbackList(callbacks, add_history=True, model=model, epochs=epochs, verbose=0)
    model.stop_training = False
    listeners.on_train_begin()
    for i, epoch in enumerate(record.epochs):
        if model.stop_training:
            raise JournalMismatch(f"a fit stops after {i} epochs that trained {len(record.epochs)} before")
        listeners.on_epoch_begin(epoch)
        if i == record.saved_at:
            model.put_state(record.saved)
        listeners.on_epoch_end(epoch, {name: values[i] for name, values in record.logs.items()})
    if error := record.error():
        raise error
    if not model.stop_training and int(arguments.get("initial_epoch") or 0) + len(record.epochs) < epochs:
        raise JournalMismatch(f"a fit goes on that stopped after {len(record.epochs)} epochs before")
    listeners.on_train_end()
    model.put_state(record.final)
    return model.history
