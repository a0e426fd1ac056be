"""Means over seeds, with Student t-intervals: seeds are the only replication that a run has."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from hpotrial import metrics
from hpotrial.tables.labels import cv_order
from hpotrial.tables.schema import ARM_KEY, MEAN_COSTS, SCORES


def mean_interval(values: pd.Series | np.ndarray, confidence: float = 0.95) -> tuple[int, float, float, float]:
    """Number, mean, and lower and upper end of the Student t-interval of the mean of the values that are not NaN.

    The ends are NaN for fewer than two values, the mean for none.
    """
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    if not len(known):
        return 0, np.nan, np.nan, np.nan
    mean = float(known.mean())
    if len(known) == 1:
        return 1, mean, np.nan, np.nan
    half = float(stats.t.ppf(0.5 + confidence / 2, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    return len(known), mean, mean - half, mean + half


def summarise_metrics(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per dataset, arm and cv-setting: the mean of every metric on the audit rows, with 95 % intervals.

    Columns: ``ARM_KEY``, ``selects_on`` (the metric that the arm maximises), ``seeds``, then for each of
    ``hpotrial.metrics.NAMES`` its mean in its own units, ``_low`` and ``_high``.
    """
    rows = []
    for key, group in sorted(runs.groupby(ARM_KEY), key=lambda item: (*item[0][:3], cv_order(str(item[0][3])))):
        ok = group[group["status"] == "ok"]
        row: dict[str, Any] = dict(zip(ARM_KEY, key, strict=True))
        row |= {"selects_on": _selects_on(group), "seeds": len(ok)}
        for name in metrics.NAMES:
            _, *row_values = mean_interval(ok[f"audit_{name}"])
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), row_values, strict=True))
        rows.append(row)
    intervals = [f"{name}{end}" for name in metrics.NAMES for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*ARM_KEY, "selects_on", "seeds", *intervals])


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per dataset, arm and cv-setting: scores, with 95 % intervals, and mean costs over seeds.

    Scores are by the metric ``selects_on`` (shares of 1; a loss negated). Only runs with status ``ok`` count; ``seeds``
    says how many there are, ``planned`` how many were asked for.
    """
    rows = []
    for key, group in sorted(runs.groupby(ARM_KEY), key=lambda item: (*item[0][:3], cv_order(str(item[0][3])))):
        ok = group[group["status"] == "ok"]
        row: dict[str, Any] = dict(zip(ARM_KEY, key, strict=True))
        row |= {"selects_on": _selects_on(group), "standin": bool(ok["standin"].fillna(False).any())}
        row |= {"planned": len(group), "seeds": len(ok)}
        for score in SCORES:
            _, *row_values = mean_interval(ok[f"{score}_score"])
            row |= dict(zip((score, f"{score}_low", f"{score}_high"), row_values, strict=True))
        rows.append(row | {cost: mean_interval(ok[cost])[1] for cost in MEAN_COSTS})
    intervals = [f"{score}{end}" for score in SCORES for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*ARM_KEY, "selects_on", "standin", "planned", "seeds", *intervals, *MEAN_COSTS])


def _selects_on(runs: pd.DataFrame) -> str:
    """The metric that an arm's runs maximise; a run that is missing does not say."""
    return str(next(iter(runs["metric"].dropna()), metrics.ACCURACY))
