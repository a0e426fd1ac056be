"""What a number of seeds can show: power, detectable differences, and the seeds that a conclusion needs.

Exact for Student's t and normally distributed differences of known spread ``sd``. Levels are those of one test: a
family's correction must be in ``alpha`` already. What guarding against skewness costs beside is :func:`guard`.
"""

from collections.abc import Callable, Sequence
from functools import cache
from math import inf, isnan, nan, sqrt

import numpy as np
from scipy import special

from hpotrial.core import seeds
from hpotrial.results.statistics.paired import ROUNDING

MIN_SEEDS, MAX_SEEDS = 2, 100_000
# of each part of an integral over the spread that is found
NODES = 100
# normal samples whose skewness is all chance, and pairs from which on the guard against it costs nothing
SAMPLES, MANY = 20_000, 200
# standard errors within which a normal probability goes from 0 to 1
STEEP = 8.0


def power_of_difference(
    sd: float, effect: float, n: int, alpha: float, *, sides: int = 2, correction: float = 0.0
) -> float:
    """Probability that Student's paired t-test at level ``alpha`` rejects the mean 0, the true mean being ``effect``.

    Parameters
    ----------
    sd : float
        True standard deviation of a difference.
    effect : float
        True mean difference; with one side, positive is what the test looks for.
    n : int
        Pairs; below two the power is 0.
    sides : int
        2, or 1 for a test against greater.
    correction : float
        As of :func:`hpotrial.results.statistics.paired.paired`; exact if it is the true excess of the mean's variance.
    """
    if n < MIN_SEEDS:
        return 0.0
    if sd <= ROUNDING:
        return float((effect if sides == 1 else abs(effect)) > ROUNDING)
    from statsmodels.stats.power import TTestPower

    worth = 1 / (1 / n + correction)
    alternative = "larger" if sides == 1 else "two-sided"
    found = float(TTestPower().power(effect / sd, worth, alpha, df=n - 1, alternative=alternative))
    if not isnan(found):
        return found
    # scipy's noncentral t gives up where an effect is many standard errors
    t, away = -float(special.stdtrit(n - 1, alpha / sides)), effect / sd * sqrt(worth)
    return _over_spread(
        n - 1,
        lambda spread: special.ndtr(away - t * spread) + (sides - 1) * special.ndtr(-away - t * spread),
        [(abs(away) + far) / t for far in (-STEEP, 0, STEEP)],
    )


def detectable(sd: float, n: int, alpha: float, power: float, *, sides: int = 2, correction: float = 0.0) -> float:
    """Smallest mean difference that ``n`` pairs find with probability ``power`` (above ``alpha``); NaN below two pairs.

    Parameters are those of :func:`power_of_difference`.
    """
    if n < MIN_SEEDS or isnan(sd):
        return nan
    if sd <= ROUNDING:
        return 0.0
    from scipy import optimize

    def lacking(effect: float) -> float:
        return power_of_difference(sd, effect, n, alpha, sides=sides, correction=correction) - power

    high = sd * sqrt(1 / n + correction)
    while lacking(high) < 0:
        high *= 2
    return float(optimize.brentq(lacking, 0.0, high, xtol=1e-12 * high, rtol=1e-12))


def power_of_equivalence(
    sd: float, margin: float, n: int, alpha: float, *, true_difference: float = 0.0, sides: int = 2
) -> float:
    """Probability that two one-sided t-tests at level ``alpha`` find the mean within +- ``margin``.

    The true mean is ``true_difference``. With ``sides`` 1, that the one test finds the mean below ``margin``. The
    probability given the spread that is found is normal, and is integrated over that spread's distribution: what Owen's
    Q-functions give (K. F. Phillips, Power of the two one-sided tests procedure in bioequivalence, Journal of
    Pharmacokinetics and Biopharmaceutics 18, 1990).
    """
    if sides == 1:
        return power_of_difference(sd, margin - true_difference, n, alpha, sides=1)
    if n < MIN_SEEDS:
        return 0.0
    if sd <= ROUNDING:
        return float(abs(true_difference) < margin)
    t, width, away = -float(special.stdtrit(n - 1, alpha)), margin / sd * sqrt(n), true_difference / sd * sqrt(n)

    def inside(spread: np.ndarray) -> np.ndarray:
        room = width - t * spread
        return np.asarray(special.ndtr(room - away) - special.ndtr(-room - away))

    steps = [(width - abs(away) + far) / t for far in (-STEEP, 0, STEEP)]
    return _over_spread(n - 1, inside, steps, width / t if t > 0 else inf)


@cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    """Of Gauss-Legendre integration from 0 to 1, and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (nodes + 1) / 2, weights / 2


def _over_spread(
    df: int, given: Callable[[np.ndarray], np.ndarray], steps: Sequence[float], most: float = inf
) -> float:
    """Expectation of ``given(s)`` where s is below ``most``, s the spread that is found, in units of the true one.

    ``df * s**2`` has the chi-square distribution with ``df`` degrees of freedom. ``steps`` are where ``given`` may be
    steep: the integral is cut there.
    """
    low, high = (sqrt(float(special.chdtri(df, tail)) / df) for tail in (1 - 1e-15, 1e-15))
    high = min(high, most)
    if high <= low:
        return 0.0
    edges = np.unique(np.clip([low, *steps, high], low, high))
    nodes, weights = _nodes()
    widths = np.diff(edges)[:, None]
    spread = edges[:-1, None] + widths * nodes
    log_density = np.log(2) + df / 2 * np.log(df / 2) - special.gammaln(df / 2) - df / 2 * spread**2
    log_density += (df - 1) * np.log(spread)
    return min(max(float(np.sum(widths * weights * np.exp(log_density) * given(spread))), 0.0), 1.0)


def seeds_for_difference(
    sd: float, effect: float, alpha: float, power: float, sides: int = 2, most: int = MAX_SEEDS
) -> int | None:
    """Fewest pairs that find a true mean of ``effect`` with probability ``power``; None if more than ``most``."""
    if effect == 0 or isnan(sd) or isnan(effect):
        return None
    return _fewest(lambda n: power_of_difference(sd, abs(effect), n, alpha, sides=sides), power, most)


def seeds_for_equivalence(
    sd: float,
    margin: float,
    alpha: float,
    power: float,
    true_difference: float = 0.0,
    sides: int = 2,
    most: int = MAX_SEEDS,
) -> int | None:
    """Fewest pairs that show equivalence within +- ``margin`` with probability ``power``; None if more than ``most``.

    With ``sides`` 1: that show the mean to lie below ``margin``. None too where the true difference is not within.
    """
    distance = margin - (true_difference if sides == 1 else abs(true_difference))
    if isnan(sd) or not 0 < distance < inf:
        return None
    return _fewest(
        lambda n: power_of_equivalence(sd, margin, n, alpha, true_difference=true_difference, sides=sides), power, most
    )


@cache
def guard(n: int, level: float, power: float) -> float:
    """How much larger an effect ``paired.one_sided`` needs than Student's test alone, both with that power.

    Of normal differences, whose skewness in a sample is chance: 1.2 or so for ten pairs, 1.0 for many. Simulated, from
    the same numbers each time.

    Parameters
    ----------
    n : int
        Pairs.
    level : float
        Of a one-sided test.
    power : float
        Of the test.
    """
    if not MIN_SEEDS < n < MANY:
        return 1.0
    samples = seeds.generator(seeds.CALIBRATION + n).normal(size=(SAMPLES, n))
    mean, sd = samples.mean(axis=1), samples.std(axis=1, ddof=1)
    skewness = np.mean((samples - mean[:, None]) ** 3, axis=1) / samples.std(axis=1) ** 3
    t = -float(special.stdtrit(n - 1, level))
    students = sd * t / sqrt(n)
    unskewed = sd * 3 / skewness * (np.cbrt(1 + skewness * (t / sqrt(n) - skewness / (6 * n))) - 1)
    alone, both = (np.quantile(reach - mean, power) for reach in (students, np.maximum(students, unskewed)))
    return float(both / alone)


def _fewest(power_of: Callable[[int], float], power: float, most: int) -> int | None:
    """Smallest number with that power, by doubling and bisection: power grows with the number."""
    low, high = MIN_SEEDS - 1, MIN_SEEDS
    while power_of(high) < power:
        if high >= most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_of(middle) >= power else (middle, high)
    return high
