"""How far arms are spread, and intervals for new rows: on simulated arms and rows whose truth is known."""

import numpy as np
import pytest
from statsmodels.stats.anova import AnovaRM

from hpotrial.results.statistics.components import crossed_interval, spread


def layouts(rng, studies, seeds, arms, sd_of_arms, sd=0.025):
    truths = rng.normal(0, sd_of_arms, (studies, 1, arms))
    return truths + rng.normal(0, 0.03, (studies, seeds, 1)) + rng.normal(0, sd, (studies, seeds, arms))


def test_the_f_test_is_statsmodels():
    import pandas as pd

    scores = layouts(np.random.default_rng(1), 1, 6, 5, 0.01)[0]
    rows = [(seed, arm, scores[seed, arm]) for seed in range(6) for arm in range(5)]
    told = AnovaRM(pd.DataFrame(rows, columns=["seed", "arm", "score"]), "score", "seed", ["arm"]).fit().anova_table
    found = spread(scores)
    assert (found.f, found.p) == (pytest.approx(told["F Value"].iloc[0]), pytest.approx(told["Pr > F"].iloc[0]))


@pytest.mark.parametrize("sd_of_arms", [0.003, 0.01])
def test_the_bound_holds_as_often_as_it_says(sd_of_arms):
    rng = np.random.default_rng(2)
    found = [spread(scores) for scores in layouts(rng, 2000, 10, 20, sd_of_arms)]
    assert np.mean([one.high >= sd_of_arms for one in found]) == pytest.approx(0.95, abs=0.015)
    assert np.median([one.sd for one in found]) == pytest.approx(sd_of_arms, abs=0.004)


def test_arms_that_do_not_differ_have_a_small_bound_and_too_few_none():
    rng = np.random.default_rng(3)
    found = [spread(scores) for scores in layouts(rng, 500, 10, 20, 0.0)]
    assert np.median([one.sd for one in found]) <= 0.002
    assert np.median([one.high for one in found]) < 0.009
    assert spread(np.zeros((1, 5))) is None
    assert spread(np.zeros((5, 2))) is None
    assert spread(np.zeros((5, 5))) is None


def studies(rng, count, seeds, rows, of_rows):
    """Differences on a fifth of the rows for each seed; the population's mean is 0."""
    for _ in range(count):
        of_row = rng.normal(0, of_rows, rows)
        differences = np.full((seeds, rows), np.nan)
        for seed in range(seeds):
            met = rng.choice(rows, rows // 5, replace=False)
            differences[seed, met] = rng.normal(0, 0.02) + of_row[met] + rng.normal(0, 0.4, len(met))
        yield differences


def test_rows_that_are_met_again_and_again_make_the_interval_for_new_rows_wider():
    rng, crossed, of_seeds = np.random.default_rng(4), 0, 0
    for differences in studies(rng, 600, 30, 300, 0.3):
        low, high = crossed_interval(differences)
        crossed += low <= 0 <= high
        means = np.nanmean(differences, axis=1)
        of_seeds += abs(means.mean()) <= 2.045 * means.std(ddof=1) / np.sqrt(30)
    assert 0.93 <= crossed / 600 <= 0.98
    assert of_seeds / 600 < 0.85


def test_where_rows_have_no_effect_of_their_own_it_is_nearly_that_of_the_seeds():
    ratios = []
    for differences in studies(np.random.default_rng(5), 60, 10, 300, 0.0):
        low, high = crossed_interval(differences)
        means = np.nanmean(differences, axis=1)
        ratios.append((high - low) / (2 * 2.262 * means.std(ddof=1) / np.sqrt(10)))
    assert min(ratios) >= 1 - 1e-3
    assert np.median(ratios) < 1.1
    assert crossed_interval(np.zeros((1, 4))) is None
    # no row is scored twice
    assert crossed_interval(np.array([[0.1, np.nan], [np.nan, 0.2]])) is None
