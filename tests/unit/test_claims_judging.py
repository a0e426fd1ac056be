"""Verdicts on planted truths: what is judged, with which numbers, and what is said where nothing can be."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from judged_study import NO_PLAN, STUDY, claim, registry_of, tables_of
from scipy import stats

from hpotrial.core.claims import Judgement
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


def test_the_numbers_are_those_of_the_paired_t_test_and_wilcoxon():
    a, b = 0.42 + NOISE[0], 0.4 + NOISE[1]
    found, _ = judged(claim(a="d/a/cv5", b="d/b/cv5"), {"d/a/cv5": {"audit_score": a}, "d/b/cv5": {"audit_score": b}})
    assert found["p"] == pytest.approx(stats.ttest_rel(a, b).pvalue, rel=1e-9)
    assert found["p_wilcoxon"] == pytest.approx(stats.wilcoxon(a, b).pvalue, rel=1e-9)
    low, high = stats.ttest_rel(a, b).confidence_interval()
    assert (found["t_low"], found["t_high"]) == (pytest.approx(low), pytest.approx(high))
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
    ]
    assert told["outcome"] == "replicates_only"


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ({"documented": "supported", "audited": "supported"}, "holds"),
        ({"documented": "inconclusive", "audited": "supported"}, "audited_only"),
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


@pytest.mark.parametrize(("value", "verdict"), [(0.4, "supported"), (0.6, "contradicted")])
def test_a_documented_value_against_the_interval_for_one_new_run(value, verdict):
    one = claim("interval", of="d/a/test", score="selection", value=value)
    found, _ = judged(one, {"d/a/test": {"selection_score": 0.4 + NOISE[0]}})
    half = stats.t.ppf(0.975, SEEDS - 1) * NOISE[0].std(ddof=1) * np.sqrt(1 + 1 / SEEDS)
    assert found["verdict"] == verdict
    assert found["high"] == pytest.approx(0.4 + NOISE[0].mean() + half)


@pytest.mark.parametrize(("inside", "verdict"), [(8, "supported"), (4, "contradicted")])
def test_replicated_rows(inside, verdict):
    rows = pd.DataFrame(
        {
            "row": range(1, 9), "source": "s", "method": "grid", "standin": False, "fits": 10,
            "validation_inside": pd.array([n < inside for n in range(8)], dtype="boolean"),
            **{f"validation_{name}": 0.9 for name in ("documented", "mean", "low", "high")},
        }
    )  # fmt: skip
    one = claim("interval", replication={"source": "s", "method": "grid", "rows": 8})
    found, _ = judged(one, {"d/a/test": {"trials": [1]}}, replication=rows)
    assert (found["verdict"], found["details"]["inside"]) == (verdict, inside)
    # a part of the document's rows says nothing of all
    found, _ = judged(one, {"d/a/test": {"trials": [1]}}, replication=rows[1:])
    assert (found["verdict"], found["reason"]) == ("not_judged", "rows_missing")


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
