"""Which search to use at which budget: computed from the runs, for a reader who will make one search of their own.

Comparisons with the best: J. C. Hsu, Constrained simultaneous confidence intervals for multiple comparisons with the
best, Annals of Statistics 12, 1984; here of arms that are paired by seed, each pair with its own spread, so that the
simultaneous level is Bonferroni's over the rivals: with the stated probability the best arm, whichever it is, is among
those that may be the best, and no arm is shown to be nearer to it than it is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hpotrial.core import metrics
from hpotrial.core.claims import ALPHA, MARGINS, POWER
from hpotrial.core.files import jsonable, read_json, write_json
from hpotrial.results import Tables
from hpotrial.results.statistics.paired import Paired, interval, one_sided, paired
from hpotrial.results.statistics.power import seeds_for_equivalence
from hpotrial.results.tables import arm_metric

# such searches have seen the rows that the documents score on: nobody should select like that
SELECTS_ON_TEST = "test"
# what a row says: an arm to use; that none is shown to be good enough; that there is one arm, or one seed
RECOMMENDED, UNDECIDED, ONLY_ONE, ONE_SEED = "recommended", "undecided", "only_one", "one_seed"
MAX_BUDGETS = 5
# an arm that lacks more of the seeds than this, which others have, is no candidate
MOST_LACKING = 0.2


@dataclass(frozen=True, eq=False)
class Candidate:
    """An arm at one cv-setting with its runs that ended well: audit scores by seed, and mean costs of one run."""

    arm: str
    cv: str
    scores: pd.Series
    epochs: float
    wall_seconds: float
    resolution: float

    @property
    def mean(self) -> float:
        """Mean audit score, by the metric that the arm maximises."""
        return float(self.scores.mean())

    def row(self) -> dict[str, Any]:
        """The candidate's part of a row."""
        low, high = interval(paired(self.scores.to_numpy()))
        return {"arm": self.arm, "cv": self.cv, "audit": self.mean, "low": low, "high": high} | {
            "epochs": self.epochs,
            "wall_seconds": self.wall_seconds,
        }

    def beyond(self, other: "Candidate") -> Paired:
        """Its audit scores less those of another, seed by seed."""
        return paired((self.scores - other.scores).to_numpy(float), resolution=self.resolution)


def recommend(
    tables: Tables,
    margin: float = MARGINS["score"],
    alpha: float = ALPHA,
    power: float = POWER,
    ablations: Collection[tuple[str, str]] = (),
) -> list[dict[str, Any]]:
    """For each dataset entry and metric, what is known of the arm to use at a budget of so many epochs per run.

    Candidates are the arms that a person would run: no ablations, and none that selects on the test rows unless all do;
    all with the same seeds, those that half of the arms have. At a budget those compete whose runs cost that much at
    most on average. Recommended is the cheapest of those that are shown to be within the margin of the best one,
    whichever that is; without such an arm the row is undecided, and says how many seeds would decide it.

    Parameters
    ----------
    tables : Tables
        The collected tables of a study.
    margin : float
        The loss that nobody would care about, in the unit of the metric: that of the study's registry of claims.
    alpha : float
        The probability of a recommendation, in one row, that is worse than the best by more than the margin.
    power : float
        With which the number of seeds that would decide does so, were all arms equal.
    ablations : collection of (str, str)
        Dataset entry and arm of those that are there to explain others.

    Returns
    -------
    list of dict
        ``dataset``, ``standin``, ``metric``, ``seeds`` (how many are compared), ``selects_on_test``, ``lacking`` (arms
        that have too few of the seeds) and ``rows``, which is empty where no run ended well. A row has ``budget``
        (epochs; None is no limit), ``affordable`` (number of arms), ``answer``, ``possible`` (how many may be the
        best), ``best`` (of the highest mean) and ``recommended`` or None: ``arm, cv, audit, low, high`` (mean and 95 %
        interval), ``epochs`` and ``wall_seconds`` (means of one run); ``loses_at_most``, of the recommended arm
        against the best; and ``seeds_needed``. A row holds up to the budget of the next: one that would repeat its
        predecessor's answer is left out.
    """
    runs = tables.runs
    found = []
    for (dataset, metric), group in runs.groupby(["dataset", arm_metric(runs)]):
        offered = group[[(str(dataset), str(arm)) not in ablations for arm in group["arm"]]]
        elsewhere = offered[offered["cv"] != SELECTS_ON_TEST]
        candidates, lacking = _candidates(offered if elsewhere.empty else elsewhere, str(metric))
        found.append(
            {
                "dataset": str(dataset),
                "standin": bool(group["standin"].eq(True).any()),
                "metric": str(metric),
                "seeds": len(candidates[0].scores) if candidates else 0,
                "selects_on_test": bool(elsewhere.empty and candidates),
                "lacking": lacking,
                "rows": _rows(candidates, margin, alpha, power),
            }
        )
    return found


def write(
    tables_dir: Path, path: Path, study_json: Path, margin: float = MARGINS["score"], alpha: float = ALPHA
) -> None:
    """Write ``recommendations.json``: ``margin``, ``alpha`` and what :func:`recommend` finds in the tables' folder.

    ``study_json`` says which arms are ablations.
    """
    study = read_json(study_json, ("datasets",))
    ablations = {
        (one["spec"]["name"], arm["name"]) for one in study["datasets"] for arm in one["arms"] if arm.get("ablation")
    }
    datasets = recommend(Tables(tables_dir), margin, alpha, ablations=ablations)
    write_json(path, jsonable({"margin": margin, "alpha": alpha, "datasets": datasets}))


def _candidates(runs: pd.DataFrame, metric: str) -> tuple[list[Candidate], list[dict[str, str]]]:
    """The arms of one dataset that may be recommended, all with the same seeds; and those that lack too many."""
    good = runs[(runs["status"] == "ok") & runs["audit_score"].notna()]
    cells = {(str(arm), str(cv)): group.set_index("seed") for (arm, cv), group in good.groupby(["arm", "cv"])}
    counts = good["seed"].value_counts()
    usual = set(counts[counts * 2 >= len(cells)].index)
    kept = {cell: group for cell, group in cells.items() if len(usual - set(group.index)) <= MOST_LACKING * len(usual)}
    seeds = sorted(usual.intersection(*(group.index for group in kept.values())))
    if not seeds:
        return [], []
    rows = good["n_audit"].max()
    resolution = 1 / float(rows) if metrics.UNITS.get(metric) == "share" and rows and rows > 0 else 0.0
    candidates = [
        Candidate(
            arm,
            cv,
            group.loc[seeds, "audit_score"].astype(float),
            float(group.loc[seeds, "epochs"].mean()),
            float(group.loc[seeds, "wall_seconds"].mean()),
            resolution,
        )
        for (arm, cv), group in kept.items()
    ]
    return candidates, [{"arm": arm, "cv": cv} for arm, cv in cells if (arm, cv) not in kept]


def budgets(costs: Sequence[float]) -> list[int]:
    """At most five numbers of the series 1, 2, 5, 10, ... between the least and the greatest cost, evenly chosen.

    The first pays for the cheapest arm, the last not for the dearest: that one has no limit's row.
    """
    series = [digit * 10**power for power in range(16) for digit in (1, 2, 5)]
    between = [number for number in series if min(costs) <= number < max(costs)]
    if len(between) <= MAX_BUDGETS:
        return between
    return [between[round(place)] for place in np.linspace(0, len(between) - 1, MAX_BUDGETS)]


def _rows(candidates: Sequence[Candidate], margin: float, alpha: float, power: float) -> list[dict[str, Any]]:
    if not candidates:
        return []
    rows: list[dict[str, Any]] = []
    answer = None
    for budget in [*budgets([one.epochs for one in candidates]), None]:
        affordable = [one for one in candidates if budget is None or one.epochs <= budget]
        row, now = answered(affordable, margin, alpha, power)
        if now != answer:
            rows.append({"budget": budget, "affordable": len(affordable)} | row)
        answer = now
    return rows


def answered(
    candidates: Sequence[Candidate], margin: float, alpha: float, power: float
) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """What is known of the best of some arms, as a row; and what makes it another answer than a row before."""
    best = min(candidates, key=lambda one: (-one.mean, one.epochs, one.arm, one.cv))
    blank = {"possible": len(candidates), "best": best.row(), "recommended": None, "loses_at_most": None}
    if len(candidates) == 1 or len(best.scores) < 2:
        answer = ONLY_ONE if len(candidates) == 1 else ONE_SEED
        told = best.row() if answer == ONLY_ONE else None
        row = blank | {"answer": answer, "recommended": told, "seeds_needed": None}
        return row, (answer, best)
    level = alpha / (len(candidates) - 1)
    differences = {(one, other): one.beyond(other) for one in candidates for other in candidates if one is not other}

    def may_be_best(one: Candidate) -> bool:
        return all(one_sided(differences[one, other])[1] > level for other in candidates if other is not one)

    possible = [one for one in candidates if may_be_best(one)]
    within = [
        one
        for one in candidates
        if all(one_sided(differences[one, other], -margin)[0] <= level for other in possible if other is not one)
    ]
    blank |= {"possible": len(possible)}
    if not within:
        spread = max(found.sd for (one, _), found in differences.items() if one is best)
        needed = seeds_for_equivalence(spread, margin, level, power, sides=1)
        return blank | {"answer": UNDECIDED, "seeds_needed": needed}, (UNDECIDED, best, needed)
    chosen = min(within, key=lambda one: (one.epochs, -one.mean, one.arm, one.cv))
    ends = [interval(differences[chosen, other], 1 - 2 * level)[0] for other in possible if other is not chosen]
    row = {"answer": RECOMMENDED, "recommended": chosen.row(), "loses_at_most": max(0.0, -min(ends, default=0.0))}
    return blank | row | {"seeds_needed": None}, (RECOMMENDED, best, chosen)
