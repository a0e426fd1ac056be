"""The problem's second face: a SciKeras classifier for scikit-learn's searches."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from scikeras.utils.transformers import ClassifierLabelEncoder
from scikeras.wrappers import KerasClassifier
from sklearn.utils import ClassifierTags

from hpotrial.problem.fold_recorder import FoldRecorder
from hpotrial.problem.problem import Problem
from hpotrial.problem.selection import Predictor
from hpotrial.space import Configuration
from hpotrial.training.scaling import Standardizer
from hpotrial.trials import BudgetSpent, Cost

_INACTIVE = "inactive"
# SciKeras has parameters of these names itself
_OWN_PARAMETERS = ("epochs", "batch_size", "optimizer")


class ProblemClassifier(KerasClassifier):
    """A SciKeras classifier that scales inside each fold and has its fits recorded.

    A fit on all rows is the search's refit, not part of a trial.
    """

    recorder: FoldRecorder

    def __sklearn_tags__(self) -> Any:
        """scikit-learn's description of an estimator; SciKeras 0.13 forgets to say in it that this is a classifier."""
        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        return tags

    @property
    def feature_encoder(self) -> Standardizer:
        """SciKeras's place for scaling: fitted on the rows that ``fit`` is given, used by ``predict``."""
        return Standardizer()

    @property
    def target_encoder(self) -> ClassifierLabelEncoder:
        """SciKeras's place for class codes: all of the problem's, even where the rows that are fitted lack one."""
        return ClassifierLabelEncoder(loss=self.loss, categories=[np.arange(self.recorder.problem.n_classes)])

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
        except BudgetSpent:
            recorder.cut(self.configuration, self._epochs(), self._cost())
            raise
        except Exception as error:
            recorder.failed(self.configuration, self._epochs(), self._cost(), error)
            raise
        if len(X) == len(recorder.problem.y):
            recorder.problem.refit_epochs += self._cost().epochs
        return self

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The selecting metric on a fold's rows, recorded."""
        value = self.recorder.problem.score(self.predictor.probabilities(X), np.asarray(y))
        return self.recorder.scored(self.configuration, self._epochs(), value, self._cost())

    def _epochs(self) -> int:
        return int(self.get_params(deep=False)["epochs"])

    def _cost(self) -> Cost:
        return self.model_.last_cost if hasattr(self, "model_") else Cost()


def _searched(problem: Problem, parameters: dict[str, Any]) -> Configuration:
    return {n: parameters[n] for n in problem.space.names if parameters.get(n, _INACTIVE) is not _INACTIVE}


def estimator(problem: Problem) -> ProblemClassifier:
    """The classifier of a problem; its parameters are the space's hyperparameters and fit's ``epochs, batch_size``."""
    recorder = FoldRecorder(problem)
    names = [name for name in problem.space.names if name not in _OWN_PARAMETERS]

    def build(params: dict[str, Any], **_: Any) -> Any:
        model = problem.build_model(_searched(problem, params), recorder.labels)
        model.budgeted = len(recorder.labels) < len(problem.y)
        return model

    # SciKeras hands over just what the signature names
    parameters = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in ("params", *names)]
    build.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    # scikit-learn clones an estimator by its class and parameters, so what it is bound to belongs to the class
    bound = type("ProblemClassifier", (ProblemClassifier,), {"recorder": recorder})
    complete = problem.complete({})
    defaults = dict.fromkeys(names, _INACTIVE)
    return bound(model=build, epochs=complete["epochs"], batch_size=complete["batch_size"], verbose=0, **defaults)
