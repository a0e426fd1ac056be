"""Which hypotheses of a family fall together, and over looks: levels by hand, and the error on simulated families."""

import numpy as np
import pytest
from scipy import special
from statsmodels.stats.multitest import multipletests

from hpotrial.core.claims import CONTRADICTED, EQUIVALENT, INCONCLUSIVE, SUPPORTED
from hpotrial.results.verdicts.decision import DIFFERENCE, EQUIVALENCE, Hypotheses, decide

MARGIN = 0.01


def different(p_for, p_same=1.0):
    return Hypotheses(DIFFERENCE, p_for, 1 - p_for, p_same)


def verdicts(decisions):
    return [one.verdict for one in decisions]


def test_a_judgement_holds_one_share_of_the_error_while_one_of_its_nulls_may_be_true():
    # one-sided 0.0124 is 0.0248 two-sided: of two judgements, each may spend 0.025
    found = decide([different(0.0124), different(0.3)], 0.05)
    assert verdicts(found) == [SUPPORTED, INCONCLUSIVE]
    assert [one.level for one in found] == [0.025, 0.025]
    # the first may still turn out too small to care for, so the second gets no more
    assert verdicts(decide([different(0.001), different(0.02)], 0.05)) == [SUPPORTED, INCONCLUSIVE]
    # shown to be there and to be small: nothing of it can be false any more, and its share is free
    found = decide([different(0.001, p_same=0.001), different(0.02)], 0.05)
    assert verdicts(found) == [EQUIVALENT, SUPPORTED]
    assert found[1].level == 0.05


def test_judgements_with_one_null_are_corrected_by_holm():
    p_values = np.array([0.001, 0.008, 0.011, 0.02, 0.3])
    found = decide([Hypotheses(DIFFERENCE, p / 2, 1 - p / 2) for p in p_values], 0.05)
    rejected, adjusted, *_ = multipletests(p_values, 0.05, method="holm")
    assert [one.p_adjusted for one in found] == pytest.approx(adjusted)
    assert [one.asserted for one in found] == list(rejected)


def test_what_cannot_be_tested_counts_nowhere_and_what_was_given_up_counts():
    nothing, given_up = Hypotheses(EQUIVALENCE, np.nan, np.nan), Hypotheses(EQUIVALENCE, 1.0, 1.0)
    one = Hypotheses(EQUIVALENCE, 0.03, 1.0)
    assert verdicts(decide([one, nothing], 0.05)) == [SUPPORTED, INCONCLUSIVE]
    assert verdicts(decide([one, given_up], 0.05)) == [INCONCLUSIVE, INCONCLUSIVE]
    assert decide([], 0.05) == []


def test_a_verdict_stays_and_its_fallen_null_counts_as_fallen():
    first = decide([Hypotheses(DIFFERENCE, 0.001, 0.999), Hypotheses(DIFFERENCE, 0.4, 0.6)], 0.02)
    assert verdicts(first) == [SUPPORTED, INCONCLUSIVE]
    # at the second look the first one's data point the other way, and the second one has the whole level
    second = decide([Hypotheses(DIFFERENCE, 0.9, 0.1), Hypotheses(DIFFERENCE, 0.99, 0.01)], 0.03, first)
    assert second[0] == first[0]
    assert (second[1].verdict, second[1].level) == (CONTRADICTED, 0.03)
    alone = decide([Hypotheses(DIFFERENCE, 0.9, 0.1), Hypotheses(DIFFERENCE, 0.99, 0.01)], 0.03)
    assert verdicts(alone) == [INCONCLUSIVE, INCONCLUSIVE]


def hypotheses_of(differences):
    """The hypotheses of claims of a difference, from normal differences of shape (claims, seeds)."""
    n = differences.shape[1]
    mean, se = differences.mean(axis=1), differences.std(axis=1, ddof=1) / np.sqrt(n)

    def below(t):
        return special.stdtr(n - 1, t)

    same = np.maximum(below(-(mean + MARGIN) / se), below((mean - MARGIN) / se))
    return [Hypotheses(DIFFERENCE, *row) for row in zip(below(-mean / se), below(mean / se), same, strict=True)]


@pytest.mark.parametrize("n", [10, 30])
def test_many_true_differences_of_just_the_margin_do_not_use_up_the_error(n):
    """Where every claim is nearly always shown, and rightly, the few that are left must not get all of the level."""
    rng, claims, families = np.random.default_rng(1), 60, 150
    # so that a difference of the margin is found nearly always
    sd = MARGIN * np.sqrt(n) / (9 if n == 10 else 6)
    wrong = shown = 0
    for _ in range(families):
        said = verdicts(decide(hypotheses_of(rng.normal(MARGIN, sd, (claims, n))), 0.05))
        wrong += any(one in (EQUIVALENT, CONTRADICTED) for one in said)
        shown += said.count(SUPPORTED)
    assert shown > 0.85 * claims * families
    assert wrong <= 0.05 * families + 2 * np.sqrt(0.05 * 0.95 * families)


def test_all_looks_together_keep_the_error():
    rng, claims, families = np.random.default_rng(2), 20, 200
    truths = np.array([0, MARGIN, -MARGIN, 2 * MARGIN])[np.arange(claims) % 4]
    false = [{SUPPORTED, CONTRADICTED}, {EQUIVALENT, CONTRADICTED}, {EQUIVALENT, SUPPORTED}, {EQUIVALENT, CONTRADICTED}]
    wrong = 0
    for _ in range(families):
        differences, before = rng.normal(truths[:, None], 0.01, (claims, 60)), None
        for n, alpha in ((10, 0.01), (20, 0.015), (40, 0.015), (60, 0.01)):
            before = decide(hypotheses_of(differences[:, :n]), alpha, before)
        wrong += any(one.verdict in false[place % 4] for place, one in enumerate(before))
    assert wrong <= 0.05 * families + 2 * np.sqrt(0.05 * 0.95 * families)
