"""The plan: every run of a study with what it is expected to cost, made before anything trains.

Trials and fits are the most that there can be. Epochs and examples are those asked for, or, where a method draws its
configurations, their expectation; early stopping only lowers them. Seconds are estimates from one machine's rates
(``rates.yaml``).
"""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from hpotrial import methods, models
from hpotrial.datasets.dataset import DatasetMeta
from hpotrial.errors import ConfigurationError
from hpotrial.space import Choice, Space
from hpotrial.study import Arm, DatasetConfig, Study

RATES_FILE = Path(__file__).with_name("rates.yaml")
COUNTS = ["trials", "fits", "epochs", "examples"]
COLUMNS = ["dataset", "arm", "method", "cv", "seed", *COUNTS, "seconds"]
# scikit-learn's searches end with a refit on all training rows; the others do it where the arm says `refit: true`
ALWAYS_REFIT = ("sklearn_grid", "sklearn_random")
# these change how long a program runs, not which program is compiled
_NOT_COMPILED_IN = ("epochs", "learning_rate")


@dataclass(frozen=True)
class RunCost:
    """What one run is expected to cost."""

    trials: int
    fits: int
    epochs: int
    examples: int
    seconds: float


def make_plan(study: Study, data_facts: Mapping[str, DatasetMeta]) -> pd.DataFrame:
    """Plan every run of a study.

    Parameters
    ----------
    study
        The resolved study.
    data_facts
        For each dataset its ``DatasetMeta``, of which the numbers of rows and features matter.

    Returns
    -------
    DataFrame
        One row per run, in the order of ``study.runs()``: ``COLUMNS``, seconds rounded to tenths.

    Raises
    ------
    ConfigurationError
        If a dataset has fewer training rows than ``train_rows`` asks for, or than an arm's folds need.
    """
    costs = {
        (dataset.name, arm.name, cv): _run_cost(dataset, arm, cv, data_facts[dataset.name])
        for dataset in study.datasets
        for arm in dataset.arms
        for cv in arm.cv
    }
    rows = []
    for run in study.runs():
        cost = costs[run.dataset, run.arm, run.cv]
        method = study.dataset(run.dataset).arm(run.arm).method
        counts = [getattr(cost, count) for count in COUNTS]
        rows.append([run.dataset, run.arm, method, run.cv, run.seed, *counts, round(cost.seconds, 1)])
    return pd.DataFrame(rows, columns=COLUMNS)


def summary(plan: pd.DataFrame) -> str:
    """The plan as a readable table: one line per dataset, arm and cv-setting, and the totals."""
    keys = ["dataset", "arm", "cv"]
    parts = plan.groupby(keys, sort=False).agg(
        runs=("seed", "size"), **{c: (c, "sum") for c in COUNTS}, s=("seconds", "sum")
    )
    table = parts.reset_index()
    total = {"dataset": "all", "arm": "", "cv": "", **table[["runs", *COUNTS, "s"]].sum().to_dict()}
    table = pd.concat([table, pd.DataFrame([total])], ignore_index=True)
    table["minutes"] = table.pop("s") / 60
    formatters: dict[str, Any] = {count: "{:,.0f}".format for count in ["runs", *COUNTS]}
    text = table.to_string(index=False, formatters={**formatters, "minutes": "{:,.1f}".format})
    return f"{text}\n(early stopping lowers epochs and examples; minutes are estimated, of one core)"


def priced(plan: pd.DataFrame) -> pd.DataFrame:
    """What one run of each arm that is only planned would cost: dataset, arm, method, cv, ``COUNTS``, seconds."""
    only = plan[plan["plan_only"]].drop_duplicates(["dataset", "arm", "cv"])
    return only[["dataset", "arm", "method", "cv", *COUNTS, "seconds"]]


def _run_cost(dataset: DatasetConfig, arm: Arm, cv: str, facts: DatasetMeta) -> RunCost:
    train_rows = _train_rows(dataset, facts)
    folds = int(cv[2:]) if cv.startswith("cv") else 1
    if folds * len(facts.classes) > train_rows:
        raise ConfigurationError(
            f"datasets.{dataset.name}.arms.{arm.name}.cv: {cv} wants {folds} training rows of each of "
            f"{len(facts.classes)} classes, there are {train_rows} training rows in all; ask for fewer folds"
        )
    rows_of_fit = {"test": float(train_rows), "holdout": train_rows * (1 - dataset.holdout_size)}.get(
        cv, train_rows * (folds - 1) / folds
    )
    settled = {**models.hyperparameters(arm.model), **arm.fixed}
    searched = Space.from_config(arm.space, where=f"datasets.{dataset.name}.arms.{arm.name}.space")
    budget = methods.load(arm.method).plan(searched, settled["epochs"], **arm.options)
    space = _with_settled(arm, settled)
    refit_epochs = _longest_fit(space, arm) if arm.refit or arm.method in ALWAYS_REFIT else 0
    fits = budget.trials * folds + (refit_epochs > 0)
    examples = budget.epochs * folds * rows_of_fit + refit_epochs * train_rows
    engine, rates = arm.training["engine"], _rates()
    seconds = (
        rates["startup"]
        + min(budget.trials, _programs(space)) * rates["program"][engine]
        + fits * rates["fit"][engine]
        + examples * _mean_inverse(space, "batch_size") * rates["step"][engine]
        + examples * facts.n_features * rates["feature"]
    )
    return RunCost(budget.trials, fits, round(budget.epochs * folds) + refit_epochs, round(examples), seconds)


def _train_rows(dataset: DatasetConfig, facts: DatasetMeta) -> int:
    """The training rows that a split leaves, to within the rounding of stratification."""
    if facts.documented_train_rows is not None:
        available = facts.documented_train_rows
    else:
        known = facts.n_rows - round(facts.n_rows * dataset.audit_size)
        available = known - round(known * dataset.test_size)
    if dataset.train_rows is None:
        return available
    if dataset.train_rows > available and facts.standin:
        return available
    if dataset.train_rows > available:
        raise ConfigurationError(
            f"datasets.{dataset.name}.train_rows: {dataset.train_rows:,} rows are asked for, {available:,} are there"
        )
    return dataset.train_rows


def _with_settled(arm: Arm, settled: Mapping[str, Any]) -> Space:
    """The arm's space with epochs and batch size as choices of one value where they are not searched."""
    raw = dict(arm.space)
    for name in ("epochs", "batch_size"):
        raw.setdefault(name, {"choice": [settled[name]]})
    return Space.from_config(raw)


def _longest_fit(space: Space, arm: Arm) -> int:
    """Epochs of the longest fit that the arm may choose."""
    return int(arm.options.get("max_epochs", max(_ends(space, "epochs"))))


def _mean_inverse(space: Space, name: str) -> float:
    """The mean of 1/value: batches per example."""
    values = _ends(space, name)
    return sum(1 / value for value in values) / len(values)


def _programs(space: Space) -> float:
    """How many programs the space needs at most: a size where it is finite, else infinite."""
    size = space.without([name for name in _NOT_COMPILED_IN if name in space.names]).size
    return math.inf if size is None else size


def _ends(space: Space, name: str) -> list[float]:
    """The values of a numeric choice, or both ends of a range."""
    domain = next(h.domain for h in space.hyperparameters if h.name == name)
    values = domain.values if isinstance(domain, Choice) else (domain.low, domain.high)
    return [float(value) for value in values if value is not None]


@cache
def _rates() -> dict[str, Any]:
    return yaml.safe_load(RATES_FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    print(summary(pd.read_csv(sys.argv[1])))
