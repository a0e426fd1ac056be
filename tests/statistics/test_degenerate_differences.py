"""One pair, no pair, pairs that never vary: every function answers, and none of them with a certainty it has not."""

from math import isnan, nan

import numpy as np
import pytest

from hpotrial.results.statistics.intervals import rope
from hpotrial.results.statistics.paired import (
    equivalence,
    hedges_g,
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
    seeds_for_equivalence,
)

# equal on paper, not to the last place
STEADY = np.array([0.81, 0.71, 0.41, 0.11]) - np.array([0.80, 0.70, 0.40, 0.10])
ZEROS = np.zeros(10)


@pytest.mark.parametrize("values", [[], [0.02]])
def test_below_two_pairs_nothing_is_said(values):
    p = paired(values)
    assert all(map(isnan, (*one_sided(p), *interval(p))))
    assert isnan(equivalence(p, -0.01, 0.01))
    assert isnan(wilcoxon(values))
    assert isnan(hedges_g(values))
    assert all(map(isnan, rope(values, 0.01).values()))


def test_a_difference_that_never_varies_is_certain():
    assert np.ptp(STEADY) > 0
    p = paired(STEADY)
    assert p.sd == 0
    assert one_sided(p) == (0.0, 1.0)
    assert one_sided(p, 0.02) == (1.0, 0.0)
    assert one_sided(p, 0.01) == (1.0, 1.0)
    assert equivalence(p, -0.02, 0.02) == 0.0
    assert equivalence(p, -0.01, 0.01) == 1.0
    assert interval(p) == (p.mean, p.mean)
    assert rope(STEADY, 0.02) == {"worse": 0.0, "equal": 1.0, "better": 0.0}
    assert rope(STEADY, 0.005) == {"worse": 0.0, "equal": 0.0, "better": 1.0}
    assert rope(STEADY, 0.01)["equal"] == 1.0
    assert isnan(hedges_g(STEADY))


def test_no_difference_at_all():
    p = paired(ZEROS)
    assert one_sided(p) == (1.0, 1.0)
    assert wilcoxon(ZEROS) == 1.0
    assert equivalence(p, -0.01, 0.01) == 0.0
    assert hedges_g(ZEROS) == 0.0
    assert probability_of_improvement(ZEROS) == 0.5
    assert rope(ZEROS, 0.0)["equal"] == 1.0


@pytest.mark.parametrize("values", [[0.1, nan], [[0.1, 0.2]], [0.1, np.inf]])
def test_what_is_no_list_of_differences_is_refused(values):
    for function in (paired, wilcoxon, probability_of_improvement):
        with pytest.raises(ValueError, match="one finite number per pair is needed"):
            function(values)


def test_power_at_the_edges():
    assert power_of_difference(0.03, 0.01, 1, 0.05) == 0.0
    assert isnan(detectable(0.03, 1, 0.05, 0.8))
    assert isnan(detectable(nan, 10, 0.05, 0.8))
    assert detectable(0.0, 10, 0.05, 0.8) == 0.0
    assert power_of_difference(0.0, 0.01, 2, 0.05) == 1.0
    assert power_of_difference(0.0, 0.0, 2, 0.05) == 0.0
    assert power_of_difference(1e-6, 0.01, 10, 0.05) == pytest.approx(1.0)
    assert power_of_equivalence(0.0, 0.01, 2, 0.05) == 1.0
    assert power_of_equivalence(0.03, 0.01, 2, 0.05) < 0.02
    assert power_of_equivalence(0.03, 0.01, 100_000, 0.05) == pytest.approx(1.0)
    assert seeds_for_difference(0.03, 0.0, 0.05, 0.8) is None
    assert seeds_for_difference(0.03, 1e-6, 0.05, 0.8) is None
    assert seeds_for_difference(0.0, 0.01, 0.05, 0.8) == 2
    assert seeds_for_equivalence(0.03, 0.01, 0.05, 0.8, true_difference=-0.01) is None
    assert seeds_for_equivalence(0.03, 0.01, 0.05, 0.8, most=50) is None
    assert seeds_for_equivalence(nan, 0.01, 0.05, 0.8) is None


@pytest.mark.parametrize("sd", [0.004, 0.03])
@pytest.mark.parametrize("sides", [1, 2])
def test_the_fewest_seeds_are_enough_and_one_fewer_is_not(sd, sides):
    n = seeds_for_difference(sd, 0.01, 0.001, 0.8, sides)
    assert power_of_difference(sd, 0.01, n, 0.001, sides=sides) >= 0.8
    assert power_of_difference(sd, 0.01, n - 1, 0.001, sides=sides) < 0.8
    n = seeds_for_equivalence(sd, 0.01, 0.001, 0.8, sides=sides)
    assert power_of_equivalence(sd, 0.01, n, 0.001, sides=sides) >= 0.8
    assert power_of_equivalence(sd, 0.01, n - 1, 0.001, sides=sides) < 0.8


def test_counted_differences_spread_at_least_as_their_rounding():
    p = paired([0.01, 0.01], resolution=1 / 200)
    assert p.sd == pytest.approx(1 / 200 / np.sqrt(12))
    assert one_sided(p)[0] == pytest.approx(0.0325, abs=0.0005)
    wide = np.random.default_rng(0).normal(0, 0.03, 10)
    assert paired(wide, resolution=1 / 200) == paired(wide)
