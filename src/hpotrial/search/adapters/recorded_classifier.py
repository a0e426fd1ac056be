"""What the problem's classifiers share, whichever library makes the model: their fits and scores become trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from hpotrial import models
from hpotrial.core.records import BudgetSpent, Cost
from hpotrial.core.space import Configuration
from hpotrial.search.adapters.scikit_learn import FoldRecorder
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Predictor

# the value of a hyperparameter whose condition does not hold
INACTIVE = "inactive"


class RecordedClassifier:
    """Mixin for a classifier that scikit-learn's searches fit and score; what they do becomes the problem's trials.

    Its parameters are the space's hyperparameters, and the one that says how long a fit trains. ``_train`` sets
    ``scaler_`` and ``model_``. A fit on all rows is the search's refit, no part of a trial: if it fails, so does the
    search.
    """

    recorder: FoldRecorder
    scaler_: Any
    model_: Any

    @property
    def configuration(self) -> Configuration:
        """The values that this classifier has for the space's active hyperparameters."""
        return active(self.recorder.problem, self._parameters())

    @property
    def predictor(self) -> Predictor:
        """The fitted model with its scaling."""
        return Predictor(self.scaler_, self.model_)

    def fit(self, X: Any, y: Any, **arguments: Any) -> Self:
        """Fit rows of shape (rows, ...) and their class codes.

        Whatever ends a fold's fit is recorded, and raised for the search to deal with; what ends the refit is raised.
        """
        recorder = self.recorder
        recorder.labels = np.asarray(y)
        try:
            self._train(X, y, **arguments)  # type: ignore[attr-defined]
        except BudgetSpent:
            recorder.cut(self.configuration, self._epochs(), self._cost())
            raise
        except Exception as error:
            if not recorder.refits:
                recorder.failed(self.configuration, self._epochs(), self._cost(), error)
            raise
        if recorder.refits:
            recorder.problem.refit_epochs += self._cost().epochs
        return self

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The selecting metric on a fold's rows, recorded."""
        value = self.recorder.problem.score(self.predictor.probabilities(np.asarray(X)), np.asarray(y))
        return self.recorder.scored(self.configuration, self._epochs(), value, self._cost())

    def _parameters(self) -> dict[str, Any]:
        return self.get_params(deep=False)  # type: ignore[attr-defined]

    def _epochs(self) -> int:
        """Epochs that a fit asks for."""
        problem = self.recorder.problem
        asked = self._parameters()[models.epochs_name(problem.model)]
        return problem.epochs_of({}) if asked is INACTIVE else int(asked)

    def _cost(self) -> Cost:
        return self.model_.last_cost if hasattr(self, "model_") else Cost()


def active(problem: Problem, parameters: Mapping[str, Any]) -> Configuration:
    """The configuration that a classifier's parameters stand for."""
    return {n: parameters[n] for n in problem.space.names if parameters.get(n, INACTIVE) is not INACTIVE}
