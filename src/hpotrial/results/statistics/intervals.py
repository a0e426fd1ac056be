"""The bootstrap interval of a mean difference."""

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from hpotrial.core import seeds
from hpotrial.results.statistics.paired import checked, constant

# beyond this tail no resample lies, and scipy's BCa would lose it to rounding
SMALLEST_TAIL = 1e-12


def expanded(confidence: float, n: int) -> float:
    """The level to ask of a percentile interval of the mean of ``n`` values so that it covers as often as Student's.

    Resampling draws from a distribution that is too narrow by the factor ``sqrt((n - 1) / n)`` and does not know that
    the spread is estimated; Hesterberg asks for the quantile that makes up for both: each tail becomes
    ``Phi(-sqrt(n / (n - 1)) * t)``, t being Student's quantile (T. C. Hesterberg, What teachers should know about the
    bootstrap, The American Statistician 69, 2015, section 3.3). For 0.95 and 10 values: 0.983.
    """
    t = special.stdtrit(n - 1, 0.5 + confidence / 2)
    tail = max(float(special.ndtr(-sqrt(n / (n - 1)) * t)), SMALLEST_TAIL)
    return 1 - 2 * tail


def bca(
    values: ArrayLike, confidence: float = 0.95, seed: int = seeds.BOOTSTRAP, resamples: int = 9999
) -> tuple[float, float]:
    """Bias-corrected and accelerated bootstrap interval of the mean, at Hesterberg's expanded level.

    Plain BCa covers about 91 % where it says 95 % for ten values; expanded as :func:`expanded` tells it covers 93 to
    97 % for ten and for thirty (`tests/statistics/test_coverage.py`). No resampled mean lies outside the values, so for
    fewer than six values no bootstrap interval covers as often as it says. Equal seeds give equal intervals.

    Parameters
    ----------
    values
        Shape (n,), without NaN.
    confidence
        How often the interval shall cover the mean.
    seed, resamples
        Of the random resamples, and how many there are.

    Returns
    -------
    tuple
        The lower and the upper end: NaN below two values, the mean twice where the values are equal.

    Raises
    ------
    ValueError
        If a value is not finite.
    """
    array = checked(values)
    n = len(array)
    if n < 2:
        return float("nan"), float("nan")
    if constant(array):
        return float(array.mean()), float(array.mean())
    from scipy import stats

    interval = stats.bootstrap(
        (array,),
        np.mean,
        confidence_level=expanded(confidence, n),
        n_resamples=resamples,
        method="BCa",
        vectorized=True,
        rng=seeds.generator(seed),
    ).confidence_interval
    return float(interval.low), float(interval.high)
