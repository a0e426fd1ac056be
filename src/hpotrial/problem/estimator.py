"""The problem's second face: a SciKeras classifier for scikit-learn's searches."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from scikeras.wrappers import KerasClassifier

from hpotrial.problem.problem import Predictor, Problem, Selection
from hpotrial.space import Configuration
from hpotrial.training.scaling import Standardizer
from hpotrial.trials import Cost, Trial, failed

_INACTIVE = "inactive"
# SciKeras has parameters of these names itself
_OWN_PARAMETERS = ("epochs", "batch_size", "optimizer")


class FoldRecorder:
    """Gathers the fits of one candidate, which scikit-learn makes one after another, into a trial."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.labels = np.zeros(0, np.int32)
        self._folds: list[tuple[float | None, Cost, Exception | None]] = []

    def add(self, configuration: Configuration, score: float | None, cost: Cost, error: Exception | None) -> None:
        """Add one fold's score or failure; the last fold completes the trial."""
        self._folds.append((score, cost, error))
        problem = self.problem
        if len(self._folds) < len(problem.folds):
            return
        total = sum((c for _, c, _ in self._folds), Cost())
        errors = [e for _, _, e in self._folds if e is not None]
        scores = tuple(s for s, _, _ in self._folds if s is not None)
        self._folds = []
        number, epochs = len(problem.trials), int(problem.complete(configuration)["epochs"])
        if errors:
            problem.record(failed(number, configuration, total, epochs, errors[0]))
        else:
            problem.record(Trial(number, configuration, float(np.mean(scores)), scores, total, epochs))


class ProblemClassifier(KerasClassifier):
    """A SciKeras classifier that scales inside each fold and has its fits recorded.

    A fit on all rows is the search's refit, not part of a trial.
    """

    recorder: FoldRecorder

    @property
    def feature_encoder(self) -> Standardizer:
        """SciKeras's place for scaling: fitted on the rows that ``fit`` is given, used by ``predict``."""
        return Standardizer()

    @property
    def configuration(self) -> Configuration:
        """The values that this estimator has for the space's active hyperparameters."""
        return _searched(self.recorder.problem, self.get_params(deep=False))

    @property
    def predictor(self) -> Predictor:
        """The fitted model with its scaling."""
        return Predictor(self.feature_encoder_, self.model_)

    def fit(self, X: Any, y: Any, **arguments: Any) -> ProblemClassifier:
        """Fit; a failure is recorded, and raised for the search to deal with."""
        recorder = self.recorder
        recorder.labels = np.asarray(y)
        try:
            super().fit(X, y, **arguments)
        except Exception as error:
            recorder.add(self.configuration, None, self._cost(), error)
            raise
        if len(X) == len(recorder.problem.y):
            recorder.problem.refit_epochs += self._cost().epochs
        return self

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy on a fold's rows, recorded."""
        value = float(super().score(X, y, sample_weight))
        self.recorder.add(self.configuration, value, self._cost(), None)
        return value

    def _cost(self) -> Cost:
        return self.model_.last_cost if hasattr(self, "model_") else Cost()


def _searched(problem: Problem, parameters: dict[str, Any]) -> Configuration:
    return {n: parameters[n] for n in problem.space.names if parameters.get(n, _INACTIVE) is not _INACTIVE}


def estimator(problem: Problem) -> ProblemClassifier:
    """The classifier of a problem; its parameters are the space's hyperparameters and fit's ``epochs, batch_size``."""
    recorder = FoldRecorder(problem)
    names = [name for name in problem.space.names if name not in _OWN_PARAMETERS]

    def build(params: dict[str, Any], **_: Any) -> Any:
        return problem.build_model(_searched(problem, params), recorder.labels)

    # SciKeras hands over just what the signature names
    parameters = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in ("params", *names)]
    build.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    # scikit-learn clones an estimator by its class and parameters, so what it is bound to belongs to the class
    bound = type("ProblemClassifier", (ProblemClassifier,), {"recorder": recorder})
    complete = problem.complete({})
    defaults = dict.fromkeys(names, _INACTIVE)
    return bound(model=build, epochs=complete["epochs"], batch_size=complete["batch_size"], verbose=0, **defaults)


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
