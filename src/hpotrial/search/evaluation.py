"""The problem's first face at work: one configuration, fitted and scored fold by fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpotrial.core.records import OK, PRUNED, BudgetSpent, Cost, Trial, cut, failed
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Predictor


@dataclass(frozen=True)
class FoldFit:
    """One fit of a trial: its model, its score on the fold's scored rows, the epoch whose weights were kept (or -1),
    and whether a pruner ended it."""

    predictor: Predictor
    score: float
    best_epoch: int = -1
    pruned: bool = False


def evaluate(
    problem: Problem, configuration: Mapping[str, Any], epochs: int | None, callbacks: Sequence[Any]
) -> tuple[Trial, Predictor | None]:
    """The trial that a configuration makes, not yet recorded, and its model where there is one fold.

    Parameters
    ----------
    problem, configuration, epochs, callbacks
        As in ``Problem.evaluate``.

    Raises
    ------
    BudgetSpent
        If nothing is left of the arm's budget before the first fit; a trial that it ends later has status ``cut``.
    """
    number, asked = len(problem.trials), problem.epochs_of(configuration) if epochs is None else epochs
    settled, cost, fits = dict(configuration), Cost(), []
    try:
        for fold in range(len(problem.folds)):
            mark = len(problem.meter.costs)
            try:
                fits.append(_fit_fold(problem, fold, configuration, asked, callbacks))
            finally:
                cost = sum(problem.meter.costs[mark:], cost)
        scores = tuple(fit.score for fit in fits)
        problem.require_numbers(scores)
    except BudgetSpent:
        if not cost.fits:
            raise
        return cut(number, settled, cost, asked), None
    except Exception as error:
        return failed(number, settled, cost, asked, error), None
    kept = fits[0].best_epoch if len(fits) == 1 else -1
    status = PRUNED if any(fit.pruned for fit in fits) else OK
    trial = Trial(number, settled, float(np.mean(scores)), scores, cost, asked, kept, status)
    return trial, fits[0].predictor if len(fits) == 1 else None


def _fit_fold(
    problem: Problem, number: int, configuration: Mapping[str, Any], epochs: int, callbacks: Sequence[Any]
) -> FoldFit:
    scaler, X, y, X_scored, y_scored = problem.scaled_fold(number)
    model = problem.build_model(configuration, y)
    predictor = Predictor(scaler, model)
    arguments: dict[str, Any] = {"epochs": epochs, **problem.fit_arguments(configuration)}
    listeners: list[Any] = []
    if problem.library == "keras" and problem.validates_in_fit:
        listeners = [*problem.listeners(X_scored, y_scored), *callbacks]
        arguments |= {"validation_data": (X_scored, y_scored), "callbacks": listeners}
    history = model.fit(X, y, **arguments).history
    if "validation_data" not in arguments:
        return FoldFit(predictor, problem.score(model.predict(X_scored), y_scored))
    pruned = any(getattr(callback, "pruned", False) for callback in callbacks)
    from hpotrial.training.callbacks import BestEpoch

    for kept in listeners:
        if isinstance(kept, BestEpoch):
            return FoldFit(predictor, float(kept.value), kept.epoch, pruned)
    return FoldFit(predictor, float(history[problem.monitor][-1]), -1, pruned)
