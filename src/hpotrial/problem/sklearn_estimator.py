"""The problem's second face for a model that is scikit-learn's own: a classifier for scikit-learn's searches."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from hpotrial import models
from hpotrial.problem.fold_recorder import FoldRecorder
from hpotrial.problem.problem import Problem
from hpotrial.problem.selection import Predictor
from hpotrial.space import Configuration
from hpotrial.training.scaling import Standardizer
from hpotrial.trials import BudgetSpent, Cost

# the value of a hyperparameter whose condition does not hold
_INACTIVE = "inactive"


class SklearnProblemClassifier(ClassifierMixin, BaseEstimator):
    """Builds the problem's model, scales inside each fold, and has its fits recorded.

    A fit on all rows is the search's refit, not part of a trial.
    """

    recorder: FoldRecorder
    epochs_name: str

    @property
    def configuration(self) -> Configuration:
        """The values that this estimator has for the space's active hyperparameters."""
        given = self.get_params(deep=False)
        names = self.recorder.problem.space.names
        return {name: given[name] for name in names if given[name] is not _INACTIVE}

    @property
    def predictor(self) -> Predictor:
        """The fitted model with its scaling."""
        return Predictor(self.scaler_, self.model_)

    def fit(self, X: Any, y: Any) -> SklearnProblemClassifier:
        """Fit rows of shape (rows, ...) and their class codes; a failure is recorded, and raised for the search."""
        problem, refits = self.recorder.problem, len(X) == len(self.recorder.problem.y)
        self.classes_ = np.arange(problem.n_classes)
        try:
            self.scaler_ = Standardizer().fit(np.asarray(X))
            self.model_ = problem.build_model(self.configuration, y)
            self.model_.budgeted = not refits
            self.model_.fit(self.scaler_.transform(np.asarray(X)), y, epochs=self._epochs())
        except BudgetSpent:
            self.recorder.cut(self.configuration, self._epochs(), self._cost())
            raise
        except Exception as error:
            if not refits:
                self.recorder.failed(self.configuration, self._epochs(), self._cost(), error)
            raise
        if refits:
            problem.refit_epochs += self._cost().epochs
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Class probabilities, shape (rows, classes)."""
        return self.predictor.probabilities(np.asarray(X))

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class codes, shape (rows,)."""
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The selecting metric on a fold's rows, recorded."""
        value = self.recorder.problem.score(self.predict_proba(X), np.asarray(y))
        return self.recorder.scored(self.configuration, self._epochs(), value, self._cost())

    def _epochs(self) -> int:
        asked = getattr(self, self.epochs_name)
        return self.recorder.problem.epochs_of({}) if asked is _INACTIVE else int(asked)

    def _cost(self) -> Cost:
        return self.model_.last_cost if hasattr(self, "model_") else Cost()


def sklearn_estimator(problem: Problem) -> SklearnProblemClassifier:
    """The classifier of a problem whose model is scikit-learn's.

    Its parameters are the space's hyperparameters and the one that says how long a fit trains.
    """
    epochs_name = models.epochs_name(problem.model)
    defaults = dict.fromkeys(problem.space.names, _INACTIVE)
    if epochs_name not in defaults:
        defaults[epochs_name] = problem.complete({})[epochs_name]

    def initialise(self: Any, **parameters: Any) -> None:
        vars(self).update({**defaults, **parameters})

    # scikit-learn reads an estimator's parameters from the signature, and clones by class and parameters, so that what
    # the estimator is bound to belongs to the class
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    named = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=v) for n, v in defaults.items()]
    initialise.__signature__ = inspect.Signature([own, *named])  # type: ignore[attr-defined]
    bound = {"__init__": initialise, "recorder": FoldRecorder(problem), "epochs_name": epochs_name}
    return type("SklearnProblemClassifier", (SklearnProblemClassifier,), bound)()
