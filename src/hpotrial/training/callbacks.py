"""Callbacks of the documents: early stopping, and a best-epoch checkpoint that stays in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

MONITOR = "val_accuracy"


class BestEpoch(keras.callbacks.Callback):
    """Keep the weights of the epoch with the best validation accuracy, and put them back when training ends.

    The documents' ``ModelCheckpoint(save_best_only=True)`` writes to disk at every improvement, which costs more than
    training these networks; this one keeps the weights in memory. Of equal epochs the first is kept, as there.

    Attributes
    ----------
    epoch
        The epoch kept (from 0); -1 before any.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch, self.value, self._weights = -1, float("-inf"), None

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Keep this epoch's weights if it is the best so far."""
        value = (logs or {})[MONITOR]
        if value > self.value:
            self.epoch, self.value, self._weights = epoch, value, self.model.get_weights()

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Put the best epoch's weights back."""
        if self._weights is not None:
            self.model.set_weights(self._weights)


def for_training(training: Mapping[str, Any]) -> list[Any]:
    """The callbacks that the ``training`` section of the configuration asks for; for fits with validation rows."""
    made: list[Any] = []
    stopping = training.get("early_stopping")
    if stopping:
        made.append(keras.callbacks.EarlyStopping(monitor=MONITOR, mode="max", patience=stopping["patience"]))
    if training.get("checkpoint") == "best":
        made.append(BestEpoch())
    return made
