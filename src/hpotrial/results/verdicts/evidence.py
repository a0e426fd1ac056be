"""What the tables say of a claim's cells, seed by seed: runs of two cells with the same seed share their split."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from hpotrial.core import metrics
from hpotrial.core.claims import AUDITED, DOCUMENTED, SCORES, Cell
from hpotrial.results import Tables
from hpotrial.results.right_rows import right_matrix
from hpotrial.results.statistics.components import CONFIDENCE, spread

LEVEL = "trials_to_level"


@dataclass(frozen=True)
class Pairs:
    """Two cells side by side.

    Attributes
    ----------
    seeds : ndarray
        The seeds with a value in both, ascending.
    a, b : ndarray
        The values of each, shape (seeds,), or (seeds, folds) where fold scores are compared.
    without : int
        Planned seeds that lack a value.
    shared_rows : float or None
        Rows scored over rows fitted, of the splits that seeds redraw from the same rows; None where they do not.
    folds : int
        Folds of the scores; 1 where a seed has one value.
    resolution : float
        The step of a score, one row of those that it is taken on (nearly); 0 for costs.
    """

    seeds: np.ndarray
    a: np.ndarray
    b: np.ndarray
    without: int
    shared_rows: float | None = None
    folds: int = 1
    resolution: float = 0.0


@dataclass(frozen=True)
class Evidence:
    """Where values come from: the tables, and which datasets redraw their training rows with every seed."""

    tables: Tables
    redrawn: Mapping[str, bool] = field(default_factory=dict)

    def runs(self, cell: Cell) -> pd.DataFrame:
        """The planned runs of a cell by seed, ascending."""
        found = self._runs_by_cell.get((cell.dataset, cell.arm, cell.cv))
        return self.tables.runs.iloc[:0].set_index("seed") if found is None else found

    def good(self, cell: Cell) -> pd.DataFrame:
        """Those of them that ended well."""
        runs = self.runs(cell)
        return runs[runs["status"] == "ok"]

    def trials(self, cell: Cell) -> pd.DataFrame:
        """The trials of a cell's runs, by seed and in order."""
        found = self._trials_by_cell.get((cell.dataset, cell.arm, cell.cv))
        return self.tables.trials.iloc[:0] if found is None else found.sort_values(["seed", "repeat", "trial"])

    @cached_property
    def _runs_by_cell(self) -> dict[Any, pd.DataFrame]:
        grouped = self.tables.runs.groupby(["dataset", "arm", "cv"])
        return {key: runs.set_index("seed").sort_index() for key, runs in grouped}

    @cached_property
    def _trials_by_cell(self) -> dict[Any, pd.DataFrame]:
        return dict(iter(self.tables.trials.groupby(["dataset", "arm", "cv"])))

    def scores(self, a: Cell, b: Cell, measure: str | Mapping[str, str], metric: str | None = None) -> Pairs:
        """The scores of two cells, paired by seed; by fold as well where both are the winner's own fold scores.

        Parameters
        ----------
        a, b : Cell
            The cells, which may be the same.
        measure : str or Mapping[str, str]
            ``selection``, ``test`` or ``audit``; a mapping with ``a`` and ``b`` where theirs differ.
        metric : str or None
            The metric; by default the one that the arms maximise. Greater is better: a loss is negated.
        """
        of_a, of_b = (measure["a"], measure["b"]) if isinstance(measure, Mapping) else (measure, measure)
        if of_a == of_b == "selection" and a.cv == b.cv and a.cv.kind == "cv":
            return self._folds(a, b)
        left, right = (self._score(cell, of, metric) for cell, of in ((a, of_a), (b, of_b)))
        seeds = left.dropna().index.intersection(right.dropna().index).sort_values()
        planned = len(self.runs(a).index.union(self.runs(b).index))
        return Pairs(
            seeds.to_numpy(), left[seeds].to_numpy(float), right[seeds].to_numpy(float), planned - len(seeds),
            shared_rows=self._shared_rows(a, b), resolution=self._resolution(a),
        )  # fmt: skip

    def gap(self, a: Cell, b: Cell, scores: Mapping[str, Any], metric: str | None = None) -> Pairs:
        """The documented difference of two cells beside the audited one, seed by seed.

        Parameters are those of :meth:`scores`; ``scores`` has a measure for ``documented`` and for ``audited``.
        """
        documented, audited = (self.scores(a, b, scores[on], metric) for on in (DOCUMENTED, AUDITED))
        of_each = [
            pd.Series((pairs.a - pairs.b).reshape(len(pairs.seeds), -1).mean(axis=1), pairs.seeds)
            for pairs in (documented, audited)
        ]
        seeds = of_each[0].index.intersection(of_each[1].index).sort_values()
        planned = len(self.runs(a).index.union(self.runs(b).index))
        left, right = (one[seeds].to_numpy(float) for one in of_each)
        return Pairs(seeds.to_numpy(), left, right, planned - len(seeds), resolution=documented.resolution)

    def row_differences(self, a: Cell, b: Cell) -> np.ndarray:
        """Of each seed and row, by how much ``a`` was right more often than ``b``; shape (seeds, rows).

        Audit rows only, of arms that maximise accuracy, which is what rows that are right come to; NaN where a seed
        did not score a row, and nothing at all where the rows are not known.
        """
        if any(set(self.good(cell)["metric"]) != {metrics.ACCURACY} for cell in (a, b)):
            return np.empty((0, 0))
        left, right = (
            right_matrix(self.tables.rows, cell.dataset, cell.arm, str(cell.cv), ["audit"]) for cell in (a, b)
        )
        together = (left - right).dropna(axis=0, how="all").dropna(axis=1, how="all")
        return together.to_numpy(float)

    def costs(self, a: Cell, b: Cell, cost: str) -> Pairs:
        """The costs of two cells' runs, paired by seed; see :data:`LEVEL` for the one that needs both."""
        if cost == LEVEL:
            return self._to_level(a, b)
        left, right = self.good(a)[cost].dropna(), self.good(b)[cost].dropna()
        seeds = left[left > 0].index.intersection(right[right > 0].index).sort_values()
        planned = len(self.runs(a).index.union(self.runs(b).index))
        return Pairs(seeds.to_numpy(), left[seeds].to_numpy(float), right[seeds].to_numpy(float), planned - len(seeds))

    def _score(self, cell: Cell, score: str, metric: str | None) -> pd.Series[Any]:
        assert score in SCORES
        runs = self.good(cell)
        if metric is None or score == "selection":
            return runs[f"{score}_score"]
        return runs[f"{score}_{metric}"] * (-1.0 if metric in metrics.LOSSES else 1.0)

    def _shared_rows(self, a: Cell, b: Cell) -> float | None:
        if not (self.redrawn.get(a.dataset) and self.redrawn.get(b.dataset)):
            return None
        runs = pd.concat([self.good(a), self.good(b)])
        if runs.empty or not runs["n_train"].min() > 0:
            return None
        return float((runs["n_audit"] / runs["n_train"]).mean())

    def _resolution(self, cell: Cell) -> float:
        """The documents' test rows are as many as the audit rows, but for rounding."""
        rows = self.good(cell)["n_audit"].max()
        return 1 / float(rows) if rows > 0 else 0.0

    def _folds(self, a: Cell, b: Cell) -> Pairs:
        """Fold scores of the winners of two cells with the same folds."""
        left, right = self._winners(a), self._winners(b)
        seeds = sorted(set(left) & set(right))
        planned = len(self.runs(a).index.union(self.runs(b).index))
        folds = a.cv.folds
        of_a, of_b = (np.array([side[seed] for seed in seeds]).reshape(len(seeds), folds) for side in (left, right))
        return Pairs(
            np.array(seeds),
            of_a,
            of_b,
            planned - len(seeds),
            # every fold is scored once, and fitted on folds - 1 times as many rows
            shared_rows=1 / (folds - 1),
            folds=folds,
            resolution=self._resolution(a),
        )

    def _winners(self, cell: Cell) -> dict[int, np.ndarray]:
        """By seed, the fold scores of the trial that the search chose; of several searches the mean."""
        good, folds, found = self.good(cell), cell.cv.folds, {}
        repeats = self.tables.repeats
        mine = repeats[(repeats["dataset"] == cell.dataset) & (repeats["arm"] == cell.arm) & (repeats["cv"] == cell.cv)]
        reached = mine.set_index(["seed", "repeat"])["selection_score"]
        for seed, searches in self._finished(cell).items():
            if seed in good.index:
                chosen = [
                    trials["fold_scores"].iloc[trials["score"].sub(reached[seed, repeat]).abs().argmin()]
                    for repeat, trials in searches.items()
                ]
                scores = np.array([json.loads(text) for text in chosen], dtype=float)
                if scores.shape == (len(searches), folds) and np.isfinite(scores).all():
                    found[seed] = scores.mean(axis=0)
        return found

    def _finished(self, cell: Cell) -> dict[int, dict[int, pd.DataFrame]]:
        """By seed and search, the trials that a winner may come from: neither failed ones nor those that a pruner
        stopped."""
        trials = self.trials(cell)
        finished = trials[(trials["status"] == "ok") & trials["score"].notna()]
        found: dict[int, dict[int, pd.DataFrame]] = {}
        for seed, searches in finished.groupby("seed"):
            found[int(str(seed))] = {int(str(repeat)): mine for repeat, mine in searches.groupby("repeat")}
        return found

    def _to_level(self, a: Cell, b: Cell) -> Pairs:
        """Trials that each search made until it had the selection score that both reach in the end.

        Where runs make several searches, the mean over all pairs of one search of either side.
        """
        left, right = self._finished(a), self._finished(b)
        rows = []
        for seed in sorted(set(left) & set(right) & set(self.good(a).index) & set(self.good(b).index)):
            bests = [[_best_so_far(trials) for trials in side[seed].values()] for side in (left, right)]
            pairs = [_trials_to_level(*pair) for pair in itertools.product(*bests)]
            rows.append((seed, *np.mean(pairs, axis=0)))
        planned = len(self.runs(a).index.union(self.runs(b).index))
        seeds, of_a, of_b = (np.array(column) for column in zip(*rows, strict=True)) if rows else (np.array([]),) * 3
        return Pairs(seeds, of_a.astype(float), of_b.astype(float), planned - len(rows))


def _best_so_far(trials: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of a search's trials, from 1, and the best score until then."""
    return trials["trial"].to_numpy() + 1, np.maximum.accumulate(trials["score"].to_numpy(float))


def _trials_to_level(*searches: tuple[np.ndarray, np.ndarray]) -> list[int]:
    """How many trials each of them made until it had what the worse of them has in the end."""
    level = min(best[-1] for _, best in searches)
    return [int(numbers[np.searchsorted(best, level)]) for numbers, best in searches]


def spreads(tables: Tables, standins: Collection[str]) -> list[dict[str, Any]]:
    """How far the true audit means of a dataset's arms are apart at all, by dataset and metric."""
    good = tables.runs[(tables.runs["status"] == "ok") & ~tables.runs["dataset"].isin(list(standins))]
    found = []
    for (dataset, metric), runs in good.groupby(["dataset", "metric"]):
        scores = runs.pivot(index="seed", columns=["arm", "cv"], values="audit_score").dropna(axis=1, how="all")
        told = spread(scores.dropna().to_numpy(float))
        if told is not None:
            found.append({"dataset": str(dataset), "metric": str(metric), "confidence": CONFIDENCE, **asdict(told)})
    return found
