"""What a search ends with: a configuration, its score, and a fitted model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hpotrial.core.space import Configuration


@dataclass(frozen=True)
class Predictor:
    """A fitted model with the scaling that belongs to it."""

    scaler: Any
    model: Any

    def probabilities(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (rows, classes), of unscaled rows."""
        return np.asarray(self.model.predict(self.scaler.transform(X)))


@dataclass(frozen=True)
class Selection:
    """What a search settled on.

    Attributes
    ----------
    configuration
        The chosen configuration.
    score
        Its selection score.
    predictor
        The search's own fitted model; None if it kept none, and a refit has to be scored.
    refitted
        Whether ``predictor`` was fitted anew on all training rows.
    """

    configuration: Configuration
    score: float
    predictor: Predictor | None
    refitted: bool = False
