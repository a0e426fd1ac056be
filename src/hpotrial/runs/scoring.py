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


class Scorer:
    """Scores models on the test and the audit rows of a split; equal predictions, of searches that agree, are scored
    once.

    Parameters
    ----------
    X, y : ndarray of shape (rows, ...), ndarray of shape (rows,)
        All rows and class codes of the dataset.
    split : Split
        Their parts.
    """

    def __init__(self, X: np.ndarray, y: np.ndarray, split: Split) -> None:
        self._rows = {part: (X[rows], y[rows]) for part in PARTS for rows in [getattr(split, part)]}
        self._known: dict[tuple[str, bytes], Scored] = {}

    def parts(self, models: Sequence[Predictor]) -> dict[str, Scored]:
        """What some models of one run come to together, on each part."""
        return {part: together([self._scored(part, model) for model in models]) for part in PARTS}

    def _scored(self, part: str, model: Predictor) -> Scored:
        X, y = self._rows[part]
        probabilities = model.probabilities(X)
        key = part, probabilities.tobytes()
        if key not in self._known:
            right = (np.argmax(probabilities, axis=1) == y).astype(np.int64)
            self._known[key] = Scored(metrics.all_of(probabilities, y), right)
        return self._known[key]


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
