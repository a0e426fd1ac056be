"""What each run asks for: trials, fits, epochs and examples, from its method's own plan and the rows it will see."""

import json
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from math import ceil
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd

from hpotrial import methods, models
from hpotrial.core import paths
from hpotrial.core.claims import Registry
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.records import COUNTS
from hpotrial.core.space import Space, canonical
from hpotrial.datasets.dataset import DatasetMeta
from hpotrial.search import Rows
from hpotrial.study import DatasetConfig, Study, StudyArm
from hpotrial.study.pricing import Work, seconds_of

# configurations of a space of which it is counted who asks for them
MOST_COUNTED = 1000
# more than any search has
MANY_ROWS = 10**9
COLUMNS = ["dataset", "arm", "method", "cv", "seed", *COUNTS, "seconds", "shared_seconds", "plan_only", "look"]

MINUTES = ["minutes", "shared"]
# what the numbers of a plan take for granted
NOTE = (
    "(early stopping lowers epochs and examples; minutes are estimated, of one core, `shared` where equal fits of a "
    "dataset and a seed are made once, as far as uniform draws meet)"
)


@dataclass(frozen=True)
class RunCost:
    """What one run is expected to cost; ``shared`` says the seconds where others have made a share of its trials."""

    trials: int
    fits: int
    epochs: int
    examples: int
    seconds: float
    shared: Callable[[float], float]


def make_plan(study: Study, data_facts: Mapping[str, DatasetMeta], cache_dir: Path | None = None) -> pd.DataFrame:
    """Plan every run of a study, and price the arms that are only planned.

    Parameters
    ----------
    study : Study
        The resolved study.
    data_facts : mapping of str to DatasetMeta
        For each dataset its ``DatasetMeta``, of which the numbers of rows and features matter.
    cache_dir : Path or None
        Where it is kept what a model without measured rates takes; None: nowhere.

    Returns
    -------
    DataFrame
        One row per run, in the order of the configuration, seeds last: ``COLUMNS``. Seconds, rounded to tenths, are
        those of a run that makes all of its fits, and of one that takes what others have made. Rows with ``plan_only``
        are priced and will not be run; ``look`` is the look for which a run would be made, from 1.

    Raises
    ------
    ConfigurationError
        If a dataset has fewer training rows than ``train_rows`` asks for, or than an arm's folds or its ``train_share``
        need, or a model cannot take its examples.
    """
    rows: list[list[Any]] = []
    for dataset in study.datasets:
        cells = [(arm, cv) for arm in dataset.arms for cv in arm.cv]
        # what of a run is paid once for all seeds, where a process goes on from one to the next
        alike = [len(study.seeds_of(arm)) if study.workers == "shared" else 1 for arm, _ in cells]
        costs = [
            _run_cost(dataset, arm, cv, data_facts[dataset.name], cache_dir, runs)
            for (arm, cv), runs in zip(cells, alike, strict=True)
        ]
        shared = _shared_seconds(study, dataset, cells, costs)
        for (arm, cv), cost in zip(cells, costs, strict=True):
            counts = [getattr(cost, count) for count in COUNTS]
            for place, seed in enumerate(study.seeds_of(arm)):
                seconds = [round(cost.seconds, 1), round(shared[arm.name, cv, seed], 1)]
                named = [dataset.name, arm.name, arm.method, cv, seed]
                rows.append([*named, *counts, *seconds, arm.plan_only, _look(place, study)])
    return pd.DataFrame(rows, columns=COLUMNS)


def _shared_seconds(
    study: Study, dataset: DatasetConfig, cells: list[tuple[StudyArm, CvSetting]], costs: list[RunCost]
) -> dict[tuple[str, str, int], float]:
    """Seconds of each run where it takes what others of its dataset and seed have made.

    Taken for this: every search draws from its space uniformly, without repetition; those of methods that go through a
    whole space come first, then the others in their order; what a search fits of its own kind, and refits, it makes.
    """
    seconds: dict[tuple[str, str, int], float] = {}
    # the chance that nobody has asked for a fit, by what it is and its seed
    missing: dict[tuple[str, str, int], float] = defaultdict(lambda: 1.0)
    ordered = sorted(zip(cells, costs, strict=True), key=lambda one: methods.load(one[0][0].method).random)
    for (arm, cv), cost in ordered:
        space = Space.from_config(arm.space)
        known = methods.load(arm.method).shares_fits and not arm.plan_only and (space.size or sys.maxsize)
        tried = [canonical(one) for one in space.grid()] if known and known <= MOST_COUNTED else []
        drawn = min(1.0, cost.trials * distinct(space.size, cost.trials, arm.repeats) / len(tried)) if tried else 0
        # folds are scored after their fits: no metric listens
        listens = "" if cv.kind == "cv" else arm.metric
        alike = [arm.model, arm.fixed, asdict(arm.training), cv, arm.train_share, listens, sorted(space.names)]
        kind = json.dumps(alike, sort_keys=True, default=str)
        for seed in study.seeds_of(arm):
            fits = [(kind, one, seed) for one in tried]
            new = fmean(missing[one] for one in fits) if fits else 1.0
            seconds[arm.name, cv, seed] = cost.shared(new)
            for one in fits:
                missing[one] *= 1 - drawn
    return seconds


def at_most(plan: pd.DataFrame, registry: Registry | None) -> pd.DataFrame:
    """The plan without what no look can ask for: the later seeds of cells that no claim is about."""
    claims = registry.claims.values() if registry else ()
    cells = {str(cell) for claim in claims for some in claim.cells.values() for cell in some}
    return plan[(plan["look"] == 1) | paths.cell_ids(plan).isin(cells)].reset_index(drop=True)


def _look(place: int, study: Study) -> int:
    """The look that the seed at a place is first seen by."""
    return bisect_right(study.looks.seeds, place) + 1 if study.looks else 1


def summary(plan: pd.DataFrame) -> str:
    """The plan as a readable table: one line per dataset, arm and cv-setting, the totals, and what is only priced.

    Of a study that plans its looks, the totals of the first one stand before those of all, which it makes at most.
    """
    keys = ["dataset", "arm", "cv"]
    parts = plan.groupby([*keys, "plan_only"], sort=False).agg(
        runs=("seed", "size"), **{c: (c, "sum") for c in COUNTS}, minutes=("seconds", lambda s: s.sum() / 60),
        shared=("shared_seconds", lambda s: s.sum() / 60),
    )  # fmt: skip
    table = parts.reset_index()
    only = table.pop("plan_only").astype(bool)
    run = table[~only]
    blank = {"dataset": "all", "arm": "", "cv": ""}
    totals = [blank | run[["runs", *COUNTS, *MINUTES]].sum().to_dict()]
    if plan["look"].max() > 1:
        first = plan[(plan["look"] == 1) & ~plan["plan_only"].astype(bool)]
        costs = {**first[[*COUNTS]].sum().to_dict(), "minutes": first["seconds"].sum() / 60,
                 "shared": first["shared_seconds"].sum() / 60}  # fmt: skip
        totals = [blank | {"dataset": "first look", "runs": len(first)} | costs, totals[0] | {"dataset": "at most"}]
    table = pd.concat([run, pd.DataFrame(totals), table[only]], ignore_index=True)
    formatters: dict[str, Any] = {count: "{:,.0f}".format for count in ["runs", *COUNTS]}
    formatters |= dict.fromkeys(MINUTES, "{:,.1f}".format)
    lines = table.to_string(index=False, formatters=formatters).splitlines()
    if only.any():
        lines.insert(len(run) + len(totals) + 1, "priced, not run:")
    return "\n".join([*lines, NOTE])


def priced(plan: pd.DataFrame) -> pd.DataFrame:
    """What one run of each arm that is only planned would cost: dataset, arm, method, cv, ``COUNTS``, seconds."""
    only = plan[plan["plan_only"]].drop_duplicates(["dataset", "arm", "cv"])
    return only[["dataset", "arm", "method", "cv", *COUNTS, "seconds"]]


def runs_in(seconds: float, plan_csv: Path) -> int:
    """How many runs of a plan take so many seconds together, each as long as they all take on average; one at least.

    Parameters
    ----------
    seconds : float
        Of one core.
    plan_csv : Path
        The file of a plan.
    """
    plan = pd.read_csv(plan_csv, usecols=["seconds", "plan_only"])
    each = plan["seconds"][~plan["plan_only"].astype(bool)].mean()
    return max(1, round(seconds / each)) if each > 0 else sys.maxsize


def _run_cost(
    dataset: DatasetConfig, arm: StudyArm, cv: CvSetting, facts: DatasetMeta, cache_dir: Path | None, runs_alike: int
) -> RunCost:
    where = f"datasets.{dataset.name}.arms.{arm.name}"
    train_rows, test_rows = _train_and_test_rows(dataset, facts)
    folds = cv.folds
    if folds * len(facts.classes) > train_rows:
        raise ConfigurationError(
            f"{where}.cv: {cv} wants {folds} training rows of each of {len(facts.classes)} classes, there are "
            f"{train_rows} training rows in all; ask for fewer folds"
        )
    rows_of_fit = {"test": float(train_rows), "holdout": train_rows * (1 - dataset.holdout_size)}.get(
        cv, train_rows * (folds - 1) / folds
    )
    aside = ceil(dataset.holdout_size * train_rows)
    if cv == "holdout" and min(aside, train_rows - aside) < len(facts.classes):
        raise ConfigurationError(
            f"datasets.{dataset.name}.holdout_size: {dataset.holdout_size:g} of {train_rows} training rows leaves a "
            f"part with fewer rows than the {len(facts.classes)} classes; take a share nearer to a half"
        )
    rows_of_fit *= arm.train_share
    if arm.train_share < 1 and rows_of_fit < len(facts.classes):
        raise ConfigurationError(
            f"{where}.train_share: {arm.train_share:g} leaves a fit at {cv} {rows_of_fit:.0f} rows, fewer than the "
            f"{len(facts.classes)} classes; give a larger share"
        )
    settled = {**models.defaults(arm.model), **arm.fixed}
    space = Space.from_config(arm.space, where=f"{where}.space")
    epochs_of_fit = settled[models.epochs_name(arm.model)]
    method = methods.of(arm)
    budget = method.plan(space, epochs_of_fit)
    rows = Rows(train_rows, folds, len(facts.classes))
    rungs, possible = (method.rungs(space, epochs_of_fit, of) or 0 for of in (rows, replace(rows, count=MANY_ROWS)))
    if rungs <= 1 < possible:
        raise ConfigurationError(
            f"{where}: at {cv} {train_rows} training rows of {len(facts.classes)} classes leave {arm.method} no more "
            f"than one rung of {possible}, and nothing is halved; give it more rows, fewer folds, or a smaller start"
        )
    epochs = budget.epochs * folds
    share = 1.0 if arm.epoch_budget is None or not epochs else min(1.0, arm.epoch_budget / epochs)
    trials, fits = ceil(budget.trials * share), ceil(budget.trials * folds * share)
    examples = epochs * share * rows_of_fit * budget.row_share
    # a fold's fit is no fit on all rows, so that a search over folds ends with one
    refits = arm.refits if arm.refit or arm.refits > 1 or folds > 1 or method.always_refits else 0
    refit_epochs = method.refit_epochs(space, epochs_of_fit) * refits if refits else 0

    def asked(searches: float = 1, selections: float = 1, replays: int = 0) -> Work:
        return Work(
            trials=trials,
            fits=round(fits * searches + refits * selections),
            epochs=round(epochs * share * searches) + round(refit_epochs * selections),
            examples=round(examples * searches + refit_epochs * selections * train_rows),
            capacity=train_rows + test_rows,
            replays=replays,
        )

    # a run of several searches costs what one of them does, and takes the fits that are made for all of them
    work = asked()
    searches, selections = (distinct(space.size, drawn, arm.repeats) for drawn in (trials, 1))
    trained = asked(searches, selections, (arm.repeats - 1) * work.fits)
    try:
        seconds = seconds_of(trained, arm, space, settled, facts, cache_dir, runs_alike=runs_alike)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error

    @cache
    def shared(new: float) -> float:
        made = asked(searches * new, selections)
        made = replace(made, replays=arm.repeats * work.fits - made.fits, trials=ceil(trials * new))
        if new >= 1:
            return seconds
        return seconds_of(made, arm, space, settled, facts, cache_dir, runs_alike=runs_alike)

    return RunCost(work.trials, work.fits, work.epochs, work.examples, seconds, shared)


def distinct(size: int | None, drawn: int, repeats: int) -> float:
    """How many times as many configurations several searches try as one does, which is expected of random draws.

    Parameters
    ----------
    size : int or None
        Configurations in the space; None: no two draws are the same.
    drawn : int
        Those that a search tries, all different.
    repeats : int
        Searches.

    Examples
    --------
    >>> distinct(64, 16, 1), distinct(64, 16, 2), distinct(64, 64, 20)
    (1.0, 1.75, 1.0)
    """
    if size is None:
        return float(repeats)
    share = min(1.0, drawn / size)
    return (1 - (1 - share) ** repeats) / share


def _train_and_test_rows(dataset: DatasetConfig, facts: DatasetMeta) -> tuple[int, int]:
    """The training and test rows that a split leaves, to within the rounding of stratification."""
    if facts.documented_train_rows is not None:
        available = facts.documented_train_rows
        test_rows = (facts.n_rows - available) // 2
    else:
        known = facts.n_rows - round(facts.n_rows * dataset.audit_size)
        test_rows = round(known * dataset.test_size)
        available = known - test_rows
    if dataset.train_rows is None or (dataset.train_rows > available and facts.standin):
        return available, test_rows
    if dataset.train_rows > available:
        raise ConfigurationError(
            f"datasets.{dataset.name}.train_rows: {dataset.train_rows:,} rows are asked for, {available:,} are there"
        )
    return dataset.train_rows, test_rows
