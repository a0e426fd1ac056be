"""What the models of a run are worth on rows that no fit saw: every metric, and which rows they get right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from hpotrial.core import metrics
from hpotrial.core.packing import packed_counts, packed_rows
from hpotrial.core.records import RightRows
from hpotrial.datasets.splits import Split
from hpotrial.search import Predictor

PARTS = ("test", "audit")


@dataclass(frozen=True)
class Scored:
    """What one model, or several, came to on some rows.

    Attributes
    ----------
    metrics : Mapping
        Every metric in its own units, the mean over the models; None where one has none.
    right : ndarray of int, shape (rows,)
        How many of the models gave a row's class the greatest probability.
    models : int
        How many there are.
    """

    metrics: Mapping[str, float | None]
    right: np.ndarray
    models: int = 1


def scored(predictor: Predictor, X: np.ndarray, y: np.ndarray) -> Scored:
    """One model on unscaled rows of shape (rows, ...) and their class codes."""
    probabilities = predictor.probabilities(X)
    return Scored(metrics.all_of(probabilities, y), (np.argmax(probabilities, axis=1) == y).astype(np.int64))


def together(several: Sequence[Scored]) -> Scored:
    """What several came to on the same rows: means of the metrics, each counting alike, and the sums of the counts."""
    if len(several) == 1:
        return several[0]
    return Scored(
        {name: mean([one.metrics[name] for one in several]) for name in several[0].metrics},
        np.sum([one.right for one in several], axis=0),
        sum(one.models for one in several),
    )


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of some values, None where one of them is; a single one as it is."""
    known = [value for value in values if value is not None]
    return None if len(known) < len(values) else fmean(known) if len(known) > 1 else known[0]


def right_rows(parts: Mapping[str, Scored], split: Split) -> RightRows:
    """Which rows of each part were right, as it is recorded."""
    packed = {}
    for name in PARTS:
        packed[f"{name}_rows"] = packed_rows(getattr(split, name))
        packed[f"{name}_right"] = packed_counts(parts[name].right, parts[name].models)
    return RightRows(models=parts["test"].models, **packed)
