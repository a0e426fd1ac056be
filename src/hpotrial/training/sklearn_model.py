"""A scikit-learn classifier as the rest of the library fits a model: metered, in epochs, predicting probabilities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hpotrial.training.journal.fit_record import Arrays, FitRecord
from hpotrial.training.metering import MeteredFit
from hpotrial.training.stored_forest import StoredForest, arrays_of


@dataclass(frozen=True)
class FitHistory:
    """What Keras's ``History`` is to the meter: the numbers of the epochs trained, and their logs (none here)."""

    epoch: list[int]
    history: dict[str, list[float]] = field(default_factory=dict)


class SklearnModel(MeteredFit):
    """An unfitted scikit-learn classifier with ``fit`` and ``predict`` as a Keras model has them.

    Parameters
    ----------
    estimator
        The classifier; its parameter ``epochs_name`` says how long a fit trains.
    epochs_name
        Such as ``n_estimators``: a tree of a forest counts as an epoch.
    n_classes
        Labels are codes 0 to ``n_classes - 1``, whether or not the fitted rows hold them all.
    """

    def __init__(self, estimator: Any, epochs_name: str, n_classes: int) -> None:
        self.estimator, self.epochs_name, self.n_classes = estimator, epochs_name, n_classes
        self.history: FitHistory | None = None
        self._fitted: Any = estimator

    def _last_epoch(self, arguments: Mapping[str, Any]) -> int:
        asked = arguments.get("epochs")
        return int(self.estimator.get_params(deep=False)[self.epochs_name] if asked is None else asked)

    def _fit(self, x: Any, y: Any, epochs: int | None = None, **_: Any) -> FitHistory:
        if epochs is not None:
            self.estimator.set_params(**{self.epochs_name: epochs})
        self.estimator.fit(_as_table(x), y)
        self._fitted = self.estimator
        self.history = FitHistory(list(range(self._last_epoch({}))))
        return self.history

    def _start(self) -> list[Any]:
        parameters = self.estimator.get_params(deep=False)
        return [f"{type(self.estimator).__name__} {json.dumps(parameters, sort_keys=True, default=str)}"]

    def _state(self) -> Arrays | None:
        return arrays_of(self.estimator)

    def _retell(self, record: FitRecord, arguments: Mapping[str, Any]) -> FitHistory:
        if error := record.error():
            raise error
        self._fitted = StoredForest(record.final)
        self.history = FitHistory(list(record.epochs))
        return self.history

    def predict(self, x: Any, **_: Any) -> np.ndarray:
        """Class probabilities, shape (rows, n_classes), float64; 0 for a class that the fitted rows did not hold."""
        known = self._fitted.predict_proba(_as_table(x))
        probabilities = np.zeros((len(known), self.n_classes))
        probabilities[:, self._fitted.classes_] = known
        return probabilities


def _as_table(x: Any) -> np.ndarray:
    rows = np.asarray(x)
    return rows.reshape(len(rows), -1)
