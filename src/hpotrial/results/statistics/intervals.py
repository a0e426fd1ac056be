"""Intervals: of a mean, for one more run, and a posterior against a margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike

from hpotrial.results.statistics.paired import paired, t_quantile


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> tuple[int, float, float, float]:
    """Number, mean, and lower and upper end of the Student t-interval of the mean of the values that are not NaN.

    The ends are NaN for fewer than two values, the mean for none.
    """
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    if not len(known):
        return 0, np.nan, np.nan, np.nan
    mean = float(known.mean())
    if len(known) == 1:
        return 1, mean, np.nan, np.nan
    half = float(t_quantile(len(known) - 1, confidence) * known.std(ddof=1) / np.sqrt(len(known)))
    return len(known), mean, mean - half, mean + half


@dataclass(frozen=True)
class Prediction:
    """What several runs say about one more.

    Attributes
    ----------
    mean, sd : float or None
        Mean, and standard deviation of single runs.
    low, high : float or None
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
    half = t_quantile(n - 1, confidence) * sd * (1 + 1 / n) ** 0.5
    return Prediction(mean, sd, mean - half, mean + half)


def rope(differences: ArrayLike, margin: float, *, centre: float = 0.0, correction: float = 0.0) -> dict[str, float]:
    """Posterior probabilities that the mean difference is below, within and above ``centre`` +- ``margin``.

    The posterior is Student's t round the mean difference, from an uninformative prior (A. Benavoli, G. Corani,
    J. Demsar and M. Zaffalon, Time for a change, Journal of Machine Learning Research 18, 2017, section 3), computed by
    baycomp. Its ``CorrelatedTTest`` is for folds of a cross-validation and always adds their correlation,
    ``1 / (n / runs - 1)``, to the variance of the mean, which no number of runs makes zero: that is its posterior with
    this ``correction``. Pairs of independent seeds have none.

    Parameters
    ----------
    differences : array-like
        a - b of each pair, shape (pairs,), without NaN.
    margin, centre : float
        Half the width of the region (0 or more), and its middle.
    correction : float
        As of :func:`hpotrial.results.statistics.paired.paired`.

    Returns
    -------
    dict
        ``worse``, ``equal`` and ``better``, which sum to 1; NaN below two pairs. Where the differences never vary the
        posterior is a point, and a point on the region's border is within it.

    Raises
    ------
    ValueError
        If a difference is not finite.
    """
    p = paired(differences, correction=correction)
    if p.n < 2:
        return dict.fromkeys(("worse", "equal", "better"), nan)
    from baycomp.single import Posterior

    # without a region baycomp gives two probabilities
    width = max(float(margin), np.finfo(float).tiny)
    # ends that are equal on paper are equal: a mean of shares is off by rounding
    mean = round(p.mean - centre, 12) if p.sd == 0 else p.mean - centre
    worse, equal, better = (float(share) for share in Posterior(mean, p.se**2, p.df, width).probs())
    return {"worse": worse, "equal": min(max(equal, 0.0), 1.0), "better": better}
