"""What a search hands back: a configuration, its score, and a fitted model where it has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hpotrial.core.space import Configuration


@dataclass(frozen=True)
class Predictor:
    """A fitted model with the scaling that belongs to it.

    Attributes
    ----------
    scaler : Standardizer
        Fitted on the rows that the model was fitted on.
    model : FittedModel
        With Keras's ``predict``.
    """

    scaler: Any
    model: Any

    def probabilities(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (rows, classes), of unscaled rows of shape (rows, ...)."""
        return np.asarray(self.model.predict(self.scaler.transform(X)))


@dataclass(frozen=True)
class Selection:
    """What a search settled on.

    Attributes
    ----------
    configuration : dict
        The chosen configuration: a value for each active hyperparameter.
    score : float
        Its selection score; greater is better.
    predictor : Predictor or None
        The search's own fitted model; None if it kept none, and a refit has to be scored.
    refitted : bool
        Whether ``predictor`` was fitted anew on all training rows.
    """

    configuration: Configuration
    score: float
    predictor: Predictor | None
    refitted: bool = False
