"""Verdicts on planted truths: what is judged, with which numbers, and what is said where nothing can be."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from judged_study import NO_PLAN, STUDY, claim, registry_of, tables_of
from scipy import stats

from hpotrial.core.claims import Judgement
from hpotrial.core.packing import packed_counts, packed_rows, unpacked_rows
from hpotrial.results.statistics.order import BestOfDraws
from hpotrial.results.statistics.paired import interval, one_sided, paired
from hpotrial.results.verdicts.judge import judge, outcome_of

SEEDS = 12
NOISE = np.random.default_rng(3).normal(0, 0.004, (6, SEEDS))


def judged(one, cells, *, plan=NO_PLAN, study=STUDY, replication=None, trials=None, repeats=None):
    """The only judgement of the only claim, and the claim's outcome."""
    found = judge(registry_of(one), tables_of(cells, trials, repeats), plan, study, replication)
    (told,) = found["claims"]
    return told["judgements"][-1], told["outcome"]


def scores(level, row):
    return {"audit_score": level + NOISE[row]}


@pytest.mark.parametrize(
    ("gap", "verdict", "reason", "outcome"),
    [
        (0.05, "supported", "better", "holds"),
        (-0.05, "contradicted", "worse", "refuted"),
        (0.0, "equivalent", "within_margin", "equivalent"),
    ],
)
def test_a_superiority_follows_the_planted_difference(gap, verdict, reason, outcome):
    found, told = judged(claim(a="d/a/cv5", b="d/b/cv5"), {"d/a/cv5": scores(0.4 + gap, 0), "d/b/cv5": scores(0.4, 1)})
    assert (found["verdict"], found["reason"], told) == (verdict, reason, outcome)
    assert found["effect"] == pytest.approx(gap, abs=0.005)
    assert found["low"] < found["effect"] < found["high"]
    assert found["n"] == SEEDS


def test_the_numbers_are_those_of_the_paired_tests_and_wilcoxon():
    a, b = 0.42 + NOISE[0], 0.4 + NOISE[1]
    found, _ = judged(claim(a="d/a/cv5", b="d/b/cv5"), {"d/a/cv5": {"audit_score": a}, "d/b/cv5": {"audit_score": b}})
    # Student's p, or that after Hall's transformation, whichever is larger
    assert found["p"] == pytest.approx(2 * min(one_sided(paired(a - b))), rel=1e-9)
    assert found["p"] >= stats.ttest_rel(a, b).pvalue * (1 - 1e-9)
    assert found["p_wilcoxon"] == pytest.approx(stats.wilcoxon(a, b).pvalue, rel=1e-9)
    alone = found["low_alone"], found["high_alone"]
    assert alone == pytest.approx(interval(paired(a - b)))
    students = stats.ttest_rel(a, b).confidence_interval()
    assert alone[0] <= students.low + 1e-12
    assert alone[1] >= students.high - 1e-12
    assert [(pair["seed"], pair["a"]) for pair in found["pairs"]] == [(n, pytest.approx(a[n])) for n in range(SEEDS)]


def test_shared_rows_make_the_p_value_larger():
    cells = {"d/a/cv5": scores(0.41, 0), "d/b/cv5": scores(0.4, 1)}
    found, _ = judged(claim(a="d/a/cv5", b="d/b/cv5"), cells)
    difference = cells["d/a/cv5"]["audit_score"] - cells["d/b/cv5"]["audit_score"]
    t = difference.mean() / (difference.std(ddof=1) * np.sqrt(1 / SEEDS + 160 / 640))
    assert found["p_shared_rows"] == pytest.approx(2 * stats.t.sf(abs(t), SEEDS - 1))
    assert found["p_shared_rows"] > found["p"]
    given = {**STUDY, "provenance": {"d": {"documented_train_rows": 60000}}}
    found, _ = judged(claim(a="d/a/cv5", b="d/b/cv5"), cells, study=given)
    assert found["p_shared_rows"] is None


def test_few_noisy_seeds_are_told_to_be_underpowered():
    noisy = {"audit_score": 0.4 + 10 * NOISE[0]}
    found, told = judged(claim(a="d/a/cv5", b="d/b/cv5"), {"d/a/cv5": noisy, "d/b/cv5": scores(0.4, 1)})
    assert (found["verdict"], found["reason"], told) == ("inconclusive", "underpowered", "open")
    assert found["detectable"] > 0.01
    assert found["seeds_needed"] > SEEDS


def test_the_best_must_beat_every_rival():
    cells = {"d/a/cv5": scores(0.45, 0), "d/b/cv5": scores(0.4, 1), "d/c/cv5": scores(0.45, 2)}
    found, _ = judged(claim(a="d/a/cv5", b=["d/b/cv5", "d/c/cv5"]), cells)
    assert found["verdict"] != "supported"
    assert found["rival"] == "d/c/cv5"
    cells["d/c/cv5"] = scores(0.5, 2)
    found, _ = judged(claim(a="d/a/cv5", b=["d/b/cv5", "d/c/cv5"]), cells)
    assert (found["verdict"], found["rival"]) == ("contradicted", "d/c/cv5")
    cells["d/c/cv5"] = scores(0.4, 2)
    assert judged(claim(a="d/a/cv5", b=["d/b/cv5", "d/c/cv5"]), cells)[0]["verdict"] == "supported"


@pytest.mark.parametrize(
    ("gap", "sides", "verdict"),
    [
        (0.0, "both", "supported"),
        (0.05, "both", "contradicted"),
        (-0.05, "both", "contradicted"),
        (0.05, "upper", "contradicted"),
        (-0.05, "upper", "supported"),
        (0.01, "both", "inconclusive"),
    ],
)
def test_an_equivalence_is_shown_never_assumed(gap, sides, verdict):
    one = claim("equivalence", a="d/a/cv5", b="d/b/cv5", sides=sides)
    found, _ = judged(one, {"d/a/cv5": scores(0.4 + gap, 0), "d/b/cv5": scores(0.4, 1)})
    assert found["verdict"] == verdict


@pytest.mark.parametrize(
    ("expected", "times", "verdict", "reason"),
    [
        ({"at_least": 2}, 3.0, "supported", "ratio_above"),
        ({"at_least": 2}, 1.2, "contradicted", "ratio_below"),
        ({"at_most": 0.5}, 0.2, "supported", "ratio_below"),
        ({"at_most": 0.5}, 0.48, "supported", "ratio_below"),
        ({"at_most": 1}, 1.02, "equivalent", "ratio_equal"),
        ({"equal": 1}, 1.05, "supported", "ratio_equal"),
        ({"equal": 1}, 0.4, "contradicted", "ratio_unequal"),
    ],
)
def test_a_ratio_of_costs_is_judged_on_the_log_scale(expected, times, verdict, reason):
    b = 1000 * np.exp(NOISE[0])
    a = times * 1000 * np.exp(NOISE[1])
    one = claim("ratio", a="d/a/cv5", b="d/b/cv5", cost="epochs", expected=expected, margin=0.25)
    found, _ = judged(one, {"d/a/cv5": {"epochs": a}, "d/b/cv5": {"epochs": b}})
    assert (found["verdict"], found["reason"], found["unit"]) == (verdict, reason, "ratio")
    assert found["effect"] == pytest.approx(times, rel=0.01)
    assert found["low"] <= found["effect"] <= found["high"]


def test_trials_until_the_level_that_both_reach():
    seeds = range(SEEDS)
    rows = [("a", seed, n, score) for seed in seeds for n, score in enumerate([0.3, 0.5, 0.6])]
    rows += [("b", seed, n, score) for seed in seeds for n, score in enumerate([0.1, 0.9, 0.3, 0.4, 0.5, 0.4])]
    trials = pd.DataFrame(rows, columns=["arm", "seed", "trial", "score"]).assign(dataset="d", cv="holdout", repeat=0)
    # what a pruner stopped may look good, and can win nothing
    trials["status"] = np.where(trials["score"] == 0.9, "pruned", "ok")
    cells = {f"d/{arm}/holdout": {"selection_score": [best] * SEEDS} for arm, best in (("a", 0.6), ("b", 0.5))}
    one = claim("ratio", a="d/a/holdout", b="d/b/holdout", cost="trials_to_level", expected={"at_most": 1}, margin=0.25)
    found, _ = judged(one, cells, trials=trials)
    # 0.5 is what both reach: a with its second trial, b with its fifth
    assert {(pair["a"], pair["b"]) for pair in found["pairs"]} == {(2.0, 5.0)}
    assert (found["verdict"], found["effect"]) == ("supported", pytest.approx(0.4))
    # a second search of a ends at 0.45, which it has at once, and b with its fifth: the means of both pairs
    again = trials[(trials["arm"] == "a") & (trials["trial"] < 2)].assign(repeat=1)
    again["score"] = again["trial"].map({0: 0.45, 1: 0.2})
    found, _ = judged(one, cells, trials=pd.concat([trials, again]))
    assert {(pair["a"], pair["b"]) for pair in found["pairs"]} == {(1.5, 5.0)}


def test_cross_validated_scores_are_compared_fold_by_fold_with_their_correction():
    rng = np.random.default_rng(5)
    rows, cells = [], {}
    for arm, level in (("a", 0.42), ("b", 0.40)):
        winners = []
        for seed in range(SEEDS):
            folds = level + rng.normal(0, 0.01, 5)
            rows += [
                (arm, seed, 0, folds.mean() - 0.1, "[0,0,0,0,0]"),
                (arm, seed, 1, folds.mean(), json.dumps(list(folds))),
            ]
            winners.append(folds.mean())
        cells[f"d/{arm}/cv5"] = {"selection_score": winners}
    trials = pd.DataFrame(rows, columns=["arm", "seed", "trial", "score", "fold_scores"]).assign(
        dataset="d", cv="cv5", status="ok", repeat=0
    )
    one = claim(a="d/a/cv5", b="d/b/cv5", scores={"documented": "selection"})
    found, _ = judged(one, cells, trials=trials)
    folds = {arm: np.array([json.loads(text) for a, *_, text in rows[1::2] if a == arm]) for arm in "ab"}
    difference = (folds["a"] - folds["b"]).ravel()
    t = difference.mean() / (difference.std(ddof=1) * np.sqrt(1 / len(difference) + 1 / 4))
    assert found["p"] == pytest.approx(2 * stats.t.sf(abs(t), len(difference) - 1))
    assert found["details"]["folds"] == 5
    # each of two searches has a winner of its own, and the folds of both are averaged
    higher = [json.dumps(list(np.array(json.loads(text)) + 0.2)) for text in trials["fold_scores"]]
    again = trials.assign(repeat=1, score=trials["score"] + 0.2, fold_scores=higher)
    runs = tables_of(cells).runs
    repeats = pd.concat([runs.assign(repeat=0), runs.assign(repeat=1, selection_score=runs["selection_score"] + 0.2)])
    twice, _ = judged(one, cells, trials=pd.concat([trials, again]), repeats=repeats)
    assert [pair["a"] - 0.1 for pair in twice["pairs"]] == pytest.approx([pair["a"] for pair in found["pairs"]])


def test_holm_is_over_the_registry_and_not_over_what_is_only_counted():
    cells = {"d/a/cv5": scores(0.405, 0), "d/b/cv5": scores(0.4, 1)}
    ones = [claim(name=f"c{n}", a="d/a/cv5", b="d/b/cv5") for n in range(4)]
    count = claim("count", name="n", of="d/a/cv5", quantity="seed_count", expected={"equal": 5})
    cells["d/a/cv5"]["seed_count"] = [5.0] * SEEDS
    found = judge(registry_of(*ones, count), tables_of(cells), NO_PLAN, STUDY)
    first = found["claims"][0]["judgements"][0]
    assert first["p_adjusted"] == pytest.approx(min(1, 4 * first["p"]))
    assert found["families"]["primary"] == {"hypotheses": 4}
    assert found["claims"][-1]["judgements"][0]["verdict"] == "supported"


def test_documented_and_audited_are_told_apart():
    one = claim(a="d/a/test", b="d/b/cv5", scores={"documented": "test", "audited": "audit"})
    cells = {
        "d/a/test": {"test_score": 0.5 + NOISE[0], **scores(0.4, 1)},
        "d/b/cv5": {"test_score": 0.4 + NOISE[2], **scores(0.4, 3)},
    }
    (told,) = judge(registry_of(one), tables_of(cells), NO_PLAN, STUDY)["claims"]
    assert [(j["on"], j["verdict"]) for j in told["judgements"]] == [
        ("documented", "supported"),
        ("audited", "equivalent"),
        ("gap", "supported"),
    ]
    assert told["outcome"] == "replicates_only"


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ({"documented": "supported", "audited": "supported"}, "holds"),
        ({"documented": "inconclusive", "audited": "supported"}, "holds"),
        ({"documented": "inconclusive", "audited": "supported", "gap": "contradicted"}, "audited_only"),
        ({"documented": "equivalent", "audited": "supported"}, "audited_only"),
        # what is not shown on the audit rows is not shown to be absent there
        ({"documented": "supported", "audited": "inconclusive"}, "open"),
        ({"documented": "supported", "audited": "inconclusive", "gap": "inconclusive"}, "open"),
        ({"documented": "supported", "audited": "inconclusive", "gap": "supported"}, "replicates_only"),
        ({"documented": "supported", "audited": "equivalent", "gap": "inconclusive"}, "replicates_only"),
        ({"documented": "supported", "audited": "contradicted"}, "replicates_only"),
        ({"documented": "supported", "audited": "not_judged"}, "not_judged"),
        ({"documented": "contradicted", "audited": "inconclusive"}, "open"),
        ({"measured": "contradicted"}, "refuted"),
        ({"documented": "supported"}, "holds"),
    ],
)
def test_outcomes(verdicts, outcome):
    assert outcome_of([Judgement(on, verdict, "x") for on, verdict in verdicts.items()]) == outcome


# -- nothing to judge ---------------------------------------------------------------------------------------------


def test_nothing_is_claimed_from_a_stand_in():
    study = {**STUDY, "provenance": {"d": {"standin": True}}}
    found, told = judged(
        claim(a="d/a/cv5", b="d/b/cv5"), {"d/a/cv5": scores(0.5, 0), "d/b/cv5": scores(0.4, 1)}, study=study
    )
    assert (found["verdict"], found["reason"], told) == ("not_judged", "standin", "not_judged")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"audit_score": [0.4]}, "one_seed"),
        ({"audit_score": [0.4, 0.4], "status": ["missing", "missing"]}, "no_runs"),
        ({"audit_score": [np.nan, np.nan], "status": "search_error", "message": "it broke"}, "failed_runs"),
        ({"audit_score": [np.nan, np.nan]}, "no_pairs"),
    ],
)
def test_a_reason_where_nothing_can_be_said(columns, reason):
    found, told = judged(claim(a="d/a/cv5", b="d/b/cv5"), {"d/a/cv5": columns, "d/b/cv5": scores(0.4, 1)})
    assert (found["verdict"], found["reason"], told) == ("not_judged", reason, "not_judged")


def test_an_arm_that_was_left_out_is_told_with_its_reason():
    study = {**STUDY, "datasets": [{"spec": {"name": "d"}, "left_out": {"a": "needs torch"}}]}
    found, _ = judged(claim(a="d/a/cv5", b="d/b/cv5"), {"d/b/cv5": scores(0.4, 1)}, study=study)
    assert (found["reason"], found["details"]["why"]) == ("left_out", "needs torch")


def test_failed_seeds_are_left_out_of_the_pairs_and_told():
    cells = {
        "d/a/cv5": scores(0.5, 0),
        "d/b/cv5": {**scores(0.4, 1), "status": ["search_error"] + ["ok"] * (SEEDS - 1)},
    }
    found, _ = judged(claim(a="d/a/cv5", b="d/b/cv5"), cells)
    assert (found["verdict"], found["n"], found["details"]["without"]) == ("supported", SEEDS - 1, 1)


# -- counts, intervals, facts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trials", "verdict"), [([30] * 3, "contradicted"), ([32] * 3, "supported"), ([30, 32, 40], "inconclusive")]
)
def test_a_count_is_checked_in_every_seed(trials, verdict):
    one = claim("count", of="d/a/test", quantity="trials", expected_of="d/g/test",
                expected={"at_least": {"quantity": "space_size", "of": "d/g/test"}})  # fmt: skip
    found, _ = judged(one, {"d/a/test": {"trials": trials}, "d/g/test": {"space_size": [32] * 3}})
    assert found["verdict"] == verdict


def test_a_count_of_the_plan():
    plan = pd.DataFrame(
        [("d", "g", "test", seed, True, 216, 1080, 24000.0) for seed in range(3)], columns=NO_PLAN.columns
    )
    cells = {"d/a/test": {"trials": [1]}}
    one = claim("count", of="d/g/test", quantity="trials", expected={"equal": 288})
    found, _ = judged(one, cells, plan=plan)
    assert (found["verdict"], found["effect"], found["expected"]) == ("contradicted", 216, 288)
    one = claim("count", of="d/g/test", quantity="seconds", expected={"equal": 20000}, tolerance=0.25)
    assert judged(one, cells, plan=plan)[0]["verdict"] == "supported"
    # seconds are the plan's of an arm that runs too
    runs = {"d/g/test": {"trials": [216] * 3}}
    assert judged(one, runs, plan=plan.assign(plan_only=False))[0]["verdict"] == "supported"


@pytest.mark.parametrize(
    ("value", "margin", "verdict", "reason"),
    [
        (0.4, 0.02, "supported", "inside"),
        (0.6, 0.02, "contradicted", "outside"),
        # inside, but a new run may land further away than anybody would care for: nothing is shown
        (0.4, 0.002, "inconclusive", "interval_open"),
    ],
)
def test_a_documented_value_against_the_interval_for_one_new_run(value, margin, verdict, reason):
    one = claim("interval", of="d/a/test", score="selection", value=value, margin=margin)
    found, _ = judged(one, {"d/a/test": {"selection_score": 0.4 + NOISE[0]}})
    half = stats.t.ppf(0.975, SEEDS - 1) * NOISE[0].std(ddof=1) * np.sqrt(1 + 1 / SEEDS)
    assert (found["verdict"], found["reason"]) == (verdict, reason)
    assert found["high_alone"] == pytest.approx(0.4 + NOISE[0].mean() + half)
    assert found["effect"] == pytest.approx(0.4 + NOISE[0].mean())


def test_documented_values_are_among_the_hypotheses_that_are_corrected():
    ones = [
        claim("interval", name=f"v{n}", of="d/a/test", score="selection", value=0.4 + 0.0025 * n, margin=0.01)
        for n in range(9)
    ]
    found = judge(registry_of(*ones), tables_of({"d/a/test": {"selection_score": 0.4 + NOISE[0]}}), NO_PLAN, STUDY)
    assert found["families"]["primary"] == {"hypotheses": 9}
    told = [one["judgements"][0] for one in found["claims"]]
    assert all(one["p_other_adjusted"] >= one["p_other"] for one in told)
    assert any(one["p_other"] < 0.05 < one["p_other_adjusted"] for one in told)


# a space like that of the document's random search on MNIST: a quarter of its 36 configurations learns well
TABLE = np.concatenate([np.linspace(0.972, 0.98, 9), np.linspace(0.945, 0.95, 9), np.linspace(0.4, 0.8, 18)])


def searches(rng, seeds, draws):
    drawn = rng.choice(TABLE, (seeds, draws)) + rng.normal(0, 0.001, (seeds, draws))
    rows = [("a", seed, n, score, "ok") for seed in range(seeds) for n, score in enumerate(drawn[seed])]
    trials = pd.DataFrame(rows, columns=["arm", "seed", "trial", "score", "status"])
    return drawn.max(axis=1), trials.assign(dataset="d", cv="test")


def test_the_best_of_a_few_draws_is_not_refuted_by_a_bad_but_possible_search():
    """What one search in ten finds is refuted by a third of all studies, if winners are taken for normal."""
    rng = np.random.default_rng(0)
    value = float(np.quantile((rng.choice(TABLE, (20_000, 5)) + rng.normal(0, 0.001, (20_000, 5))).max(axis=1), 0.1))
    one = claim("interval", of="d/a/test", score="selection", value=value, margin=0.005, independent_draws=True)
    taken_for_normal, refuted = 0, 0
    for _ in range(60):
        winners, trials = searches(rng, 10, 5)
        found, _ = judged(one, {"d/a/test": {"selection_score": winners}}, trials=trials)
        refuted += found["verdict"] == "contradicted"
        assert found["verdict"] != "supported"
        assert found["details"] == {"draws": 5, "drawn": 50}
        half = stats.t.ppf(0.975, 9) * winners.std(ddof=1) * np.sqrt(1.1)
        taken_for_normal += abs(value - winners.mean()) > half
    assert taken_for_normal > 0.1 * 60
    assert refuted <= 0.05 * 60


def test_the_places_of_the_best_of_new_draws_are_counted():
    """Two new draws among four: the best of them is above all of the known with probability 1/2 - by enumeration."""
    from itertools import combinations

    best = BestOfDraws(np.array([1.0, 2.0, 3.0, 4.0]), 2)
    places = [max(both) for both in combinations(range(6), 2)]
    for value, known_above in ((3.5, 1), (2.5, 2), (0.5, 4), (4.5, 0)):
        low = np.mean([sum(other > top for other in range(6) if other != top) >= known_above for top in places])
        assert best.at_most(value) == pytest.approx(low)
        high = np.mean([5 - top <= known_above for top in places])
        assert best.at_least(value) == pytest.approx(high)
    low, high = BestOfDraws(np.arange(100.0), 5).interval(0.8)
    assert low is not None
    assert BestOfDraws(np.arange(100.0), 5).at_most(low - 0.5) <= 0.1
    assert high is not None
    # five new draws are often better than the best of fifty: there is no upper end at 95 %
    assert BestOfDraws(np.arange(50.0), 5).interval(0.95)[1] is None


@pytest.mark.parametrize(
    ("off", "verdict"),
    [([0.0] * 8, "supported"), ([0.0] * 7 + [0.02], "contradicted"), ([0.003] * 8, "contradicted")],
)
def test_replicated_rows(off, verdict):
    rows = pd.DataFrame(
        {
            "row": range(1, 9), "source": "s", "method": "grid", "standin": False, "fits": 10,
            "validation_inside": pd.array([abs(one) < 0.0024 for one in off], dtype="boolean"),
            "validation_documented": 0.9 + np.array(off), "validation_mean": 0.9, "validation_sd": 0.001,
            "validation_low": 0.8976, "validation_high": 0.9024,
        }
    )  # fmt: skip
    one = claim("interval", replication={"source": "s", "method": "grid", "rows": 8}, margin=0.002)
    found, _ = judged(one, {"d/a/test": {"trials": [1]}}, replication=rows)
    assert found["verdict"] == verdict
    assert found["details"]["inside"] == sum(abs(one) < 0.0024 for one in off)
    # a part of the document's rows says nothing of all
    found, _ = judged(one, {"d/a/test": {"trials": [1]}}, replication=rows[1:])
    assert (found["verdict"], found["reason"]) == ("not_judged", "rows_missing")


def test_a_documented_advantage_that_is_the_test_sets_is_shown_as_such():
    """Seven points on the test set, none shown on the audit rows: the drop is shown, and so it is said."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.02, (4, SEEDS))
    cells = {
        "d/a/test": {"test_score": 0.47 + noise[0], "audit_score": 0.401 + noise[1]},
        "d/b/cv5": {"test_score": 0.4 + noise[2], "audit_score": 0.4 + noise[3]},
    }
    one = claim(a="d/a/test", b="d/b/cv5", scores={"documented": "test", "audited": "audit"})
    (told,) = judge(registry_of(one), tables_of(cells), NO_PLAN, STUDY)["claims"]
    documented, audited, gap = told["judgements"]
    assert (documented["verdict"], audited["verdict"], gap["verdict"]) == ("supported", "inconclusive", "supported")
    assert told["outcome"] == "replicates_only"
    assert gap["effect"] == pytest.approx(documented["effect"] - audited["effect"])
    assert (gap["low"] > 0, gap["reason"]) == (True, "gap_larger")
    # the same advantage on the test set, and no certainty that it is less on the audit rows: nothing is shown
    cells["d/a/test"]["audit_score"] = 0.45 + 3 * noise[1]
    (told,) = judge(registry_of(one), tables_of(cells), NO_PLAN, STUDY)["claims"]
    assert told["judgements"][1]["verdict"] == "inconclusive"
    assert told["outcome"] == "open"


def test_rows_that_neither_saw_have_no_gap_to_test():
    cells = {f"d/{arm}/holdout": {"test_score": 0.4 + NOISE[0], **scores(0.4, 1)} for arm in "ab"}
    one = claim(a="d/a/holdout", b="d/b/holdout", scores={"documented": "test", "audited": "audit"})
    (told,) = judge(registry_of(one), tables_of(cells), NO_PLAN, STUDY)["claims"]
    assert [one["on"] for one in told["judgements"]] == ["documented", "audited"]


def test_what_is_so_by_design_is_in_no_family_and_what_is_ours_in_the_secondary_one():
    cells = {"d/a/cv5": scores(0.405, 0), "d/b/cv5": scores(0.4, 1)}
    one = claim(a="d/a/cv5", b="d/b/cv5")
    told = [one, replace(one, id="arithmetic", by_design=True), replace(one, id="question", ours=True)]
    found = judge(registry_of(*told), tables_of(cells), NO_PLAN, STUDY)
    assert {name: one["hypotheses"] for name, one in found["families"].items()} == {
        "primary": 1, "documented": 0, "secondary": 1
    }  # fmt: skip
    assert [(one["by_design"], one["ours"]) for one in found["claims"]] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert found["claims"][1]["judgements"][0]["p_adjusted"] == found["claims"][1]["judgements"][0]["p"]


@pytest.mark.parametrize(
    ("gap", "spread", "verdict"), [(0.05, 1, "supported"), (0.0, 1, "equivalent"), (0.008, 3, "inconclusive")]
)
def test_the_interval_that_is_told_is_the_one_that_the_verdict_rests_on(gap, spread, verdict):
    cells = {"d/a/cv5": {"audit_score": 0.4 + gap + spread * NOISE[0]}, "d/b/cv5": scores(0.4, 1)}
    ones = [claim(name=f"c{n}", a="d/a/cv5", b="d/b/cv5") for n in range(6)]
    found = judge(registry_of(*ones), tables_of(cells), NO_PLAN, STUDY)["claims"][0]["judgements"][0]
    assert found["verdict"] == verdict
    assert found["low"] < found["low_alone"] < found["high_alone"] < found["high"]
    shown, small = found["low"] > 0 or found["high"] < 0, max(-found["low"], found["high"]) < 0.01
    assert (shown, small) == (verdict == "supported", verdict == "equivalent")


@pytest.mark.parametrize("expected", [True, False])
@pytest.mark.parametrize("varies", [True, False])
def test_whether_a_search_varied_a_hyperparameter(varies, expected):
    verdict = "supported" if varies == expected else "contradicted"
    rows = [
        ("a", seed, n, json.dumps({"layers": n} | ({"epochs": n} if varies else {}))) for seed in (0, 1) for n in (1, 2)
    ]
    trials = pd.DataFrame(rows, columns=["arm", "seed", "trial", "configuration"]).assign(dataset="d", cv="test")
    one = claim("fact", of="d/a/test", fact={"searched": ["epochs"], "of": "d/a/test", "expected": expected})
    assert judged(one, {"d/a/test": {"trials": [2, 2]}}, trials=trials)[0]["verdict"] == verdict


@pytest.mark.parametrize(("expected", "verdict"), [(3125, "supported"), (125, "contradicted")])
def test_the_size_of_a_grid(expected, verdict):
    said = {"grid_size": {"hyperparameters": 5, "values": 5}, "expected": expected, "growth": True}
    found, _ = judged(claim("fact", fact=said), {"d/a/test": {"trials": [1]}})
    assert (found["verdict"], found["effect"]) == (verdict, 3125)


@pytest.mark.parametrize(("weights", "verdict"), [((0.8, 0.1, 0.1), "supported"), ((0.36, 0.32, 0.32), "contradicted")])
def test_the_importance_of_one_hyperparameter(weights, verdict):
    tables = tables_of({"d/a/test": {"trials": [1] * 6}})
    rows = [
        ("d", "a", "test", seed, name, weight) for seed in range(6) for name, weight in zip("xyz", weights, strict=True)
    ]
    columns = ["dataset", "arm", "cv", "seed", "hyperparameter", "importance"]
    tables.__dict__["importance"] = pd.DataFrame(rows, columns=columns)
    one = claim("fact", of="d/a/test", fact={"importance": {"of": "d/a/test", "at_least": 2}})
    (told,) = judge(registry_of(one), tables, NO_PLAN, STUDY)["claims"]
    assert told["judgements"][0]["verdict"] == verdict


def test_names_and_orders_change_no_verdict():
    cells = {"d/a/cv5": scores(0.41, 0), "d/b/cv5": scores(0.4, 1)}
    first, _ = judged(claim(a="d/a/cv5", b="d/b/cv5"), cells)
    renamed = {"d/zz/cv5": cells["d/b/cv5"], "d/y/cv5": cells["d/a/cv5"]}
    tables = tables_of(renamed)
    tables.__dict__["runs"] = tables.runs.sample(frac=1, random_state=4)
    (told,) = judge(registry_of(claim(a="d/y/cv5", b="d/zz/cv5")), tables, NO_PLAN, STUDY)["claims"]
    (second,) = told["judgements"]
    assert {**second, "a": 0, "b": 0, "rival": 0} == {**first, "a": 0, "b": 0, "rival": 0}


def test_secondary_claims_do_not_make_the_primary_ones_harder():
    cells = {"d/a/cv5": scores(0.405, 0), "d/b/cv5": scores(0.4, 1)}
    primary = claim(a="d/a/cv5", b="d/b/cv5")
    others = [replace(primary, id=f"other{n}", primary=False) for n in range(9)]
    alone = judge(registry_of(primary), tables_of(cells), NO_PLAN, STUDY)["claims"][0]
    among = judge(registry_of(primary, *others), tables_of(cells), NO_PLAN, STUDY)["claims"][0]
    assert alone == among


def test_an_audited_difference_has_an_interval_for_new_rows_beside_it():
    """Two arms on 40 rows, of which each seed audits 20; ``a`` is right where the row is even, ``b`` elsewhere."""
    rng, table = np.random.default_rng(16), []
    for arm, right in (("a", lambda rows: rows % 2 == 0), ("b", lambda rows: rows % 2 == 1)):
        for seed in range(4):
            rows = (
                np.sort(rng.choice(40, 20, replace=False)) if arm == "a" else unpacked_rows(table[seed]["audit_rows"])
            )
            bits = packed_counts(right(rows).astype(int), 1)
            none = packed_rows(np.array([], int))
            table.append(
                {"dataset": "d", "arm": arm, "cv": "cv5", "seed": seed, "models": 1, "audit_rows": packed_rows(rows)}
                | {"audit_right": bits, "test_rows": none, "test_right": packed_counts(np.array([], int), 1)}
            )
    tables = tables_of({f"d/{arm}/cv5": {"audit_score": 0.5 + NOISE[n][:4]} for n, arm in enumerate("ab")})
    tables.__dict__["rows"] = pd.DataFrame(table)
    (told,) = judge(registry_of(claim(a="d/a/cv5", b="d/b/cv5")), tables, NO_PLAN, STUDY)["claims"]
    (found,) = told["judgements"]
    # every row is a gain or a loss of one: what rows are met decides all, and other rows may be met
    assert found["rows_low"] < 0 < found["rows_high"]
    assert found["rows_high"] - found["rows_low"] > 2 * 3.18 / np.sqrt(40) * 0.8
