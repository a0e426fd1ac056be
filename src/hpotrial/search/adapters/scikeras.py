"""The problem's second face: a SciKeras classifier for scikit-learn's searches."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from scikeras.utils.transformers import ClassifierLabelEncoder
from scikeras.wrappers import KerasClassifier
from sklearn.utils import ClassifierTags

from hpotrial.search.adapters.recorded_classifier import INACTIVE, RecordedClassifier, active
from hpotrial.search.adapters.scikit_learn import FoldRecorder
from hpotrial.search.problem import Problem
from hpotrial.training.scaling import Standardizer

# SciKeras has parameters of these names itself
_OWN_PARAMETERS = ("epochs", "batch_size", "optimizer")


class ProblemClassifier(RecordedClassifier, KerasClassifier):
    """A SciKeras classifier that scales inside each fold and has its fits recorded."""

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

    def _train(self, X: Any, y: Any, **arguments: Any) -> None:
        KerasClassifier.fit(self, X, y, **arguments)
        self.scaler_ = self.feature_encoder_


def estimator(problem: Problem) -> ProblemClassifier:
    """The classifier of a problem; its parameters are the space's hyperparameters and fit's ``epochs, batch_size``."""
    recorder = FoldRecorder(problem)
    names = [name for name in problem.space.names if name not in _OWN_PARAMETERS]

    def build(params: dict[str, Any], **_: Any) -> Any:
        model = problem.build_model(active(problem, params), recorder.labels)
        model.budgeted = not recorder.refits
        return model

    # SciKeras hands over just what the signature names
    parameters = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in ("params", *names)]
    build.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    # scikit-learn clones an estimator by its class and parameters, so what it is bound to belongs to the class
    bound = type("ProblemClassifier", (ProblemClassifier,), {"recorder": recorder})
    complete = problem.complete({})
    defaults = dict.fromkeys(names, INACTIVE)
    return bound(model=build, epochs=complete["epochs"], batch_size=complete["batch_size"], verbose=0, **defaults)
