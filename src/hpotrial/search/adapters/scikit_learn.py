"""What scikit-learn's searches do to a problem, told trial by trial: its folds gathered, its result read."""

from __future__ import annotations

from typing import Any

import numpy as np

from hpotrial.core.records import Cost, NotFiniteLoss, Trial, cut, failed
from hpotrial.core.space import Configuration
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Selection

FoldResult = tuple[float | None, Cost, Exception | None]


class FoldRecorder:
    """Gathers the fits of one candidate, which scikit-learn makes one after another, into a trial.

    Attributes
    ----------
    labels
        The labels of the rows of the latest fit, which decide its seed.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.labels = np.zeros(0, np.int32)
        self._folds: list[FoldResult] = []

    @property
    def refits(self) -> bool:
        """Whether the latest fit was on all rows: the search's refit, no part of a trial."""
        return len(self.labels) == len(self.problem.y)

    def scored(self, configuration: Configuration, epochs: int, score: float, cost: Cost) -> float:
        """Add one fold's score; the last fold completes the trial.

        Parameters
        ----------
        epochs
            Asked of the fit.

        Raises
        ------
        NotFiniteLoss
            If the score is not a number, which is recorded as a failure.
        """
        try:
            self.problem.require_numbers(score)
        except NotFiniteLoss as error:
            self.failed(configuration, epochs, cost, error)
            raise
        self._add(configuration, epochs, (score, cost, None))
        return score

    def failed(self, configuration: Configuration, epochs: int, cost: Cost, error: Exception) -> None:
        """Add one fold's failure; the last fold completes the trial."""
        self._add(configuration, epochs, (None, cost, error))

    def cut(self, configuration: Configuration, epochs: int, cost: Cost) -> None:
        """The arm's budget ended in this fold: the trial is recorded as cut, unless nothing of it was trained."""
        total = sum((c for _, c, _ in self._folds), cost)
        self._folds = []
        if total.fits:
            self.problem.record(cut(len(self.problem.trials), configuration, total, epochs))

    def _add(self, configuration: Configuration, epochs: int, fold: FoldResult) -> None:
        self._folds.append(fold)
        problem = self.problem
        if len(self._folds) < len(problem.folds):
            return
        total = sum((c for _, c, _ in self._folds), Cost())
        errors = [e for _, _, e in self._folds if e is not None]
        scores = tuple(s for s, _, _ in self._folds if s is not None)
        self._folds = []
        number = len(problem.trials)
        if errors:
            problem.record(failed(number, configuration, total, epochs, errors[0]))
        else:
            problem.record(Trial(number, configuration, float(np.mean(scores)), scores, total, epochs))


def run_search(searcher: Any, problem: Problem) -> Selection | None:
    """Fit a scikit-learn search on the problem's rows; its refitted best estimator is the selection.

    None if every fit failed, which scikit-learn says with a ValueError.
    """
    try:
        searcher.fit(problem.X, problem.y)
    except ValueError:
        if any(trial.ok for trial in problem.trials):
            raise
        return None
    best = searcher.best_estimator_
    return Selection(best.configuration, float(searcher.best_score_), best.predictor, refitted=True)
