"""The problem's second face for a model that is scikit-learn's own: a classifier for scikit-learn's searches."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from hpotrial import models
from hpotrial.search.adapters.recorded_classifier import INACTIVE, RecordedClassifier
from hpotrial.search.adapters.scikit_learn import FoldRecorder
from hpotrial.search.problem import Problem
from hpotrial.training.scaling import Standardizer


class SklearnProblemClassifier(RecordedClassifier, ClassifierMixin, BaseEstimator):
    """Builds the problem's model, scales inside each fold, and has its fits recorded."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """Class probabilities, shape (rows, classes)."""
        return self.predictor.probabilities(np.asarray(X))

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class codes, shape (rows,)."""
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]

    def _train(self, X: Any, y: Any, **arguments: Any) -> None:
        problem, rows = self.recorder.problem, np.asarray(X)
        self.classes_ = np.arange(problem.n_classes)
        self.scaler_ = Standardizer().fit(rows)
        self.model_ = problem.build_model(self.configuration, y)
        self.model_.budgeted = not self.recorder.refits
        self.model_.fit(self.scaler_.transform(rows), y, epochs=self._epochs(), **arguments)


def sklearn_estimator(problem: Problem) -> SklearnProblemClassifier:
    """The classifier of a problem whose model is scikit-learn's.

    Its parameters are the space's hyperparameters and the one that says how long a fit trains.
    """
    epochs_name = models.epochs_name(problem.model)
    defaults = dict.fromkeys(problem.space.names, INACTIVE)
    if epochs_name not in defaults:
        defaults[epochs_name] = problem.complete({})[epochs_name]

    def initialise(self: Any, **parameters: Any) -> None:
        vars(self).update({**defaults, **parameters})

    # scikit-learn reads an estimator's parameters from the signature, and clones by class and parameters, so that what
    # the estimator is bound to belongs to the class
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    named = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=v) for n, v in defaults.items()]
    initialise.__signature__ = inspect.Signature([own, *named])  # type: ignore[attr-defined]
    bound = {"__init__": initialise, "recorder": FoldRecorder(problem)}
    return type("SklearnProblemClassifier", (SklearnProblemClassifier,), bound)()
