"""Claims that are checked rather than tested: counts, documented values, facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from hpotrial.results.statistics.intervals import bca, fewest_inside, prediction_interval
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


def within_interval(claim: Claim, evidence: Evidence, replication: pd.DataFrame | None) -> Judgement:
    """Hold documented values against the interval for one new run."""
    if "replication" in claim.settings:
        return _replicated(claim, replication)
    (cell,), score = claim.cells["of"], claim.settings["score"]
    documented = float(claim.settings["value"])
    blank = replace(_BLANK, a=str(cell), measure=f"{score}_score", unit="share", expected=documented)
    values = evidence.good(cell)[f"{score}_score"].dropna()
    if len(values) < 2:
        return replace(
            blank, reason="one_seed" if len(values) else "no_runs", n=len(values), details={"cell": str(cell)}
        )
    new_run = prediction_interval(values.to_list())
    low, high = new_run.low, new_run.high
    assert low is not None
    assert high is not None
    inside = low <= documented <= high
    return replace(
        blank,
        verdict=SUPPORTED if inside else CONTRADICTED,
        reason="inside" if inside else "outside",
        n=len(values),
        effect=float(values.mean()),
        low=low,
        high=high,
        pairs=tuple({"seed": int(str(seed)), "value": float(value)} for seed, value in values.items()),
        details={"low": low, "high": high},
    )


def _replicated(claim: Claim, replication: pd.DataFrame | None) -> Judgement:
    blank = replace(_BLANK, measure="validation_accuracy", details={"cell": "replicate"})
    if replication is None:
        return blank
    asked = claim.settings["replication"]
    rows = replication[replication["source"] == asked["source"]]
    if "method" in asked:
        rows = rows[rows["method"] == asked["method"]]
    if rows["standin"].fillna(False).astype(bool).any():
        return replace(blank, reason="standin")
    known = rows[rows["validation_inside"].notna()]
    if known.empty:
        return blank
    if len(known) < asked.get("rows", 1):
        return replace(blank, reason="rows_missing", details={"compared": len(known), "wanted": asked["rows"]})
    inside = int(known["validation_inside"].astype(bool).sum())
    wanted = fewest_inside(len(known))
    enough = inside >= wanted
    return replace(
        blank,
        verdict=SUPPORTED if enough else CONTRADICTED,
        reason="enough_inside" if enough else "too_few_inside",
        n=int(known["fits"].max()),
        effect=float(inside),
        expected=float(wanted),
        details={
            "inside": inside,
            "compared": len(known),
            "wanted": wanted,
            "not_compared": len(rows) - len(known),
            "rows": [
                {
                    "row": int(row["row"]),
                    "documented": float(row["validation_documented"]),
                    **{name: float(row[f"validation_{name}"]) for name in ("mean", "low", "high")},
                    "inside": bool(row["validation_inside"]),
                }
                for _, row in known.iterrows()
            ],
        },
    )


def fact(claim: Claim, evidence: Evidence) -> Judgement:
    """Look a fact up in the trials, in the space, or in the importance of hyperparameters."""
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


def _importance(cell: Cell, at_least: float, evidence: Evidence) -> Judgement:
    """How many times the mean of the others the most important hyperparameter weighs.

    It is chosen on all other seeds, so that chance does not favour it on its own.
    """
    table = evidence.tables.importance
    mine = table[(table["dataset"] == cell.dataset) & (table["arm"] == cell.arm) & (table["cv"] == cell.cv)]
    blank = replace(_BLANK, a=str(cell), measure="importance", unit="ratio", expected=at_least)
    wide = mine.pivot(index="seed", columns="hyperparameter", values="importance").dropna()
    if len(wide) < 2:
        return replace(blank, reason="one_seed" if len(wide) else "not_recorded", details={"cell": str(cell)})
    ratios, chosen = {}, []
    for seed in wide.index:
        top = str(wide.drop(index=seed).mean().idxmax())
        others = wide.loc[seed].drop(top).mean()
        ratios[int(seed)] = float(wide.loc[seed, top] / others) if others > 0 else np.inf
        chosen.append(top)
    values = np.array(list(ratios.values()))
    finite = values[np.isfinite(values)]
    low, high = bca(finite)
    verdict, reason = INCONCLUSIVE, "inconclusive"
    if low >= at_least:
        verdict, reason = SUPPORTED, "ratio_above"
    elif high < at_least:
        verdict, reason = CONTRADICTED, "ratio_below"
    return replace(
        blank,
        verdict=verdict,
        reason=reason,
        n=len(finite),
        effect=float(finite.mean()),
        low=float(low),
        high=float(high),
        pairs=tuple({"seed": seed, "value": value} for seed, value in ratios.items() if np.isfinite(value)),
        details={"names": sorted(set(chosen))},
    )
