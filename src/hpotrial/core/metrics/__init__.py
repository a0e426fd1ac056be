"""What a model's predictions are scored by: one file per metric, found by its name.

Any of them can be the metric that a search maximises (``metric:`` in the configuration), and every scored model is
recorded by all of them: document 002 names accuracy, precision and ROC AUC as candidates. A file holds

- ``ORDER``: its place among the columns of the tables;
- ``LOSS``: whether smaller is better; a search maximises its negative;
- ``UNIT``: ``share``, which is shown in per cent, or the unit's name;
- ``OF``: ``classes``, the most probable of each row, or ``probabilities``;
- ``measure(predicted, y)`` or ``measure(probabilities, y)``: a number, NaN where it is not defined. Probabilities have
  the shape (rows, classes), are finite, and their rows sum to 1.
"""

from __future__ import annotations

import importlib
from types import ModuleType

import numpy as np

from hpotrial.core import plugins

# whoever imports this package depends on each file of it, which `provenance` reads here
ALL_FILES_ARE_USED = True

_modules = [importlib.import_module(f"{__name__}.{name}") for name in plugins.names(__path__)]
_METRICS: dict[str, ModuleType] = {
    metric.__name__.rpartition(".")[2]: metric for metric in sorted(_modules, key=lambda metric: metric.ORDER)
}
ACCURACY = "accuracy"
NAMES = tuple(_METRICS)
LOSSES = tuple(name for name, metric in _METRICS.items() if metric.LOSS)
UNITS: dict[str, str] = {name: metric.UNIT for name, metric in _METRICS.items()}


def measure(name: str, probabilities: np.ndarray, y: np.ndarray) -> float:
    """A metric in its own units; NaN where it is not defined for these rows.

    Parameters
    ----------
    name : str
        One of ``NAMES``.
    probabilities : ndarray
        Class probabilities, shape (rows, classes).
    y : ndarray
        Class codes, shape (rows,).

    Raises
    ------
    KeyError
        If there is no such metric.

    Examples
    --------
    >>> measure("accuracy", np.array([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 0]))
    0.5
    """
    metric = _METRICS[name]
    if metric.OF == "classes":
        return float(metric.measure(np.argmax(probabilities, axis=1), y))
    # single precision sums to 1 only nearly, which scikit-learn remarks on
    shares = np.asarray(probabilities, np.float64)
    shares = shares / shares.sum(axis=1, keepdims=True)
    return float(metric.measure(shares, y)) if np.isfinite(shares).all() else float("nan")


def score(name: str, probabilities: np.ndarray, y: np.ndarray) -> float:
    """A metric as a search maximises it: greater is better, so that a loss is negated."""
    value = measure(name, probabilities, y)
    return -value if name in LOSSES else value


def all_of(probabilities: np.ndarray, y: np.ndarray) -> dict[str, float | None]:
    """Every metric, in its own units; None where it is not defined."""
    values = {name: measure(name, probabilities, y) for name in NAMES}
    return {name: None if np.isnan(value) else value for name, value in values.items()}
