"""A fit's epochs reported to an Optuna trial, and the fit stopped where the study's pruner says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras


class EpochPruning(keras.callbacks.Callback):
    """Report the selecting metric of each epoch; ask the pruner, and stop the fit if it says so.

    A step of Optuna's is a number of epochs trained, from 1. A fit that has all its epochs, or that early stopping has
    just ended, is not pruned.

    Parameters
    ----------
    trial
        Optuna's trial.
    monitor
        The metric's key in the epoch's logs; greater is better.
    epochs
        The epochs that the fit is to have.

    Attributes
    ----------
    pruned
        Whether the fit was stopped.
    """

    def __init__(self, trial: Any, monitor: str, epochs: int) -> None:
        super().__init__()
        self.trial, self.monitor, self.epochs = trial, monitor, epochs
        self.pruned = False

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Report this epoch."""
        trained = epoch + 1
        self.trial.report((logs or {})[self.monitor], trained)
        if trained < self.epochs and not self.model.stop_training and self.trial.should_prune():
            self.pruned = self.model.stop_training = True
