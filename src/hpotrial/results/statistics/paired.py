"""Paired differences, one per seed: tests and intervals that hold where they are skewed, Wilcoxon's test, effect sizes.

All functions take the differences a - b of pairs (or log ratios) as an array of shape (pairs,) without NaN.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

# differences of shares that are equal on paper differ by a few units in the last place
ROUNDING = 1e-12
# pairs up to which scipy's Wilcoxon test is exact where there are ties
FEW = 13


@dataclass(frozen=True)
class Paired:
    """What the tests need to know of paired differences.

    Attributes
    ----------
    n : int
        Number of pairs.
    mean, sd : float
        Mean of the differences and their standard deviation; NaN where there are too few.
    se : float
        Standard error of the mean: ``sd * sqrt(1 / n + correction)``.
    df : float
        Degrees of freedom, ``n - 1``.
    skewness : float
        Third central moment in standard deviations; 0 where shared rows are corrected for, whose pairs are no sample.
    """

    n: int
    mean: float
    sd: float
    se: float
    df: float
    skewness: float = 0.0


def checked(values: ArrayLike) -> np.ndarray:
    """The values as an array of floats, shape (n,).

    Raises
    ------
    ValueError
        If they have more than one dimension, or one of them is not a finite number.
    """
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ValueError(f"one finite number per pair is needed, got shape {array.shape}")
    return array


def constant(values: np.ndarray) -> bool:
    """Whether the values are equal up to the rounding of differences; false for none."""
    return bool(len(values)) and float(np.ptp(values)) <= ROUNDING * max(1.0, float(np.abs(values).max()))


def paired(differences: ArrayLike, *, correction: float = 0.0, resolution: float = 0.0) -> Paired:
    """Mean, spread and standard error of the differences.

    Parameters
    ----------
    differences : array-like
        Shape (pairs,).
    correction : float
        What the variance of the mean has beyond ``1 / n`` because the pairs share rows. Scores of random splits of the
        same rows are not independent: the corrected resampled t-test estimates the correlation of two splits by the
        share of rows that is scored, whence rows scored over rows fitted (C. Nadeau and Y. Bengio, Inference for the
        generalization error, Machine Learning 52, 2003, section 4).
    resolution : float
        The step in which the differences are counted, such as 1 / rows for accuracies. Their spread is taken to be at
        least that of rounding to it, ``resolution / sqrt(12)``: two seeds whose differences are equal to the row have
        not shown that no seed would differ.

    Raises
    ------
    ValueError
        If a difference is not finite.
    """
    values = checked(differences)
    n = len(values)
    mean = float(values.mean()) if n else float("nan")
    if n < 2:
        return Paired(n, mean, float("nan"), float("nan"), n - 1)
    sd = max(0.0 if constant(values) else float(values.std(ddof=1)), resolution / sqrt(12))
    skewness = float(np.mean((values - mean) ** 3)) / (sd**2 * (n - 1) / n) ** 1.5 if sd and not correction else 0.0
    return Paired(n, mean, sd, sd * sqrt(1 / n + correction), n - 1, skewness)


def one_sided(p: Paired, null: float = 0.0) -> tuple[float, float]:
    """P-values of two one-sided tests: for a mean above ``null``, and for a mean below it.

    Each is the larger of two p-values: that of Student's t, and that of t after Hall's transformation, which takes the
    skewness of the differences out of it (P. Hall, On the removal of skewness by transformation, Journal of the Royal
    Statistical Society B 54, 1992). A few skewed differences make Student's test reject too often on one side; the
    transformation mends that, and Student's test guards it where the skewness that is seen is chance. The simulation
    that this choice rests on is in docs/statistics.md.

    A difference that never varies is taken for a certain one: 0 for the side it is on and 1 for the other, or 1 for
    both where it is ``null``. Below two pairs both are NaN.
    """
    if p.n < 2:
        return float("nan"), float("nan")
    beyond = p.mean - null
    if p.se == 0:
        if abs(beyond) <= ROUNDING * max(1.0, abs(null)):
            return 1.0, 1.0
        return (0.0, 1.0) if beyond > 0 else (1.0, 0.0)
    both = [beyond / p.se, _unskewed(p, beyond)]
    return float(special.stdtr(p.df, -min(both))), float(special.stdtr(p.df, max(both)))


def _unskewed(p: Paired, beyond: float) -> float:
    """Hall's transformation of ``t = beyond / p.se``: a monotone cubic polynomial."""
    u, g = beyond / p.sd, p.skewness
    return p.sd / p.se * (u + g * u**2 / 3 + g**2 * u**3 / 27 + g / (6 * p.n))


def _skewed(p: Paired, t: float) -> float:
    """How far the mean is beyond what has ``t`` by Hall's transformation: its inverse."""
    root, g = p.sd / p.se, p.skewness
    if abs(g) < ROUNDING:
        return t * p.se
    return float(p.sd * 3 / g * (np.cbrt(1 + g * (t / root - g / (6 * p.n))) - 1))


def equivalence(p: Paired, low: float, high: float) -> float:
    """P-value of two one-sided tests for a mean between ``low`` and ``high``: the greater of the two.

    D. J. Schuirmann, A comparison of the two one-sided tests procedure and the power approach, Journal of
    Pharmacokinetics and Biopharmaceutics 15, 1987. NaN below two pairs.
    """
    return max(one_sided(p, low)[0], one_sided(p, high)[1]) if p.n >= 2 else float("nan")


def t_quantile(df: float, confidence: float) -> float:
    """How many standard errors Student's two-sided interval reaches to each side."""
    return float(special.stdtrit(df, 0.5 + confidence / 2))


def interval(p: Paired, confidence: float = 0.95) -> tuple[float, float]:
    """The means that :func:`one_sided` does not reject, each side at half of what ``confidence`` leaves.

    The union of Student's confidence interval and of the one by Hall's transformation; NaN below two pairs.
    """
    if p.n < 2:
        return float("nan"), float("nan")
    if p.se == 0:
        return p.mean, p.mean
    t = t_quantile(p.df, confidence)
    return p.mean - max(t * p.se, _skewed(p, t)), p.mean + max(t * p.se, -_skewed(p, -t))


def wilcoxon(differences: ArrayLike) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test of no difference, zeros left out.

    1 where all differences are zero, NaN below two pairs. Exact for few pairs, ties or not.
    """
    from scipy import stats

    # ranks see ties that rounding has torn apart
    values = np.round(checked(differences), 12)
    if len(values) < 2:
        return float("nan")
    if not values.any():
        return 1.0
    sizes = np.abs(values[values != 0])
    if len(values) > FEW or len(np.unique(sizes)) == len(values):
        return float(stats.wilcoxon(values).pvalue)
    # with ties scipy goes through all signs one by one, which takes it a second; signed ranks go all at once
    ranks = np.zeros(len(values))
    ranks[values != 0] = np.sign(values[values != 0]) * stats.rankdata(sizes)
    signs = stats.permutation_test(
        (ranks,), _sum_of_positive, permutation_type="samples", vectorized=True, n_resamples=np.inf
    )
    return float(signs.pvalue)


def _sum_of_positive(ranks: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.asarray(np.maximum(ranks, 0).sum(axis=axis))


def holm(p_values: ArrayLike) -> np.ndarray:
    """Holm's adjusted p-values, shape (hypotheses,): the family-wise error rate at which each is just rejected.

    A NaN stays NaN, and its hypothesis does not count (S. Holm, A simple sequentially rejective multiple test
    procedure, Scandinavian Journal of Statistics 6, 1979).
    """
    from statsmodels.stats.multitest import multipletests

    adjusted = np.array(p_values, dtype=float)
    tested = ~np.isnan(adjusted)
    if tested.any():
        adjusted[tested] = multipletests(adjusted[tested], method="holm")[1]
    return adjusted


def hedges_g(differences: ArrayLike) -> float:
    """Mean difference in standard deviations of the differences, corrected for the bias of few pairs.

    Hedges' factor in its exact form (L. V. Hedges, Distribution theory for Glass's estimator of effect size and related
    estimators, Journal of Educational Statistics 6, 1981). NaN below three pairs, and where a difference other than
    zero never varies.
    """
    p = paired(differences)
    if p.n < 3:
        return float("nan")
    if p.sd == 0:
        return 0.0 if abs(p.mean) <= ROUNDING else float("nan")
    log_factor = special.gammaln(p.df / 2) - special.gammaln((p.df - 1) / 2)
    return float(p.mean / p.sd * np.exp(log_factor) / sqrt(p.df / 2))


def probability_of_improvement(differences: ArrayLike) -> float:
    """Share of the pairs whose difference is above zero, a tie counting half; NaN for no pairs."""
    values = checked(differences)
    if not len(values):
        return float("nan")
    ties = np.abs(values) <= ROUNDING
    return float(np.mean(np.where(ties, 0.5, values > 0)))
