"""A Keras fit told again from its record: callbacks hear of the same epochs, and the model ends in the same state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from hpotrial.training.journal import JournalMismatch
from hpotrial.training.journal.fit_record import FitRecord


def retell(model: Any, record: FitRecord, arguments: Mapping[str, Any]) -> Any:
    """What ``model.fit`` with these arguments would do and return, without training.

    Parameters
    ----------
    model
        With ``put_state``. It has the state of the record's last saved epoch while callbacks hear of that epoch, and
        ends with the record's final state. In between its weights are not those of the epoch: only what reads them to
        put them back at the end, or to be saved again later, may look.
    record
        A fit of an equal model with equal arguments.
    arguments
        As of ``keras.Model.fit``.

    Raises
    ------
    NotFiniteLoss, FitTimeout
        If that is how the fit ended.
    JournalMismatch
        If the callbacks end the training elsewhere than they did.
    """
    epochs = int(arguments.get("epochs") or 1)
    listeners = keras.callbacks.CallbackList(
        list(arguments.get("callbacks") or []), add_history=True, model=model, epochs=epochs, verbose=0
    )
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
