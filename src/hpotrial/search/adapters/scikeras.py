"""SciKeras: a Keras model of a problem as a classifier that scales its rows, for the adapter of scikit-learn."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scikeras.utils.transformers import ClassifierLabelEncoder
from scikeras.wrappers import KerasClassifier
from sklearn.utils import ClassifierTags

from hpotrial.search.problem import Problem
from hpotrial.training.scaling import Standardizer

# SciKeras has parameters of these names itself
_OWN_PARAMETERS = ("epochs", "batch_size", "optimizer")


class ProblemClassifier(KerasClassifier):
    """A SciKeras classifier that scales inside each fold."""

    n_classes: int

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
        return ClassifierLabelEncoder(loss=self.loss, categories=[np.arange(self.n_classes)])

    def _train(self, X: Any, y: Any, **arguments: Any) -> None:
        KerasClassifier.fit(self, X, y, **arguments)
        self.scaler_ = self.feature_encoder_


def classifier(
    problem: Problem, build: Callable[[Mapping[str, Any]], Any], unset: Any, mixin: type, bound: Mapping[str, Any]
) -> Any:
    """The classifier of a problem; its parameters are the space's hyperparameters and fit's ``epochs, batch_size``.

    Parameters
    ----------
    problem
        What is searched.
    build
        Makes an untrained model of the classifier's parameters.
    unset
        The value of a parameter that was not set.
    mixin, bound
        A class whose ``fit`` and ``score`` come first, and the attributes that it needs.
    """
    names = [name for name in problem.space.names if name not in _OWN_PARAMETERS]

    def build_fn(params: dict[str, Any], **_: Any) -> Any:
        return build(params)

    # SciKeras hands over just what the signature names
    parameters = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in ("params", *names)]
    build_fn.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    # scikit-learn clones an estimator by its class and parameters, so what it is bound to belongs to the class
    bases = (mixin, ProblemClassifier)
    made = type("ProblemClassifier", bases, {**bound, "n_classes": problem.n_classes})
    complete = problem.complete({})
    defaults = dict.fromkeys(names, unset)
    return made(model=build_fn, epochs=complete["epochs"], batch_size=complete["batch_size"], verbose=0, **defaults)
