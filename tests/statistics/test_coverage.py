"""Intervals cover, and tests find, as often as they say: on simulated differences with a known mean."""

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest

from hpotrial.results.statistics.paired import equivalence, interval, one_sided, paired
from hpotrial.results.statistics.power import detectable, guard, power_of_equivalence, seeds_for_equivalence

STUDIES = 4000


def normal(rng, n):
    return rng.normal(0.01, 0.03, (STUDIES, n)), 0.01


def counts(rng, n):
    """Accuracies of two arms on 200 rows, which disagree on about 12 % of them: multiples of 0.005, with ties."""
    return (rng.binomial(200, 0.07, (STUDIES, n)) - rng.binomial(200, 0.05, (STUDIES, n))) / 200, 0.02


def skewed(rng, n):
    """As the logarithms of cost ratios are: a gamma distribution of skewness 1."""
    return rng.gamma(4, 0.1, (STUDIES, n)), 0.4


def covered(intervals, mean):
    low, high = np.array(intervals).T
    return float(np.mean((low <= mean) & (mean <= high)))


@pytest.mark.parametrize("n", [10, 30])
@pytest.mark.parametrize("draw", [normal, counts, skewed])
def test_the_interval_covers_as_often_as_it_says(draw, n):
    differences, mean = draw(np.random.default_rng(n), n)
    share = covered([interval(paired(row)) for row in differences], mean)
    assert 0.94 <= share <= 0.97
    # Student's alone is symmetric, and ten skewed values are few for it
    alone = covered([interval(replace(paired(row), skewness=0.0)) for row in differences], mean)
    assert alone <= share


@pytest.mark.parametrize(("n", "alpha", "sides"), [(10, 0.05, 2), (10, 0.002, 2), (30, 0.025, 1)])
def test_the_detectable_difference_is_found_as_often_as_stated(n, alpha, sides):
    sd = 0.03
    effect = detectable(sd, n, alpha, 0.8, sides=sides) * guard(n, alpha / sides, 0.8)
    studies = np.random.default_rng(n).normal(effect, sd, (STUDIES, n))
    tests = [paired(row) for row in studies]
    p_values = [2 * min(one_sided(p)) if sides == 2 else one_sided(p)[0] for p in tests]
    assert np.mean(np.array(p_values) <= alpha) == pytest.approx(0.8, abs=0.025)


@pytest.mark.parametrize(("sd", "truth", "alpha"), [(0.01, 0.0, 0.05), (0.02, 0.003, 0.025), (0.03, 0.0, 0.002)])
def test_seeds_for_equivalence_show_it_as_often_as_stated(sd, truth, alpha):
    n = seeds_for_equivalence(sd, 0.01, alpha, 0.8, true_difference=truth)
    studies = np.random.default_rng(n).normal(truth, sd, (STUDIES, n))
    p_values = np.array([equivalence(paired(row), -0.01, 0.01) for row in studies])
    assert 0.8 <= power_of_equivalence(sd, 0.01, n, alpha, true_difference=truth) < 0.9
    # the guard against skewness takes as much as a smaller margin would
    told = power_of_equivalence(sd, 0.01 / guard(n, alpha, 0.8), n, alpha, true_difference=truth)
    assert np.mean(p_values <= alpha) == pytest.approx(told, abs=0.025)


def test_a_difference_at_the_margin_is_rarely_called_equivalent():
    studies = np.random.default_rng(5).normal(0.01, 0.004, (STUDIES, 10))
    p_values = np.array([equivalence(paired(row), -0.01, 0.01) for row in studies])
    assert 0.035 <= np.mean(p_values <= 0.05) <= 0.06


@pytest.mark.parametrize(("mean", "least"), [(1.0, 0.93), (0.1, 0.87)])
def test_the_corrected_interval_covers_where_splits_share_rows(mean, least):
    """A source of 400 rows is split 10 times at random, 320 to fit and 80 to score; the next source is another.

    What is fitted is a mean, what is scored its squared error against that of guessing 0: the expected difference at
    320 rows is known exactly. Splits of the same rows agree too much, so that the plain interval is too narrow. Scores
    correlate as their rows overlap where the mean is large, as Nadeau and Bengio assume; where it is small what is
    fitted varies too, and their interval covers less than it says, but far more than the plain one.
    """
    rng = np.random.default_rng(8)
    n_fitted, n_scored, splits = 320, 80, 10
    expected = 1 / n_fitted - mean**2
    plain, corrected = [], []
    for _ in range(2000):
        rows = rng.normal(mean, 1, n_fitted + n_scored)
        differences = []
        for _ in range(splits):
            order = rng.permutation(len(rows))
            fitted, scored = rows[order[:n_fitted]], rows[order[n_fitted:]]
            differences.append(np.mean((scored - fitted.mean()) ** 2 - scored**2))
        plain.append(interval(paired(differences)))
        with_rows = paired(differences, correction=n_scored / n_fitted)
        corrected.append(interval(with_rows))
    assert covered(plain, expected) < 0.8
    assert least <= covered(corrected, expected) <= 0.97


def test_logarithms_of_ratios_are_covered_too():
    rng = np.random.default_rng(6)
    ratios = np.exp(rng.normal(log(0.5), 0.2, (STUDIES, 10)))
    share = covered([interval(paired(np.log(row))) for row in ratios], log(0.5))
    assert share == pytest.approx(0.95, abs=3 * sqrt(0.95 * 0.05 / STUDIES))
