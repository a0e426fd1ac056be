"""Claims that are counted or looked up, and the one fact that is tested: that a hyperparameter matters more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from hpotrial.core.claims import (  # fmt: skip
    CONTRADICTED,
    INCONCLUSIVE,
    MEASURED,
    NOT_JUDGED,
    SUPPORTED,
    Cell,
    Claim,
    Judgement,
)
from hpotrial.core.space import Space
from hpotrial.results.statistics.paired import one_sided, paired
from hpotrial.results.verdicts.comparison import Comparison, Ends, Scale
from hpotrial.results.verdicts.decision import DIFFERENCE, Hypotheses
from hpotrial.results.verdicts.evidence import Evidence

_BLANK = Judgement(on=MEASURED, verdict=NOT_JUDGED, reason="no_runs", unit="count")


def count(claim: Claim, evidence: Evidence, plan: pd.DataFrame) -> Judgement:
    """Hold a number of every seed's run, or of the plan, against the number that the claim expects."""
    (cell,), quantity = claim.cells["of"], claim.settings["quantity"]
    ((bound, expected),) = claim.settings["expected"].items()
    blank = replace(_BLANK, a=str(cell), measure=quantity)
    values = _counted(cell, quantity, evidence, plan)
    if isinstance(expected, Mapping):
        other = claim.cells["expected"][0]
        limits = expected.get("times", 1) * _counted(other, expected["quantity"], evidence, plan)
        blank = replace(blank, b=(str(other),), rival=str(other))
    else:
        limits = pd.Series(float(expected), index=values.index)
    seeds = values.index.intersection(limits.index)
    if not len(seeds):
        return replace(blank, details={"cell": str(cell)})
    values, limits = values[seeds], limits[seeds]
    slack = claim.settings.get("tolerance", 0.0) * limits
    holds = {
        "equal": (values - limits).abs() <= slack,
        "at_least": values >= limits - slack,
        "at_most": values <= limits + slack,
    }[bound]
    verdict, reason = INCONCLUSIVE, "count_mixed"
    if holds.all():
        verdict, reason = SUPPORTED, "count_holds"
    elif not holds.any():
        verdict, reason = CONTRADICTED, "count_fails"
    return replace(
        blank,
        verdict=verdict,
        reason=reason,
        n=len(seeds),
        effect=float(values.mean()),
        low=float(values.min()),
        high=float(values.max()),
        expected=float(limits.mean()),
        margin=claim.settings.get("tolerance", 0.0),
        pairs=tuple({"seed": int(str(seed)), "value": float(value)} for seed, value in values.items()),
        details={"bound": bound, "holding": int(holds.sum())},
    )


def _counted(cell: Cell, quantity: str, evidence: Evidence, plan: pd.DataFrame) -> pd.Series[Any]:
    """The quantity by seed: as the runs spent it, or, of an arm that is only planned and of seconds, as planned."""
    mine = plan[(plan["dataset"] == cell.dataset) & (plan["arm"] == cell.arm) & (plan["cv"] == cell.cv)]
    if len(mine) and (quantity == "seconds" or mine["plan_only"].all()):
        return mine.set_index("seed").sort_index()[quantity].astype(float)
    return evidence.good(cell)[quantity].dropna().astype(float)


def fact(claim: Claim, evidence: Evidence) -> Comparison | Judgement:
    """Look a fact up in the trials or in the space, or compare importances of hyperparameters."""
    said = claim.settings["fact"]
    if "grid_size" in said:
        return _grid_size(said)
    (cell,) = claim.cells["of"]
    if "importance" in said:
        return _importance(cell, float(said["importance"]["at_least"]), evidence)
    return _searched(cell, said["searched"], bool(said["expected"]), evidence)


def _grid_size(said: Mapping[str, Any]) -> Judgement:
    """The size of a full grid, and whether one more hyperparameter multiplies it by its number of values."""
    size, values = said["grid_size"]["hyperparameters"], said["grid_size"]["values"]

    def grid(names: int) -> int | None:
        domain = {"choice": list(range(values))}
        return Space.from_config({f"h{n}": domain for n in range(names)}, where="fact.grid_size").size

    counted, next_one = grid(size), grid(size + 1)
    assert counted is not None
    assert next_one is not None
    holds = counted == said["expected"] and (not said.get("growth") or next_one == counted * values)
    return replace(
        _BLANK,
        verdict=SUPPORTED if holds else CONTRADICTED,
        reason="fact_true" if holds else "fact_false",
        measure="grid_size",
        effect=float(counted),
        expected=float(said["expected"]),
        details={"hyperparameters": size, "values": values, "next": next_one},
    )


def _searched(cell: Cell, names: list[str], expected: bool, evidence: Evidence) -> Judgement:
    """Whether the trials of an arm give different values to hyperparameters; per seed, how many of them vary."""
    trials = evidence.trials(cell)
    blank = replace(_BLANK, a=str(cell), measure="hyperparameters_varied", details={"cell": str(cell)})
    if trials.empty:
        return blank
    found = []
    for seed, mine in trials.groupby("seed"):
        values = [json.loads(text) for text in mine["configuration"]]
        varied = [name for name in names if len({json.dumps(one.get(name)) for one in values}) > 1]
        found.append((int(str(seed)), varied))
    right = [bool(varied) is expected if not expected else len(varied) == len(names) for _, varied in found]
    verdict = SUPPORTED if all(right) else CONTRADICTED if not any(right) else INCONCLUSIVE
    reason = {SUPPORTED: "fact_true", CONTRADICTED: "fact_false"}.get(verdict, "count_mixed")
    return replace(
        blank,
        verdict=verdict,
        reason=reason,
        n=len(found),
        effect=float(np.mean([len(varied) for _, varied in found])),
        expected=float(len(names) if expected else 0),
        pairs=tuple({"seed": seed, "value": float(len(varied))} for seed, varied in found),
        details={"names": names, "holding": sum(right)},
    )


def _importance(cell: Cell, at_least: float, evidence: Evidence) -> Comparison | Judgement:
    """How many times the mean of the others the most important hyperparameter weighs.

    It is chosen on all other seeds, so that chance does not favour it on its own. Tested is the mean of its weight less
    ``at_least`` times that of the others; the interval has the ratios that are not rejected so (E. C. Fieller, Some
    problems in interval estimation, Journal of the Royal Statistical Society B 16, 1954).
    """
    table = evidence.tables.importance
    mine = table[(table["dataset"] == cell.dataset) & (table["arm"] == cell.arm) & (table["cv"] == cell.cv)]
    blank = replace(_BLANK, a=str(cell), measure="importance", unit="ratio", expected=at_least)
    wide = mine.pivot(index="seed", columns="hyperparameter", values="importance").dropna()
    if len(wide) < 2:
        return replace(blank, reason="one_seed" if len(wide) else "not_recorded", details={"cell": str(cell)})
    chosen = [str(wide.drop(index=seed).mean().idxmax()) for seed in wide.index]
    top = np.array([wide.loc[seed, name] for seed, name in zip(wide.index, chosen, strict=True)], dtype=float)
    others = (wide.sum(axis=1).to_numpy(float) - top) / (wide.shape[1] - 1)
    values = top - at_least * others
    greater, less = one_sided(paired(values))

    def ends(confidence: float) -> Ends:
        tail = (1 - confidence) / 2

        def kept(ratio: float, side: int) -> bool:
            return one_sided(paired(top - ratio * others))[side] > tail

        return _end(lambda ratio: kept(ratio, 0), 0), _end(lambda ratio: kept(ratio, 1), 1)

    return Comparison(
        replace(
            blank,
            n=len(wide),
            effect=float(top.mean() / others.mean()) if others.mean() > 0 else None,
            pairs=tuple(
                {"seed": int(str(seed)), "value": float(one / other)}
                for seed, one, other in zip(wide.index, top, others, strict=True)
                if other > 0
            ),
            details={"names": sorted(set(chosen))},
        ),
        Hypotheses(DIFFERENCE, greater, less),
        Scale(indifferent=False),
        values,
        0.0,
        ends,
        {SUPPORTED: "ratio_above", CONTRADICTED: "ratio_below", INCONCLUSIVE: "inconclusive"},
    )


def _end(kept: Callable[[float], bool], side: int) -> float | None:
    """The least (side 0) or greatest ratio up to a million that is kept, by bisection; None where there is no end."""
    low, high = 0.0, 1e6
    if kept(low if side == 0 else high):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        if kept(middle) == (side == 0):
            high = middle
        else:
            low = middle
    return high if side == 0 else low
