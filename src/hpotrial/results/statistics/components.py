"""Where scores vary: how far arms' true means are apart at all, and what new rows would add to what seeds show."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special

from hpotrial.results.statistics.paired import t_quantile

# of an interval that stands alone
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Spread:
    """How far the true means of several arms are spread, from runs of each on the same seeds.

    Attributes
    ----------
    arms, seeds : int
        What was compared.
    sd, high : float
        Standard deviation of the true means, and its one-sided upper confidence bound; 0 where the arms' means are no
        further apart than chance takes them.
    f, p : float
        The F test of equal means.
    """

    arms: int
    seeds: int
    sd: float
    high: float
    f: float
    p: float


def spread(scores: np.ndarray, confidence: float = CONFIDENCE) -> Spread | None:
    """The variance component of arms in a layout of seeds by arms, one score in each cell.

    Seeds are blocks, so that what a split does to all arms alike is no spread of arms. The bound is the usual one for
    the ratio of two mean squares (S. R. Searle, G. Casella and C. E. McCulloch, Variance Components, 1992, section
    3.6); it takes differences for normal, and as spread and correlated for one pair of arms as for another.

    Parameters
    ----------
    scores : ndarray
        Shape (seeds, arms), without NaN. None is returned below two seeds or three arms, and without any variation.
    confidence : float
        Of the bound.
    """
    n, arms = scores.shape
    if n < 2 or arms < 3:
        return None
    residuals = scores - scores.mean(axis=0) - scores.mean(axis=1, keepdims=True) + scores.mean()
    df = (arms - 1, (arms - 1) * (n - 1))
    between, within = n * scores.mean(axis=0).var(ddof=1), float(np.sum(residuals**2)) / df[1]
    if within <= 0:
        return None
    f = float(between / within)

    def component(ratio: float) -> float:
        return sqrt(max(0.0, ratio - 1) * within / n)

    least = float(special.fdtri(*df, 1 - confidence))
    return Spread(arms, n, component(f), component(f / least), f, float(special.fdtrc(*df, f)))


def crossed_interval(differences: np.ndarray, confidence: float = CONFIDENCE) -> tuple[float, float] | None:
    """An interval of a mean difference for new rows of the same source, from which rows were right in each seed.

    A difference is the mean, and an effect of the seed, one of the row, and the rest. Between seeds all but the row's
    varies anew, and is in their spread; the row's variance is the covariance of two seeds on the rows that both scored.
    To the variance over seeds comes what the rows' effects add for being met more than once (crossed random effects:
    A. B. Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007). What the rows that are trained on have
    of their own is not in it: they are the same for all seeds, and nothing here tells how others would do.

    Parameters
    ----------
    differences : ndarray
        Shape (seeds, rows), NaN where a seed did not score a row; each seed scores some.
    confidence : float
        Of the interval.

    Returns
    -------
    tuple of float or None
        Its ends; None below two seeds, or where no two of them share a row.
    """
    n = len(differences)
    if n < 2:
        return None
    scored = ~np.isnan(differences)
    means = np.nanmean(differences, axis=1)
    centred = np.where(scored, differences - means[:, None], 0.0)
    met = scored.sum(axis=0)
    shared = float(np.sum(met * (met - 1.0)))
    if not shared:
        return None
    of_rows = max(0.0, float(np.sum(centred.sum(axis=0) ** 2) - np.sum(centred**2)) / shared)
    # each seed's mean weighs alike: a row weighs what the seeds that met it give it
    weights = scored / scored.sum(axis=1, keepdims=True) / n
    again = float(np.sum(weights.sum(axis=0) ** 2) - np.sum(weights**2))
    se = sqrt(means.var(ddof=1) / n + of_rows * again)
    half = t_quantile(n - 1, confidence) * se
    return float(means.mean() - half), float(means.mean() + half)
