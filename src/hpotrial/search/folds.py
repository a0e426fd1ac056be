"""What an arm selects on: the rows it may look at, and how they are divided."""

from __future__ import annotations

import numpy as np

from hpotrial.core import seeds
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.errors import DataError

Fold = tuple[np.ndarray, np.ndarray]


def divide(
    cv: CvSetting, y_train: np.ndarray, n_test: int, *, holdout_size: float, seed: int, train_share: float = 1.0
) -> list[Fold]:
    """Pairs of positions (fitted, scored) among the training rows, followed by the test rows where ``cv`` is ``test``.

    Positions are sorted. The scored ones do not depend on ``train_share``.

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
    train_share
        Share of a fold's fitted rows that its fits are given, the same rows each time, in (0, 1].

    Raises
    ------
    DataError
        If a class has fewer rows than there are folds, or would be left without a row by ``train_share``.
    """
    folds = _whole(cv, y_train, n_test, holdout_size, seed)
    if train_share == 1:
        return folds
    return [
        (_thinned(fitted, y_train, train_share, seed, number), scored) for number, (fitted, scored) in enumerate(folds)
    ]


def _whole(cv: CvSetting, y_train: np.ndarray, n_test: int, holdout_size: float, seed: int) -> list[Fold]:
    n = len(y_train)
    if cv.kind == "test":
        return [(np.arange(n), np.arange(n, n + n_test))]
    from sklearn.model_selection import StratifiedKFold, train_test_split

    state = seeds.of_folds(seed)
    smallest = int(np.bincount(y_train)[np.unique(y_train)].min())
    if smallest < max(cv.folds, 2):
        raise DataError(f"cv-setting {cv}: the smallest class has {smallest} training rows, fewer than the folds")
    if cv.kind == "holdout":
        try:
            fitted, scored = train_test_split(
                np.arange(n), test_size=holdout_size, stratify=y_train, random_state=state
            )
        except ValueError as error:
            raise DataError(f"cv-setting holdout: {holdout_size:g} of {n} rows cannot be drawn ({error})") from None
        return [(np.sort(fitted), np.sort(scored))]
    folds = StratifiedKFold(cv.folds, shuffle=True, random_state=state)
    return list(folds.split(np.zeros((n, 1)), y_train))


def _thinned(fitted: np.ndarray, y_train: np.ndarray, share: float, seed: int, number: int) -> np.ndarray:
    """A share of a fold's fitted positions, in the proportions of their classes."""
    from sklearn.utils import resample

    labels = y_train[fitted]
    state = seeds.of_rows(seed, "train_share", number)
    kept = resample(
        fitted, replace=False, n_samples=max(1, round(share * len(fitted))), stratify=labels, random_state=state
    )
    lost = np.setdiff1d(labels, y_train[kept])
    if len(lost):
        raise DataError(
            f"train_share {share:g} leaves {len(kept)} of the {len(fitted)} rows of a fit, and no row of class "
            f"{lost[0]}: give a larger share"
        )
    return np.sort(kept)
