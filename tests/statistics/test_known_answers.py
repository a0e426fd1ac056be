"""What scipy, statsmodels, scikit-posthocs and baycomp answer is what the library answers, to 1e-9."""

import warnings
from dataclasses import replace
from itertools import combinations
from math import gamma, nan, sqrt

import baycomp
import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired

from hpotrial.results.statistics.intervals import prediction_interval, rope
from hpotrial.results.statistics.paired import (
    equivalence,
    hedges_g,
    holm,
    interval,
    one_sided,
    paired,
    probability_of_improvement,
    wilcoxon,
)
from hpotrial.results.statistics.power import (
    detectable,
    power_of_difference,
    power_of_equivalence,
    seeds_for_difference,
)

RNG = np.random.default_rng(20)
# accuracies of two arms by seed: shares, and counts of 200 rows, which tie
PAIRS = {
    "ten": (RNG.normal(0.40, 0.03, 10), RNG.normal(0.38, 0.03, 10)),
    "thirty": (RNG.normal(0.97, 0.004, 30), RNG.normal(0.971, 0.004, 30)),
    "counts": (RNG.binomial(200, 0.40, 12) / 200, RNG.binomial(200, 0.38, 12) / 200),
    "three": (np.array([0.41, 0.38, 0.42]), np.array([0.40, 0.39, 0.35])),
}
CLOSE = {"rel": 1e-9, "abs": 1e-12}


@pytest.fixture(params=sorted(PAIRS))
def pair(request):
    return PAIRS[request.param]


@pytest.mark.parametrize("null", [0.0, 0.01])
def test_one_sided_and_two_sided_are_scipys_paired_t_test(pair, null):
    a, b = pair
    p = replace(paired(a - b), skewness=0.0)
    told = [stats.ttest_rel(a, b + null, alternative=side).pvalue for side in ("greater", "less", "two-sided")]
    assert [*one_sided(p, null), 2 * min(one_sided(p, null))] == pytest.approx(told, **CLOSE)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_students_interval_is_scipys(pair, confidence):
    a, b = pair
    told = stats.ttest_rel(a, b).confidence_interval(confidence)
    unskewed = replace(paired(a - b), skewness=0.0)
    assert interval(unskewed, confidence) == pytest.approx((told.low, told.high), **CLOSE)


@pytest.mark.parametrize("null", [0.0, 0.01])
def test_skewness_is_taken_out_by_halls_transformation_and_the_larger_p_value_counts(pair, null):
    a, b = pair
    d = a - b
    n, g = len(d), stats.skew(d)
    assert paired(d).skewness == pytest.approx(g, **CLOSE)
    u = (d.mean() - null) / d.std(ddof=1)
    hall = sqrt(n) * (u + g * u**2 / 3 + g**2 * u**3 / 27 + g / (6 * n))
    for side, seen in zip((1, -1), one_sided(paired(d), null), strict=True):
        students = stats.ttest_1samp(d, null, alternative="greater" if side > 0 else "less").pvalue
        assert seen == pytest.approx(max(students, stats.t.sf(side * hall, n - 1)), **CLOSE)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_the_interval_has_the_means_that_are_not_rejected(pair, confidence):
    p = paired(pair[0] - pair[1])
    low, high = interval(p, confidence)
    assert one_sided(p, low)[0] == pytest.approx((1 - confidence) / 2, rel=1e-6)
    assert one_sided(p, high)[1] == pytest.approx((1 - confidence) / 2, rel=1e-6)


def test_equivalence_is_statsmodels_two_one_sided_tests(pair):
    a, b = pair
    for low, high in ((-0.01, 0.01), (-0.05, 0.02)):
        told = ttost_paired(a, b, low, high)[0]
        assert equivalence(replace(paired(a - b), skewness=0.0), low, high) == pytest.approx(told, **CLOSE)


def test_wilcoxon_is_scipys(pair):
    a, b = pair
    # scipy does not see the ties of counts through the rounding of their shares
    rows = a - b if len(a) != 12 else np.round(200 * a) - np.round(200 * b)
    assert wilcoxon(a - b) == pytest.approx(stats.wilcoxon(rows).pvalue, **CLOSE)


def test_holm_is_statsmodels():
    p_values = np.random.default_rng(1).uniform(0, 0.2, 22)
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], **CLOSE)
    with_holes = np.insert(p_values, [0, 7, 22], nan)
    adjusted = holm(with_holes)
    assert np.isnan(adjusted).tolist() == np.isnan(with_holes).tolist()
    assert adjusted[~np.isnan(adjusted)] == pytest.approx(holm(p_values), **CLOSE)
    # by hand: 3 * 0.01, 2 * 0.02, then the greater of 0.03 and what came before
    assert holm([0.03, nan, 0.01, 0.02]) == pytest.approx([0.04, nan, 0.03, 0.04], nan_ok=True)


def test_wilcoxon_and_holm_together_are_scikit_posthocs():
    scores = pd.DataFrame({f"arm{k}": np.random.default_rng(k).normal(0.4 + k / 100, 0.02, 12) for k in range(5)})
    told = scikit_posthocs.posthoc_wilcoxon(list(scores.to_numpy().T), p_adjust="holm").to_numpy()
    pairs = list(combinations(range(5), 2))
    ours = holm([wilcoxon(scores[f"arm{i}"] - scores[f"arm{j}"]) for i, j in pairs])
    assert ours == pytest.approx([told[i, j] for i, j in pairs], **CLOSE)


@pytest.mark.parametrize("runs", [1, 2])
def test_rope_is_baycomps_with_the_correction_that_its_folds_imply(runs):
    a, b = PAIRS["ten"]
    for margin in (0.005, 0.02):
        # baycomp's left is its first argument's win
        told = baycomp.two_on_single(b, a, rope=margin, runs=runs)
        assert told == baycomp.CorrelatedTTest(b, a, rope=margin, runs=runs).probs()
        ours = rope(a - b, margin, correction=1 / (10 / runs - 1))
        assert [ours[name] for name in ("worse", "equal", "better")] == pytest.approx(told, **CLOSE)


def test_rope_of_independent_pairs_is_students_t():
    a, b = PAIRS["ten"]
    ours = rope(a - b, 0.01)
    of_mean = stats.t(9, np.mean(a - b), stats.sem(a - b))
    shares = (of_mean.cdf(-0.01), of_mean.cdf(0.01) - of_mean.cdf(-0.01), of_mean.sf(0.01))
    assert tuple(ours.values()) == pytest.approx(shares, **CLOSE)
    moved = rope(a - b + 0.3, 0.01, centre=0.3)
    assert list(moved.values()) == pytest.approx(list(ours.values()), **CLOSE)


@pytest.mark.parametrize(("sides", "alternative"), [(2, "two-sided"), (1, "larger")])
def test_power_of_a_difference_is_statsmodels(sides, alternative):
    told = TTestPower()
    for n in (5, 10, 30):
        power = told.power(0.02 / 0.03, n, 0.01, alternative=alternative)
        assert power_of_difference(0.03, 0.02, n, 0.01, sides=sides) == pytest.approx(power, **CLOSE)
        effect = detectable(0.03, n, 0.01, 0.8, sides=sides)
        assert told.power(effect / 0.03, n, 0.01, alternative=alternative) == pytest.approx(0.8, **CLOSE)
    needed = told.solve_power(0.01 / 0.03, alpha=0.001, power=0.8, alternative=alternative)
    assert seeds_for_difference(0.03, 0.01, 0.001, 0.8, sides) == int(np.ceil(needed))


def test_power_of_a_one_sided_equivalence_is_statsmodels():
    told = TTestPower().power(0.5, 20, 0.025, alternative="larger")
    assert power_of_equivalence(0.02, 0.01, 20, 0.025, sides=1) == pytest.approx(told, **CLOSE)


@pytest.mark.parametrize(("n", "alpha", "truth"), [(5, 0.05, 0.0), (12, 0.025, 0.002), (40, 0.001, -0.004)])
def test_power_of_equivalence_integrated_the_other_way_round(n, alpha, truth):
    """Over the mean that is found, with the spread's distribution function inside."""
    sd, margin = 0.015, 0.01
    t, se = stats.t.isf(alpha, n - 1), sd / sqrt(n)

    def density(mean: float) -> float:
        fits = stats.chi2.cdf((n - 1) * ((margin - abs(mean)) / (t * se)) ** 2, n - 1)
        return float(stats.norm.pdf(mean, truth, se) * fits)

    told = integrate.quad(density, -margin, 0, epsabs=1e-13)[0] + integrate.quad(density, 0, margin, epsabs=1e-13)[0]
    assert power_of_equivalence(sd, margin, n, alpha, true_difference=truth) == pytest.approx(told, abs=1e-9)


def test_the_correction_for_shared_rows_by_hand():
    """Nadeau and Bengio: 15 splits, 200 rows scored, 640 fitted."""
    a, b = RNG.normal(0.4, 0.03, 15), RNG.normal(0.39, 0.03, 15)
    p = paired(a - b, correction=200 / 640)
    t = np.mean(a - b) / sqrt((1 / 15 + 200 / 640) * np.var(a - b, ddof=1))
    assert 2 * min(one_sided(p)) == pytest.approx(2 * stats.t.sf(abs(t), 14), **CLOSE)


def test_effect_sizes_by_hand():
    values = np.array([0.02, 0.01, -0.01, 0.03, 0.0])
    factor = gamma(2) / (sqrt(2) * gamma(1.5))
    assert hedges_g(values) == pytest.approx(factor * values.mean() / values.std(ddof=1), **CLOSE)
    assert probability_of_improvement(values) == (3 + 0.5) / 5
    # 0.3 - 0.2 is not 0.1 to the last place, and still a tie
    assert probability_of_improvement([0.3 - 0.2 - 0.1]) == 0.5


def test_the_prediction_interval_is_students_for_a_new_value():
    values = PAIRS["ten"][0]
    found = prediction_interval(values)
    told = stats.t(9, values.mean(), values.std(ddof=1) * sqrt(1.1)).interval(0.95)
    assert (found.low, found.high) == pytest.approx(told, **CLOSE)


def test_no_answer_comes_with_a_warning(pair):
    a, b = pair
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        interval(paired(a - b))
        wilcoxon(a - b)
        hedges_g(a - b)
        rope(a - b, 0.01)
