"""Callbacks of the documents: early stopping, and a best-epoch checkpoint that stays in memory; and the selecting
metric at each epoch's end, for them to look at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from hpotrial.core.configuration import Training

# scaled rows, class codes, and what scores probabilities against those codes
Measured = tuple[np.ndarray, np.ndarray, Callable[[np.ndarray, np.ndarray], float]]


class EpochMetric(keras.callbacks.Callback):
    """Put a metric that Keras does not work out itself into the logs of each epoch, for the callbacks after this one.

    Parameters
    ----------
    name : str
        Its key in the logs.
    measured : tuple
        Scaled rows (n, ...), class codes (n,), and the function of probabilities and codes.
    """

    def __init__(self, name: str, measured: Measured) -> None:
        super().__init__()
        self.name, self.measured = name, measured

    def __deepcopy__(self, memo: Any) -> EpochMetric:
        # KerasTuner copies the callbacks for every trial; the rows need no copies
        return EpochMetric(self.name, self.measured)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Score this epoch's weights."""
        X, y, score = self.measured
        # a fit that was taken comes with it
        if logs is not None and self.name not in logs:
            logs[self.name] = score(np.asarray(self.model.predict(X, verbose=0)), y)


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's, for which greater is better, and which compares two numbers without an operation of TensorFlow's.

    That one took a third of the time of a small network's epoch. The numbers are float32, as there.
    """

    def _set_monitor_op(self) -> None:
        self.monitor_op = _greater


def _greater(one: float, other: float) -> bool:
    return bool(np.float32(one) > np.float32(other))


class BestEpoch(keras.callbacks.Callback):
    """Keep the weights of the epoch with the greatest value of ``monitor``, and put them back when training ends.

    The documents' ``ModelCheckpoint(save_best_only=True)`` writes to disk at every improvement, which costs more than
    training these networks; this one keeps the weights in memory. Of equal epochs the first is kept, as there.

    Attributes
    ----------
    epoch : int
        The epoch kept (from 0); -1 before any.
    value : float
        Its value of ``monitor``.
    """

    def __init__(self, monitor: str) -> None:
        super().__init__()
        self.monitor = monitor
        self.epoch, self.value, self._weights = -1, float("-inf"), None

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Keep this epoch's weights if it is the best so far."""
        if self.is_better(epoch, (logs or {})[self.monitor]):
            self._weights = self.model.get_weights()

    def is_better(self, epoch: int, value: float) -> bool:
        """Whether an epoch with this value is the best so far, which it then is."""
        if better := value > self.value:
            self.epoch, self.value = epoch, value
        return better

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Put the best epoch's weights back."""
        if self._weights is not None:
            self.model.set_weights(self._weights)


class EpochPruning(keras.callbacks.Callback):
    """Report the selecting metric of each epoch; ask the pruner, and stop the fit if it says so.

    A step of Optuna's is a number of epochs trained, from 1. A fit that has all its epochs, or that early stopping has
    just ended, is not pruned.

    Parameters
    ----------
    trial : optuna.Trial
        Optuna's trial.
    monitor : str
        The metric's key in the epoch's logs; greater is better.
    epochs : int
        The epochs that the fit is to have.

    Attributes
    ----------
    pruned : bool
        Whether the fit was stopped.
    pruner, history : str
        What it decides by beside the epochs of this fit, as text: the pruner's settings, the trials before.
    """

    def __init__(self, trial: Any, monitor: str, epochs: int) -> None:
        super().__init__()
        self.trial, self.monitor, self.epochs = trial, monitor, epochs
        self.pruned = False
        study = trial.study
        plain = {k: v for k, v in vars(study.pruner).items() if isinstance(v, str | int | float | None)}
        self.pruner = f"{study.study_name} {trial.number} {type(study.pruner).__name__} {plain}"
        told = [(t.state.name, t.intermediate_values) for t in study.get_trials(deepcopy=False)]
        self.history = hashlib.sha256(repr(told).encode()).hexdigest()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Report this epoch."""
        trained = epoch + 1
        self.trial.report((logs or {})[self.monitor], trained)
        if trained < self.epochs and not self.model.stop_training and self.trial.should_prune():
            self.pruned = self.model.stop_training = True


def for_training(training: Training, monitor: str, measured: Measured | None = None) -> list[Any]:
    """The callbacks that a training asks for; for fits with validation rows.

    Parameters
    ----------
    training : Training
        Of which early stopping and checkpoint matter.
    monitor : str
        The key of the logs that they look at; greater is better.
    measured : tuple, optional
        What puts ``monitor`` into the logs; None where Keras does.
    """
    made: list[Any] = [EpochMetric(monitor, measured)] if measured is not None else []
    if training.early_stopping:
        patience = training.early_stopping.patience
        made.append(EarlyStopping(monitor=monitor, mode="max", patience=patience))
    if training.checkpoint == "best":
        made.append(BestEpoch(monitor))
    return made
