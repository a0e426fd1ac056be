"""What an arm selects on: the rows it may look at, and how they are divided."""

from __future__ import annotations

import re

import numpy as np

from hpotrial.errors import ConfigurationError, DataError

Fold = tuple[np.ndarray, np.ndarray]
MAX_FOLDS = 20


def kind(cv: str) -> str:
    """``test``, ``holdout`` or ``cv``.

    Raises
    ------
    ConfigurationError
        If ``cv`` is none of ``test``, ``holdout``, ``cv2`` ... ``cv20``.
    """
    if cv in ("test", "holdout"):
        return cv
    match = re.fullmatch(r"cv([1-9]\d?)", cv)
    if not match or not 2 <= int(match[1]) <= MAX_FOLDS:
        raise ConfigurationError(f"cv-setting {cv!r} does not exist: give test, holdout, or cv2 to cv{MAX_FOLDS}")
    return "cv"


def n_folds(cv: str) -> int:
    """Number of fits that one trial makes."""
    return int(cv[2:]) if kind(cv) == "cv" else 1


def divide(cv: str, y_train: np.ndarray, n_test: int, *, holdout_size: float, seed: int) -> list[Fold]:
    """Pairs of positions (fitted, scored) among the training rows, followed by the test rows where ``cv`` is ``test``.

    Parameters
    ----------
    cv
        The cv-setting.
    y_train
        Class codes of the training rows, for stratification.
    n_test
        Number of test rows that follow them (used by ``test`` only).
    holdout_size
        Share of the training rows that ``holdout`` sets aside.
    seed
        Decides who goes where.

    Raises
    ------
    DataError
        If a class has fewer rows than there are folds.
    """
    n = len(y_train)
    if kind(cv) == "test":
        return [(np.arange(n), np.arange(n, n + n_test))]
    from sklearn.model_selection import StratifiedKFold, train_test_split

    smallest = int(np.bincount(y_train)[np.unique(y_train)].min())
    if smallest < max(n_folds(cv), 2):
        raise DataError(f"cv-setting {cv}: the smallest class has {smallest} training rows, fewer than the folds")
    if kind(cv) == "holdout":
        fitted, scored = train_test_split(np.arange(n), test_size=holdout_size, stratify=y_train, random_state=seed)
        return [(np.sort(fitted), np.sort(scored))]
    folds = StratifiedKFold(n_folds(cv), shuffle=True, random_state=seed)
    return list(folds.split(np.zeros((n, 1)), y_train))
