"""SIMULATED verdicts: `verdicts.json` in the shape that the house's plan gives it, for tests of what comes after.

Nothing in it was measured and no claim of a document was judged: pairs are random numbers with a planted difference,
and the rule that turns them into a verdict is a plain one of this file. Cells are those of `simulated_study`.
"""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from hpotrial.core.claims import (
    AUDITED,
    CONTRADICTED,
    DOCUMENTED,
    EQUIVALENT,
    INCONCLUSIVE,
    MEASURED,
    NOT_JUDGED,
    SUPPORTED,
    Judgement,
)

DOCUMENTS = [f"{number:03d}_simulated.txt" for number in range(5)]
LEVEL, SCORE_MARGIN, COST_MARGIN, MNIST_MARGIN = 0.05, 0.01, 0.25, 0.005
LOOP, LOOP_HOLDOUT, GRID = "telecust/grid_loop/test", "telecust/grid_loop/holdout", "telecust/sklearn_grid/cv5"
RANDOM, RANDOM_3, RANDOM_40 = (f"telecust/sklearn_random_{name}" for name in ("10/cv5", "10/cv3", "40/cv3"))
KERAS, FULL, BAND = (f"telecust/keras_{name}/test" for name in ("random", "random_full", "hyperband"))
TPE, GENETIC = "telecust/hyperopt_tpe/holdout", "telecust/genetic/holdout"
DIGITS, DIGITS_RANDOM, DIGITS_TPE = (
    f"mnist/{name}" for name in ("grid_loop/test", "sklearn_random/cv3", "hyperopt_tpe/test")
)

# id, document, a, rivals, planted difference as documented and on the audit rows (None: not judged on it)
SUPERIORITY: list[tuple[str, int, str, list[str], float | None, float | None]] = [
    ("grid_loop_best", 0, LOOP, [GRID, RANDOM_3, RANDOM, KERAS, BAND], 0.04, 0.0),
    ("grid_cv_worse_than_loop", 0, LOOP, [GRID], 0.04, -0.05),
    ("fewer_rows_explain_grid_cv", 0, LOOP, [LOOP_HOLDOUT], 0.01, 0.01),
    ("five_folds_beat_three", 1, RANDOM, [RANDOM_3], 0.05, 0.05),
    ("more_rows_explain_five_folds", 1, RANDOM, [RANDOM_3], 0.0, 0.005),
    ("keras_random_needs_second_search", 1, FULL, [KERAS], 0.02, 0.03),
    ("callbacks_improve_accuracy", 1, LOOP, [LOOP_HOLDOUT], 0.03, -0.01),
    ("cv_score_optimistic", 2, GRID, [GRID], None, 0.06),
    ("cv_selects_better_than_one_split", 2, GRID, [LOOP_HOLDOUT], 0.01, 0.0),
    ("random_beats_grid_at_equal_cost", 2, RANDOM, [LOOP_HOLDOUT], 0.01, 0.02),
    ("bayes_beats_random", 2, TPE, [RANDOM], 0.0, 0.02),
    ("bayes_beats_grid", 2, TPE, [LOOP_HOLDOUT], -0.02, 0.05),
    ("tpe_beats_random_same_evaluations", 3, TPE, [RANDOM], 0.3, 0.3),
    ("genetic_score", 3, GENETIC, [LOOP_HOLDOUT], 0.0, 0.0),
    ("genetic_beats_tpe", 3, GENETIC, [TPE], 0.01, -0.04),
    ("elitism_traps", 3, GENETIC, [TPE], 0.0, -0.01),
    ("mnist_grid_beats_random", 4, DIGITS, [DIGITS_RANDOM], 0.03, 0.02),
    ("mnist_grid_beats_tpe", 4, DIGITS, [DIGITS_TPE], 0.002, 0.0),
    ("mnist_tpe_beats_random", 4, DIGITS_TPE, [DIGITS_RANDOM], 0.02, 0.02),
    ("wide_space_explains_random", 4, DIGITS_TPE, [DIGITS_RANDOM], 0.015, 0.012),
    ("few_draws_explain_random", 4, DIGITS_TPE, [DIGITS_RANDOM], 0.004, 0.006),
]
EQUIVALENCE: list[tuple[str, int, str, list[str], float | None, float | None]] = [
    ("random_search_score", 0, GRID, [RANDOM], 0.0, 0.0),
    ("more_draws_do_not_help", 0, RANDOM_40, [RANDOM_3], 0.03, 0.0),
    ("hyperband_score", 0, LOOP, [BAND], 0.06, 0.04),
    ("hyperband_no_advantage", 1, BAND, [LOOP], -0.05, -0.02),
    ("callbacks_prevent_overfitting", 1, LOOP, [LOOP], None, 0.01),
    ("held_out_score_fair", 2, GRID, [GRID], None, 0.001),
]
# id, document, cost, a, rivals, planted ratio, expected ratio
RATIOS: list[tuple[str, int, str, str, list[str], float, float]] = [
    ("grid_loop_takes_long", 0, "epochs", LOOP, [RANDOM_3, KERAS, BAND], 6.0, 2.0),
    ("random_search_cost", 0, "epochs", RANDOM, [GRID], 0.16, 0.5),
    ("hyperband_cost", 0, "epochs", BAND, [LOOP], 0.9, 0.5),
    ("hyperband_costs_brute_force", 1, "epochs", BAND, [LOOP], 0.9, 1.0),
    ("callbacks_shorten_training", 1, "epochs", LOOP, [LOOP_HOLDOUT], 0.5, 1.0),
    ("random_finds_faster", 2, "trials_to_level", RANDOM, [LOOP_HOLDOUT], 0.7, 1.0),
    ("bayes_needs_fewer_evaluations", 3, "trials_to_level", TPE, [RANDOM], 1.1, 1.0),
]
# id, document, quantity, cell, planted, expected
COUNTS: list[tuple[str, int, str, str, float, float]] = [
    ("hyperband_trials", 1, "trials", BAND, 30, 64),
    ("cnn_grid_runs", 3, "trials", DIGITS, 216, 288),
    ("cnn_grid_hours", 3, "seconds", DIGITS, 25_000, 172_800),
    ("genetic_cost", 3, "epochs", GENETIC, 1_000, 40_000),
]
# id, document, cell, mean of the runs, documented
INTERVALS = [
    ("mnist_grid_winner", 4, DIGITS, 0.9761, 0.9767),
    ("mnist_random_winner", 4, DIGITS_RANDOM, 0.964, 0.9482),
    ("mnist_tpe_winner", 4, DIGITS_TPE, 0.975, 0.9741),
]
REPLICATIONS = [("mnist_grid_accuracies", 8), ("mnist_random_accuracies", 5), ("mnist_tpe_accuracies", 5)]
# id, document, cell, expected
FACTS: list[tuple[str, int, str | None, float]] = [
    ("keras_random_leaves_open", 1, KERAS, 0.0),
    ("some_hyperparameters_matter_more", 2, LOOP_HOLDOUT, 2.0),
    ("grid_grows_exponentially", 2, None, 3125.0),
]
CONTRADICTIONS = [("hyperband_cost", "hyperband_costs_brute_force"), ("hyperband_score", "hyperband_no_advantage")]


def build(*, seeds: int = 10, standin: tuple[str, ...] = (), seed_of_simulation: int = 11) -> dict[str, Any]:
    """Verdicts on simulated pairs: every kind of claim, every verdict; JSON-ready, the same for equal arguments.

    With one seed nothing can be tested, and every comparison is `not_judged`; so are claims on a dataset of `standin`.
    """
    rng = np.random.default_rng(seed_of_simulation)
    claims = [_compared("superiority", *design, seeds, rng) for design in SUPERIORITY]
    claims += [_compared("equivalence", *design, seeds, rng) for design in EQUIVALENCE]
    claims += [_claim(name, "ratio", no, [_ratio(*design, seeds, rng)]) for name, no, *design in RATIOS]
    claims += [_claim(name, "count", no, [_count(*design, seeds, rng)]) for name, no, *design in COUNTS]
    claims += [_claim(name, "interval", no, [_interval(*design, seeds, rng)]) for name, no, *design in INTERVALS]
    claims += [_claim(name, "interval", 4, [_replication(rows, rng)]) for name, rows in REPLICATIONS]
    claims += [_claim(name, "fact", no, [_fact(*design, seeds, rng)]) for name, no, *design in FACTS]
    for claim in claims:
        claim["standin"] = bool(set(claim["datasets"]) & set(standin))
        if claim["standin"]:
            claim["judgements"] = [_refused(one, "standin") for one in claim["judgements"]]
        claim["outcome"] = outcome(claim["judgements"])
        claim["contradicts"] = [b if claim["id"] == a else a for a, b in CONTRADICTIONS if claim["id"] in (a, b)]
    hypotheses = sum(claim["kind"] in ("superiority", "equivalence", "ratio") for claim in claims if claim["primary"])
    return {
        "alpha": LEVEL,
        "power": 0.8,
        "seeds": list(range(seeds)),
        "registry": "simulated",
        "families": {"primary": {"hypotheses": hypotheses}, "documented": {"hypotheses": hypotheses}},
        "spread": [
            {"dataset": "telecust", "metric": "accuracy", "confidence": 0.95, "arms": 9, "seeds": seeds}
            | {"sd": 0.001, "high": 0.0044, "f": 0.69, "p": 0.82}
        ],
        "left_out": [{"id": "left_out_claim", "reason": "the study has no arm called absent_arm"}],
        "claims": claims,
    }


def write(root: Path, **options: Any) -> dict[str, Any]:
    """Write `tables/verdicts.json` below `root`; returns what was written. The options are those of `build`."""
    verdicts = build(**options)
    file = root / "tables" / "verdicts.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(verdicts, indent=1, allow_nan=False))
    return verdicts


def outcome(judgements: list[dict[str, Any]]) -> str:
    """What the judgements of a claim come to; the audited or measured one decides."""
    told = {one["on"]: one["verdict"] for one in judgements}
    last = told.get(AUDITED, told.get(MEASURED, told.get(DOCUMENTED)))
    first = told.get(DOCUMENTED, last)
    if last == SUPPORTED:
        return "holds" if first == SUPPORTED else "audited_only"
    if first == SUPPORTED:
        return "replicates_only"
    return {CONTRADICTED: "refuted", EQUIVALENT: "equivalent", NOT_JUDGED: "not_judged"}.get(str(last), "open")


def _claim(name: str, kind: str, document: int, judgements: list[Judgement]) -> dict[str, Any]:
    cells = [cell for one in judgements for cell in (one.a, *one.b) if cell]
    return {
        "id": name,
        "sources": [DOCUMENTS[document]],
        "statement": {"en": f"Simulated claim {name}.", "es": f"Afirmación simulada {name}."},
        "kind": kind,
        "primary": name != "genetic_beats_tpe",
        "by_design": name == "grid_grows_exponentially",
        "ours": name == "genetic_beats_tpe",
        "datasets": sorted({cell.split("/")[0] for cell in cells}) or (["mnist"] if kind == "interval" else []),
        "judgements": [json.loads(json.dumps(asdict(one))) for one in judgements],
    }


def _compared(
    kind: str, name: str, document: int, a: str, b: list[str], documented: float | None, audited: float | None,
    seeds: int, rng: np.random.Generator,
) -> dict[str, Any]:  # fmt: skip
    planted = {DOCUMENTED: documented, AUDITED: audited}
    measures = {DOCUMENTED: "test_score", AUDITED: "audit_score"}
    made = [
        _comparison(kind, on, measures[on], a, b, gain, seeds, rng) for on, gain in planted.items() if gain is not None
    ]
    return _claim(name, kind, document, made)


def _comparison(
    kind: str, on: str, measure: str, a: str, b: list[str], gain: float, seeds: int, rng: np.random.Generator
) -> Judgement:
    digits = a.startswith("mnist")
    centre, spread, margin = (0.965, 0.002, MNIST_MARGIN) if digits else (0.39, 0.02, SCORE_MARGIN)
    # equal things are planted closer to each other, so that ten seeds can say so
    noise = spread * (0.15 if kind == "equivalence" else 0.7)
    split = rng.normal(centre, spread, seeds)
    first, second = split + gain + rng.normal(0, noise, seeds), split + rng.normal(0, noise, seeds)
    fields = _tested(kind, first - second, margin, 0.0, rng) | {"margin": margin}
    pairs = tuple({"seed": seed, "a": x, "b": y} for seed, (x, y) in enumerate(zip(first, second, strict=True)))
    return Judgement(on=on, measure=measure, a=a, b=tuple(b), rival=b[0], pairs=pairs, **fields)


def _ratio(
    cost: str, a: str, b: list[str], planted: float, expected: float, seeds: int, rng: np.random.Generator
) -> Judgement:
    second = rng.uniform(800, 1200, seeds)
    first = second * planted * np.exp(rng.normal(0, 0.1, seeds))
    fields = _tested("ratio", np.log(first / second), math.log(1 + COST_MARGIN), math.log(expected), rng)
    for name in ("effect", "low", "high", "low_alone", "high_alone"):
        fields[name] = None if fields[name] is None else math.exp(fields[name])
    pairs = tuple({"seed": seed, "a": x, "b": y} for seed, (x, y) in enumerate(zip(first, second, strict=True)))
    given: dict[str, Any] = {"a": a, "b": tuple(b), "rival": b[0], "margin": COST_MARGIN, "expected": expected}
    return Judgement(on=MEASURED, measure=cost, unit="ratio", pairs=pairs, **given, **fields)


def _tested(
    kind: str, differences: np.ndarray, margin: float, expected: float, rng: np.random.Generator
) -> dict[str, Any]:
    """Effect, intervals, p and verdict of paired differences, by a plain t test."""
    n = len(differences)
    effect = float(differences.mean())
    empty = dict.fromkeys(("low", "high", "low_alone", "high_alone", "p", "p_adjusted"))
    if n < 2:
        return {"verdict": NOT_JUDGED, "reason": "one_seed", "n": n, "effect": effect, **empty}
    error = float(differences.std(ddof=1) / math.sqrt(n))
    half = float(stats.t.ppf(0.975, n - 1)) * error
    resampled = rng.choice(differences, (999, n)).mean(axis=1)
    low, high = (float(end) for end in np.quantile(resampled, [0.025, 0.975]))
    t = (effect - expected) / error
    p = float(2 * stats.t.sf(abs(t), n - 1))
    inside = abs(effect - expected) + half < margin
    verdict = SUPPORTED if p < LEVEL and t > 0 else CONTRADICTED if p < LEVEL else INCONCLUSIVE
    if kind == "equivalence":
        verdict = SUPPORTED if inside else CONTRADICTED if abs(effect) - half > margin else INCONCLUSIVE
    elif inside:
        verdict = EQUIVALENT
    detectable = float(3.0 * error * math.sqrt(2))
    undecided = "underpowered" if detectable > margin else "inconclusive"
    return {
        "verdict": verdict, "reason": _reason(kind, verdict, t > 0) or undecided, "n": n, "effect": effect,
        "low": low, "high": high,
        "low_alone": effect - half,
        "high_alone": effect + half, "confidence": 0.99, "effect_size": effect / float(differences.std(ddof=1)),
        "probability": float((differences > 0).mean()), "p": p, "p_adjusted": min(1.0, 10 * p), "p_other": 1 - p,
        "p_other_adjusted": 1.0, "p_wilcoxon": float(stats.wilcoxon(differences).pvalue),
        "rope": {"worse": 0.2, "equal": 0.3, "better": 0.5}, "detectable": detectable,
        "seeds_needed": math.ceil(n * (detectable / margin) ** 2),
        "seeds_least": math.ceil(n * (detectable / margin) ** 2 / 2),
        "seeds_most": math.ceil(n * (detectable / margin) ** 2 * 3),
    }  # fmt: skip


def _reason(kind: str, verdict: str, above: bool) -> str | None:
    """The code of the report's sentence for a verdict that is conclusive."""
    if kind == "equivalence":
        return {SUPPORTED: "within_margin", CONTRADICTED: "outside_margin"}.get(verdict)
    if verdict == EQUIVALENT:
        return "ratio_equal" if kind == "ratio" else "within_margin"
    if verdict == INCONCLUSIVE:
        return None
    return ("ratio_above" if above else "ratio_below") if kind == "ratio" else ("better" if above else "worse")


def _count(
    quantity: str, cell: str, planted: float, expected: float, seeds: int, rng: np.random.Generator
) -> Judgement:
    values = planted + (rng.integers(0, 40, seeds) if quantity == "epochs" else np.zeros(seeds, int))
    equal = bool((values == expected).all())
    verdict, reason = (SUPPORTED, "count_holds") if equal else (CONTRADICTED, "count_fails")
    return Judgement(
        on=MEASURED, verdict=verdict, reason=reason, measure=quantity, unit="count",
        a=cell, n=seeds, effect=float(values.mean()), expected=expected, pairs=_values(values),
        details={"bound": "equal", "holding": int((values == expected).sum())},
    )  # fmt: skip


def _interval(cell: str, mean: float, documented: float, seeds: int, rng: np.random.Generator) -> Judgement:
    values = mean + rng.normal(0, 0.0008, seeds)
    given: dict[str, Any] = {"measure": "selection_score", "a": cell, "n": seeds, "expected": documented}
    if seeds < 2:
        return Judgement(on=MEASURED, verdict=NOT_JUDGED, reason="one_seed", pairs=_values(values), **given)
    half = float(stats.t.ppf(0.975, seeds - 1) * values.std(ddof=1) * math.sqrt(1 + 1 / seeds))
    centre = float(values.mean())
    inside = abs(documented - centre) <= half
    return Judgement(
        on=MEASURED, verdict=SUPPORTED if inside else CONTRADICTED, reason="inside" if inside else "outside",
        effect=centre, low=centre - 2 * half, high=centre + 2 * half, low_alone=centre - half, high_alone=centre + half,
        confidence=0.99, pairs=_values(values), **given,
    )  # fmt: skip


def _replication(rows: int, rng: np.random.Generator) -> Judgement:
    told = []
    for row in range(1, rows + 1):
        mean, half = float(rng.uniform(0.95, 0.98)), float(rng.uniform(0.0015, 0.003))
        documented = mean + float(rng.normal(0, 0.0015))
        told.append(
            {"row": row, "documented": documented, "mean": mean, "low": mean - half, "high": mean + half}
            | {"inside": abs(documented - mean) <= half}
        )
    inside = sum(row["inside"] for row in told)
    verdict, reason = (SUPPORTED, "rows_alike") if inside >= rows - 1 else (CONTRADICTED, "rows_differ")
    return Judgement(
        on=MEASURED, verdict=verdict, reason=reason,
        measure="validation_accuracy", unit="count", n=rows, effect=float(inside),
        details={"rows": told, "inside": inside, "compared": rows, "off": 0.0004},
    )  # fmt: skip


def _fact(cell: str | None, expected: float, seeds: int, rng: np.random.Generator) -> Judgement:
    given: dict[str, Any] = {"on": MEASURED, "expected": expected}
    if cell is None:
        return Judgement(
            verdict=SUPPORTED, reason="fact_true", measure="grid_size", unit="count", effect=expected, **given
        )
    values = np.zeros(seeds) if expected == 0 else rng.uniform(1.5, 6, seeds)
    verdict = SUPPORTED if values.mean() >= expected else INCONCLUSIVE
    measure = "hyperparameters_varied" if expected == 0 else "importance"
    unit = "count" if expected == 0 else "ratio"
    found = "fact_true" if expected == 0 else "ratio_above" if verdict == SUPPORTED else "inconclusive"
    return Judgement(
        verdict=verdict, reason=found, measure=measure, a=cell, n=seeds,
        effect=float(values.mean()), unit=unit, pairs=_values(values),
        details={"names": ["neurons", "epochs"]}, **given,
    )  # fmt: skip


def _values(values: np.ndarray) -> tuple[dict[str, float], ...]:
    return tuple({"seed": seed, "value": float(value)} for seed, value in enumerate(values))


def _refused(judgement: dict[str, Any], reason: str) -> dict[str, Any]:
    kept = {name: judgement[name] for name in ("on", "measure", "unit", "a", "b", "margin", "expected")}
    return json.loads(json.dumps(asdict(Judgement(verdict=NOT_JUDGED, reason=reason, **kept))))
