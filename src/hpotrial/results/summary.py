"""Means over seeds, with Student t-intervals: seeds are the only replication that a run has."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from hpotrial.core import metrics
from hpotrial.core.table_schemas import ARM_KEY, MEAN_COSTS, SCORES
from hpotrial.results.labels import cv_order


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
    ``hpotrial.core.metrics.NAMES`` its mean in its own units, ``_low`` and ``_high``.
    """
    rows = []
    for row, _, ok in _arms(runs):
        row["seeds"] = len(ok)
        for name in metrics.NAMES:
            row |= _with_interval(name, ok[f"audit_{name}"])
        rows.append(row)
    return pd.DataFrame(rows, columns=[*ARM_KEY, "selects_on", "seeds", *_interval_names(metrics.NAMES)])


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per dataset, arm and cv-setting: scores, with 95 % intervals, and mean costs over seeds.

    Scores are by the metric ``selects_on`` (shares of 1; a loss negated). Only runs with status ``ok`` count; ``seeds``
    says how many there are, ``planned`` how many were asked for.
    """
    rows = []
    for row, group, ok in _arms(runs):
        row |= {"standin": bool(ok["standin"].fillna(False).any()), "planned": len(group), "seeds": len(ok)}
        for score in SCORES:
            row |= _with_interval(score, ok[f"{score}_score"])
        rows.append(row | {cost: mean_interval(ok[cost])[1] for cost in MEAN_COSTS})
    names = [*ARM_KEY, "selects_on", "standin", "planned", "seeds", *_interval_names(SCORES), *MEAN_COSTS]
    return pd.DataFrame(rows, columns=names)


def _arms(runs: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]]:
    """Of each arm at each cv-setting: the start of its row, its runs, and those that ended well."""
    for key, group in sorted(runs.groupby(ARM_KEY), key=lambda item: (*item[0][:3], cv_order(str(item[0][3])))):
        # a run that is missing does not say what it maximises
        selects_on = str(next(iter(group["metric"].dropna()), metrics.ACCURACY))
        yield dict(zip(ARM_KEY, key, strict=True)) | {"selects_on": selects_on}, group, group[group["status"] == "ok"]


def _with_interval(name: str, values: pd.Series) -> dict[str, float]:
    return dict(zip(_interval_names([name]), mean_interval(values)[1:], strict=True))


def _interval_names(names: Iterable[str]) -> list[str]:
    return [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
