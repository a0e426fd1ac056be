"""What several runs say about one more, and about how many of many more."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class Prediction:
    """What several runs say about one more.

    Attributes
    ----------
    mean, sd
        Mean, and standard deviation of single runs.
    low, high
        The ends of the prediction interval.
    """

    mean: float | None
    sd: float | None
    low: float | None
    high: float | None


def prediction_interval(values: Sequence[float], confidence: float = 0.95) -> Prediction:
    """The interval that holds one new run's value with the given probability, if runs are normally distributed.

    Mean +- t(n - 1) * sd * sqrt(1 + 1/n), the spread of the new run and the uncertainty of the mean together
    (G. J. Hahn and W. Q. Meeker, Statistical Intervals, 1991, chapter 4). Below two values there is no interval.
    """
    n = len(values)
    if n < 2:
        return Prediction(float(values[0]) if n else None, None, None, None)
    mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
    half = float(special.stdtrit(n - 1, 0.5 + confidence / 2)) * sd * (1 + 1 / n) ** 0.5
    return Prediction(mean, sd, mean - half, mean + half)


def fewest_inside(n: int, confidence: float = 0.95, alpha: float = 0.05) -> int:
    """How many of ``n`` values must lie in their prediction intervals for their sources to be believed.

    The smallest count k with P(X <= k) > ``alpha``, X being binomial: fewer than k would be seen with a probability of
    at most ``alpha`` if each value lay in its own interval with probability ``confidence``, independently.
    """
    below_or_at = special.bdtr(np.arange(n + 1), n, confidence)
    return int(np.argmax(below_or_at > alpha))
