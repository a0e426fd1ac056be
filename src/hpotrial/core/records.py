"""The trial record and the cost meter: what a search did, and what it cost."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpotrial.core.space import Configuration, canonical

OK, NOT_FINITE, FIT_ERROR, TIMEOUT = "ok", "not_finite", "fit_error", "timeout"
# neither is a failure: a pruner stopped the trial, or the arm's budget of epochs did
PRUNED, CUT = "pruned", "cut"


@dataclass(frozen=True)
class Cost:
    """What training cost; costs add up.

    Attributes
    ----------
    fits, epochs, examples
        Counts: calls of ``fit``, passes over the training rows, training rows processed.
    wall_seconds, cpu_seconds
        Time in training, without compiling.
    compile_seconds
        Time in tracing and compiling programs.
    """

    fits: int = 0
    epochs: int = 0
    examples: int = 0
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    compile_seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, name) + getattr(other, name) for name in COSTS))


COSTS = tuple(Cost.__dataclass_fields__)


@dataclass
class CostMeter:
    """Adds up the cost of every fit that any face of a problem makes.

    Attributes
    ----------
    costs
        Of each fit, in their order.
    epoch_budget
        Epochs after which no further fit trains; None: no limit. The search's refit is outside it.
    """

    total: Cost = field(default_factory=Cost)
    costs: list[Cost] = field(default_factory=list)
    first_fit_at: float | None = None
    epoch_budget: int | None = None

    @property
    def epochs_left(self) -> int | None:
        """What is left of the budget of epochs; None if there is none."""
        return None if self.epoch_budget is None else max(self.epoch_budget - self.total.epochs, 0)

    def record(self, cost: Cost, started_at: float) -> None:
        """Add one fit's cost; ``started_at`` is its start on ``time.time``'s clock."""
        if self.first_fit_at is None:
            self.first_fit_at = started_at
        self.costs.append(cost)
        self.total += cost


@dataclass(frozen=True)
class Trial:
    """The evaluation of one configuration at one budget.

    Attributes
    ----------
    score
        What the search maximises: mean accuracy over the folds; NaN where the trial failed.
    budget_epochs
        Epochs asked of each fit (early stopping, pruning and the arm's budget may use fewer).
    best_epoch
        The epoch (from 0) whose weights were kept; -1 where no checkpoint was kept.
    """

    number: int
    configuration: Configuration
    score: float
    fold_scores: tuple[float, ...]
    cost: Cost
    budget_epochs: int
    best_epoch: int = -1
    status: str = OK
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether the trial ran as asked and has a score; only such a trial can be the incumbent."""
        return self.status == OK

    @property
    def failed(self) -> bool:
        """Whether the trial ended in an error."""
        return self.status in (NOT_FINITE, FIT_ERROR, TIMEOUT)


@dataclass(frozen=True)
class Generation:
    """The population of an evolutionary search after a generation.

    Attributes
    ----------
    number
        From 0, the initial population.
    evaluations
        Trials made so far.
    best, mean, spread
        Best and mean score of the population, and its standard deviation.
    diversity
        How different its configurations are, from 0 (all equal) to 1.
    """

    number: int
    evaluations: int
    best: float
    mean: float
    spread: float
    diversity: float


def incumbent(trials: Sequence[Trial]) -> Trial | None:
    """The best trial that ran as asked, the earlier one of equals; None if there is none."""
    good = [t for t in trials if t.ok]
    return max(good, key=lambda t: (t.score, -t.number)) if good else None


def failed(number: int, configuration: Configuration, cost: Cost, budget_epochs: int, error: BaseException) -> Trial:
    """The record of a trial that ended in an exception."""
    status = next((name for name, kind in FIT_FAILURES.items() if isinstance(error, kind)), FIT_ERROR)
    lines = str(error).strip().splitlines() or [""]
    message = f"{type(error).__name__}: {lines[0]}"[:500]
    return Trial(number, configuration, math.nan, (), cost, budget_epochs, -1, status, message)


def cut(number: int, configuration: Configuration, cost: Cost, budget_epochs: int) -> Trial:
    """The record of a trial that the arm's budget of epochs ended before its time."""
    message = "the arm's budget of epochs was used up"
    return Trial(number, configuration, math.nan, (), cost, budget_epochs, -1, CUT, message)


class BudgetSpent(BaseException):
    """The arm's budget of epochs is used up.

    Not an ``Exception``: search libraries take those for a failed trial and go on.
    """


class NotFiniteLoss(ArithmeticError):
    """Training diverged: the loss is infinite or not a number."""


class FitTimeout(Exception):
    """A fit used more time than the study gives it."""


# failures that are a fit's own, not a fault in its arguments, by their status
FIT_FAILURES: dict[str, type[Exception]] = {NOT_FINITE: NotFiniteLoss, TIMEOUT: FitTimeout}


def write_trials(path: Path, trials: Sequence[Trial], identity: dict[str, Any]) -> None:
    """Write trials as Parquet, one row each; ``identity`` (dataset, arm, ..., standin) is repeated in every row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {
            **identity,
            "trial": t.number,
            "configuration": canonical(t.configuration),
            "score": t.score,
            "fold_scores": json.dumps(list(t.fold_scores)),
            **{name: getattr(t.cost, name) for name in COSTS},
            "budget_epochs": t.budget_epochs,
            "best_epoch": t.best_epoch,
            "status": t.status,
            "message": t.message,
        }
        for t in trials
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=_schema(pa)), path)


def _schema(pa: Any) -> Any:
    text, integer, real = pa.string(), pa.int64(), pa.float64()
    return pa.schema(
        [
            *((name, text) for name in ("dataset", "arm", "method", "cv")),
            ("seed", integer),
            ("standin", pa.bool_()),
            ("trial", integer),
            ("configuration", text),
            ("score", real),
            ("fold_scores", text),
            *((name, integer if name in ("fits", "epochs", "examples") else real) for name in COSTS),
            ("budget_epochs", integer),
            ("best_epoch", integer),
            ("status", text),
            ("message", text),
        ]
    )
