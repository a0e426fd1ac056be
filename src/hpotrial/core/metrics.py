"""What a model's predictions are scored by (document 002 names accuracy, precision and ROC AUC as candidates).

Any of them can be the metric that a search maximises (``metric:`` in the configuration), and every scored model is
recorded by all of them.
"""

from __future__ import annotations

import numpy as np

ACCURACY = "accuracy"
NAMES = (ACCURACY, "balanced_accuracy", "macro_f1", "roc_auc", "log_loss")
# the smaller the better; a search maximises their negative
LOSSES = ("log_loss",)


def measure(name: str, probabilities: np.ndarray, y: np.ndarray) -> float:
    """A metric in its own units; NaN where it is not defined for these rows.

    Parameters
    ----------
    name
        One of ``NAMES``: accuracy; the mean of the classes' recalls; the unweighted mean of the classes' F1; the area
        under the ROC curve, one class against the rest, unweighted mean; the mean negative log-likelihood in nats.
    probabilities
        Class probabilities, shape (rows, classes).
    y
        Class codes, shape (rows,).

    Raises
    ------
    KeyError
        If there is no such metric.
    """
    from sklearn import metrics

    predicted = np.argmax(probabilities, axis=1)
    if name == ACCURACY:
        return float(np.mean(predicted == y))
    if name == "balanced_accuracy":
        present = np.unique(y)
        return float(np.mean([np.mean(predicted[y == code] == code) for code in present]))
    if name == "macro_f1":
        return float(metrics.f1_score(y, predicted, average="macro", zero_division=0.0))
    if name not in NAMES:
        raise KeyError(name)
    codes = np.arange(probabilities.shape[1])
    # single precision sums to 1 only nearly, which scikit-learn remarks on
    shares = np.asarray(probabilities, np.float64)
    shares = shares / shares.sum(axis=1, keepdims=True)
    if not np.isfinite(shares).all():
        return float("nan")
    if name == "log_loss":
        return float(metrics.log_loss(y, shares, labels=codes))
    if len(np.unique(y)) < len(codes):
        return float("nan")
    if len(codes) == 2:
        return float(metrics.roc_auc_score(y, shares[:, 1]))
    return float(metrics.roc_auc_score(y, shares, multi_class="ovr", average="macro", labels=codes))


def score(name: str, probabilities: np.ndarray, y: np.ndarray) -> float:
    """A metric as a search maximises it: greater is better, so that a loss is negated."""
    value = measure(name, probabilities, y)
    return -value if name in LOSSES else value


def all_of(probabilities: np.ndarray, y: np.ndarray) -> dict[str, float | None]:
    """Every metric, in its own units; None where it is not defined."""
    values = {name: measure(name, probabilities, y) for name in NAMES}
    return {name: None if np.isnan(value) else value for name, value in values.items()}
