"""What the tables of one dataset show, as numbers without a verdict."""

from typing import Any

import numpy as np
import pandas as pd

from hpotrial.results import Tables, arm_label, fold_gains, mean_interval


def summarise_dataset(tables: Tables, dataset: str) -> dict[str, Any]:
    """Best and worst arm on the audit rows, paired differences of folds, range of optimism, range of cost."""
    arms = tables.arms[(tables.arms["dataset"] == dataset) & tables.arms["audit"].notna()]
    runs = tables.runs[(tables.runs["dataset"] == dataset) & (tables.runs["status"] == "ok")]
    return {
        "compared": len(arms),
        "audit": _audit(arms),
        "folds": _folds(runs),
        "optimism": _optimism(runs),
        "cost": _cost(arms),
    }


def _audit(arms: pd.DataFrame) -> dict[str, Any] | None:
    """First and last arm by mean audit score, and how many other intervals overlap that of the first."""
    if arms.empty:
        return None
    ranked = arms.sort_values(["audit", "arm", "cv"], ascending=[False, True, True])
    best, others = ranked.iloc[0], ranked.iloc[1:]
    known = others.dropna(subset=["audit_low", "audit_high"])
    overlap = (known["audit_high"] >= best["audit_low"]) & (known["audit_low"] <= best["audit_high"])
    return {
        "best": _scored(best),
        "worst": _scored(ranked.iloc[-1]),
        "overlapping": None if np.isnan(best["audit_low"]) else int(overlap.sum()),
        "others_with_interval": len(known),
    }


def _scored(arm: "pd.Series[Any]") -> dict[str, Any]:
    ends = {"mean": arm["audit"], "low": arm["audit_low"], "high": arm["audit_high"]}
    return {"label": arm_label(arm["arm"], arm["cv"]), "n": arm["seeds"], **ends}


def _interval(label: str, values: "pd.Series[float]") -> dict[str, Any]:
    n, mean, low, high = mean_interval(values)
    return {"label": label, "n": n, "mean": mean, "low": low, "high": high}


def _folds(runs: pd.DataFrame) -> list[dict[str, Any]]:
    """Audit score with cv5 minus audit score with cv3, by arm, paired by seed."""
    return [_interval(str(arm), group["gain"]) for arm, group in fold_gains(runs).groupby("arm", sort=True)]


def _optimism(runs: pd.DataFrame) -> dict[str, Any] | None:
    """Smallest and largest mean of selection minus audit score, and on which side of zero the intervals lie."""
    gaps = (runs["selection_score"] - runs["audit_score"]).dropna()
    by_arm = gaps.groupby([runs["arm"], runs["cv"]])
    found = [_interval(arm_label(*map(str, key)), group) for key, group in by_arm]
    if not found:
        return None
    ranked = sorted(found, key=lambda item: (item["mean"], item["label"]))
    known = [item for item in ranked if not np.isnan(item["low"])]
    return {
        "least": ranked[0],
        "most": ranked[-1],
        "known": len(known),
        "above": sum(item["low"] > 0 for item in known),
        "below": sum(item["high"] < 0 for item in known),
    }


def _cost(arms: pd.DataFrame) -> dict[str, Any] | None:
    """The arms that process the fewest and the most training examples in one run."""
    known = arms.dropna(subset="examples").sort_values(["examples", "arm", "cv"])
    if known.empty:
        return None
    ends = {"least": known.iloc[0], "most": known.iloc[-1]}
    return {
        name: {"label": arm_label(arm["arm"], arm["cv"]), "examples": arm["examples"], "audit": arm["audit"]}
        for name, arm in ends.items()
    }
