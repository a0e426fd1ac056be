"""Which search to use at which budget: computed from the runs, for a reader who will make one search of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hpotrial.core import metrics
from hpotrial.core.claims import ALPHA, MARGINS
from hpotrial.core.files import jsonable, write_json
from hpotrial.results import Tables
from hpotrial.results.statistics.paired import holm, interval, one_sided, paired

# such searches have seen the rows that the documents score on: nobody should select like that
SELECTS_ON_TEST = "test"
MIN_SEEDS = 2
MAX_BUDGETS = 5


@dataclass(frozen=True, eq=False)
class Candidate:
    """An arm at one cv-setting with its runs that ended well: audit scores by seed, and mean costs of one run."""

    arm: str
    cv: str
    scores: pd.Series
    epochs: float
    wall_seconds: float

    @property
    def mean(self) -> float:
        """Mean audit score, a share of 1."""
        return float(self.scores.mean())

    def row(self) -> dict[str, Any]:
        """The candidate's part of a row."""
        low, high = interval(paired(self.scores.to_numpy()))
        return {"arm": self.arm, "cv": self.cv, "audit": self.mean, "low": low, "high": high, "n": len(self.scores)} | {
            "epochs": self.epochs,
            "wall_seconds": self.wall_seconds,
        }


def recommend(tables: Tables, margin: float = MARGINS["score"], alpha: float = ALPHA) -> list[dict[str, Any]]:
    """For each dataset entry, the arm to use at a budget of so many epochs per run, and the cheapest that is no worse.

    Arms count that select on accuracy, not on the test rows, and have at least two runs that ended well. The best at a
    budget has the highest mean audit score of those whose runs cost that much at most on average. The others are held
    against it, paired by seed: which of them are shown to be worse (Student's t, one-sided, Holm's correction over the
    affordable ones)? Where several are not, the cheapest is what a practitioner should use; ``within_margin`` says
    whether it is also shown to lose less than the margin, which not to be shown worse is far from. The best was chosen
    for its mean, so that its own score is a little too high.

    Parameters
    ----------
    tables : Tables
        The collected tables of a study.
    margin : float
        The loss of accuracy that nobody would care about, a share of 1: that of the study's registry of claims.
    alpha : float
        Family-wise level of a row's tests; the test of ``within_margin`` is of one arm, at ``alpha``.

    Returns
    -------
    list of dict
        ``dataset``, ``standin`` and ``rows``, in the order of the datasets' names. A row has ``budget`` (epochs; None
        is no limit), ``affordable`` (number of arms), ``not_worse`` (those beside the best that are not shown to be
        worse), ``best`` and ``cheapest``: ``arm, cv, audit, low, high`` (mean and 95 % t-interval), ``n`` (seeds),
        ``epochs`` and ``wall_seconds`` (means of one run); the cheapest has ``difference`` to the best and
        ``within_margin`` too. A row holds up to the budget of the next: one that would repeat its predecessor's answer
        is left out.
    """
    tables = tables.selecting_on(metrics.ACCURACY)
    found = []
    for dataset, runs in tables.runs.groupby("dataset"):
        standin = bool(runs["standin"].eq(True).any())
        found.append({"dataset": str(dataset), "standin": standin, "rows": _rows(_candidates(runs), margin, alpha)})
    return found


def write(tables_dir: Path, path: Path, margin: float = MARGINS["score"], alpha: float = ALPHA) -> None:
    """Write ``recommendations.json``: ``margin``, ``alpha`` and what :func:`recommend` finds in the tables' folder."""
    datasets = recommend(Tables(tables_dir), margin, alpha)
    write_json(path, jsonable({"margin": margin, "alpha": alpha, "datasets": datasets}))


def _candidates(runs: pd.DataFrame) -> list[Candidate]:
    """The arms of one dataset that may be recommended."""
    good = runs[(runs["status"] == "ok") & (runs["cv"] != SELECTS_ON_TEST) & runs["audit_score"].notna()]
    return [
        Candidate(
            str(arm),
            str(cv),
            group.set_index("seed")["audit_score"].astype(float).sort_index(),
            float(group["epochs"].mean()),
            float(group["wall_seconds"].mean()),
        )
        for (arm, cv), group in good.groupby(["arm", "cv"])
        if len(group) >= MIN_SEEDS
    ]


def budgets(costs: Sequence[float]) -> list[int]:
    """At most five numbers of the series 1, 2, 5, 10, ... between the least and the greatest cost, evenly chosen.

    The first pays for the cheapest arm, the last not for the dearest: that one has no limit's row.
    """
    series = [digit * 10**power for power in range(16) for digit in (1, 2, 5)]
    between = [number for number in series if min(costs) <= number < max(costs)]
    if len(between) <= MAX_BUDGETS:
        return between
    return [between[round(place)] for place in np.linspace(0, len(between) - 1, MAX_BUDGETS)]


def _rows(candidates: Sequence[Candidate], margin: float, alpha: float) -> list[dict[str, Any]]:
    if not candidates:
        return []
    rows: list[dict[str, Any]] = []
    answer = None
    for budget in [*budgets([one.epochs for one in candidates]), None]:
        affordable = [one for one in candidates if budget is None or one.epochs <= budget]
        best = min(affordable, key=lambda one: (-one.mean, one.epochs, one.arm, one.cv))
        others = [one for one in affordable if one is not best]
        p_values = holm([one_sided(paired(_difference(one, best)))[1] for one in others])
        # too few common seeds show nothing: NaN is not below alpha
        not_worse = [one for one, p in zip(others, p_values, strict=True) if not p <= alpha]
        cheapest = min([best, *not_worse], key=lambda one: (one.epochs, -one.mean, one.arm, one.cv))
        if answer == (best, cheapest):
            continue
        answer = (best, cheapest)
        rows.append(
            {"budget": budget, "affordable": len(affordable), "not_worse": len(not_worse), "best": best.row()}
            | {"cheapest": cheapest.row() | _compared(cheapest, best, margin, alpha)}
        )
    return rows


def _difference(one: Candidate, other: Candidate) -> np.ndarray:
    """Audit scores of ``one`` less those of ``other``, of the seeds that both have."""
    return (one.scores - other.scores).dropna().to_numpy(dtype=float)


def _compared(one: Candidate, best: Candidate, margin: float, alpha: float) -> dict[str, Any]:
    if one is best:
        return {"difference": 0.0, "within_margin": True}
    found = paired(_difference(one, best))
    return {"difference": found.mean, "within_margin": bool(one_sided(found, -margin)[0] <= alpha)}
