"""What is recorded: runs, their trials and generations, what they cost, and documented rows that were trained again.

The keys of ``outcome.json``, the columns of the collected tables and `docs/columns.md` follow from the fields here: see
:mod:`hpotrial.core.columns`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean
from typing import Any

from hpotrial.core import metrics
from hpotrial.core.columns import Column, column, columns
from hpotrial.core.documented import DocumentedRow
from hpotrial.core.errors import FitTimeout, NotFiniteLoss
from hpotrial.core.space import Configuration, canonical

OK, NOT_FINITE, FIT_ERROR, TIMEOUT = "ok", "not_finite", "fit_error", "timeout"
# neither is a failure: a pruner stopped the trial, or the arm's budget of epochs did
PRUNED, CUT = "pruned", "cut"
# failures that are a fit's own, not a fault in its arguments, by their status
FIT_FAILURES: dict[str, type[Exception]] = {NOT_FINITE: NotFiniteLoss, TIMEOUT: FitTimeout}
# of a run
ALL_TRIALS_FAILED, SEARCH_ERROR = "all_trials_failed", "search_error"
FAILURES = (ALL_TRIALS_FAILED, SEARCH_ERROR)
MISSING, UNREADABLE = "missing", "unreadable"

ARM_KEY = ["dataset", "arm", "method", "cv"]
RUN_KEY = ["dataset", "arm", "cv", "seed"]
SCORES = ("selection", "test", "audit")
COUNTS = ("trials", "fits", "epochs", "examples")


@dataclass(frozen=True)
class Cost:
    """What training cost; costs add up."""

    fits: int = column("calls of `fit`", default=0)
    epochs: int = column("passes over the training rows", default=0)
    examples: int = column("training rows processed", default=0)
    wall_seconds: float = column("seconds in training, without compiling", default=0.0)
    cpu_seconds: float = column("CPU seconds in training, without compiling", default=0.0)
    compile_seconds: float = column("seconds in tracing and compiling graphs", default=0.0)

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, name) + getattr(other, name) for name in COSTS))

    @staticmethod
    def mean(costs: Sequence[Cost]) -> Cost:
        """The mean of several costs, what is counted as the nearest whole number; a single one as it is."""
        if len(costs) == 1:
            return costs[0]
        means: dict[str, Any] = {name: fmean(getattr(cost, name) for cost in costs) for name in COSTS}
        return Cost(**means | {name: round(means[name]) for name in COSTS if not name.endswith("_seconds")})


COSTS = tuple(Cost.__dataclass_fields__)


@dataclass(frozen=True)
class Trial:
    """The evaluation of one configuration at one budget.

    ``best_epoch`` is the epoch (from 0) whose weights were kept, -1 where no checkpoint was kept: a refit ends there.
    """

    number: int = column("counts the trials of the run, from 0", name="trial")
    configuration: Configuration = column("its hyperparameters, as JSON text", text=canonical)
    score: float = column("what the search maximises, the mean over the folds; NaN where the trial failed")
    fold_scores: tuple[float, ...] = column("that of each fold, as JSON text", text=lambda told: json.dumps(list(told)))
    cost: Cost = column("what its fits cost", prefix="")
    budget_epochs: int = column("epochs asked of each fit; early stopping, pruning and the arm's budget may use fewer")
    best_epoch: int = -1
    status: str = column(f"`{OK}`, `{PRUNED}`, `{CUT}`, `{NOT_FINITE}`, `{FIT_ERROR}` or `{TIMEOUT}`", default=OK)
    message: str = column("why it is not `ok`", default="")
    repeat: int = column("which search of the run made it, from 0", default=0)

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
    """The population of an evolutionary search after a generation."""

    number: int = column("counts the generations, from 0, the initial population", name="generation")
    best: float = column("best score of the population")
    mean: float = column("mean score of the population")
    spread: float = column("standard deviation of its scores")
    diversity: float = column("how different its configurations are, from 0 (all equal) to 1")
    repeat: int = column("which search of the run it belongs to, from 0", default=0)


@dataclass(frozen=True)
class Repeat:
    """One search of a run, with what it selected."""

    number: int = column("which search of the run it is, from 0, the only one of a run without repeats", name="repeat")
    configuration: Configuration | None = column("the selected hyperparameters, as JSON text")
    selection_score: float | None = column("what the search maximised")
    test_score: float | None = column("the same metric on the test rows, the mean over the refits")
    audit_score: float | None = column("the same metric on the audit rows, the mean over the refits")
    trials: int = column("trials made")
    configurations: int = column("different configurations among them")
    cost: Cost = column("what all its fits cost, refits too", prefix="")


@dataclass(frozen=True)
class RightRows:
    """Which rows outside its training rows a run got right; :mod:`hpotrial.core.packing` packs and unpacks the bits."""

    models: int = column("models that were scored")
    test_rows: bytes = column("the test rows: a bit for each row of the dataset, up to the last of them")
    test_right: bytes = column("of each test row, in their order, how many models were right: a bit where there is one")
    audit_rows: bytes = column("the audit rows: a bit for each row of the dataset, up to the last of them")
    audit_right: bytes = column(
        "of each audit row, in their order, how many models were right: a bit where there is one"
    )


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """A finished run, as ``outcome.json`` holds it; most of it is its row of the table of runs.

    Each field finds its value in a :class:`hpotrial.runs.run.FinishedRun`.
    """

    dataset: str = column("name of the dataset", lambda run: run.request.dataset)
    arm: str = column("name of the arm", lambda run: run.request.arm.name)
    method: str = column("search method of the arm", lambda run: run.request.arm.method)
    cv: str = column("cv-setting: what the arm selects on", lambda run: str(run.request.cv))
    seed: int = column("seed of the split and of the search", lambda run: run.request.seed)
    standin: bool = column("whether the data are a stand-in for the real ones", lambda run: run.data.standin)
    data_sha256: str = column("checksum of the data", lambda run: run.data.sha256)
    status: str = column(
        f"`{OK}`, `{ALL_TRIALS_FAILED}`, `{SEARCH_ERROR}`; of a planned run without a record `{MISSING}`, or "
        f"`{UNREADABLE}`",
        lambda run: run.ended.status,
    )
    message: str = column("why it is not `ok`", lambda run: run.ended.message)
    configuration: Configuration | None = column(
        "the selected hyperparameters, as JSON text; of several searches the first's", lambda run: run.configuration
    )
    selection_score: float | None = column("what the search maximised", lambda run: run.selection_score)
    test_score: float | None = column("the same metric on the test rows", lambda run: run.score("test"))
    audit_score: float | None = column("the same metric on the audit rows", lambda run: run.score("audit"))
    trials: int = column("trials made", lambda run: run.rounded(lambda search: len(search.trials)))
    trials_asked: int | None = column(
        "trials that a search was to make; none where a budget of epochs, or the method itself, ends it",
        lambda run: run.trials_asked,
    )
    configurations: int = column(
        "different configurations among them",
        lambda run: run.configurations,
    )
    rungs: int | None = column(
        "how often a configuration may be evaluated, each time with more; none where the method has no rungs",
        lambda run: run.rungs,
    )
    failed_trials: int = column(
        "those that ended in an error", lambda run: run.rounded(lambda search: sum(t.failed for t in search.trials))
    )
    cost: Cost = column("what all fits cost, refits too", lambda run: run.cost, prefix="")
    spent_seconds: float = column(
        "seconds in training, without compiling, of the fits that the run made, all searches together; the others were "
        "in the table of fits",
        lambda run: run.spent_seconds,
    )
    startup_seconds: float | None = column("seconds from its request to its first fit", lambda run: run.startup_seconds)
    job_seconds: float = column("seconds from its request to its end", lambda run: run.job_seconds)
    search_seconds: float | None = column(
        "seconds from its first fit to its end, as if it had made the fits that it took from other runs: training, "
        "building networks and the method's own work, without compiling",
        lambda run: run.search_seconds,
    )
    space_size: int | None = column(
        "configurations in the space; none where it is continuous", lambda run: run.problem.space.size
    )
    n_train: int = column("training rows", lambda run: len(run.split.train))
    n_test: int = column("test rows", lambda run: len(run.split.test))
    n_audit: int = column("audit rows", lambda run: len(run.split.audit))
    engine: str = column("what trained: `compiled` or `stock`", lambda run: run.request.arm.training.engine)
    code_fingerprint: str = column("of the code that the run depends on", lambda run: run.code)
    model: str = column("model that was tuned", lambda run: run.request.arm.model)
    metric: str = column("what the search maximised (a loss: its negative)", lambda run: run.request.arm.metric)
    pruned_trials: int = column(
        "trials that a pruner ended",
        lambda run: run.rounded(lambda search: sum(t.status == PRUNED for t in search.trials)),
    )
    # the scores above are by the metric that the arm maximised; these are all metrics in their own units
    test_metrics: Mapping[str, float | None] | None = column(
        "on the test rows", lambda run: run.metrics("test"), prefix="test_", keys=metrics.NAMES
    )
    audit_metrics: Mapping[str, float | None] | None = column(
        "on the audit rows", lambda run: run.metrics("audit"), prefix="audit_", keys=metrics.NAMES
    )
    right: RightRows | None = column(
        "which rows were right; none where no model was scored", lambda run: run.right, in_table=False
    )
    generations: tuple[Generation, ...] = column(
        "of an evolutionary search; rows of a table of their own", lambda run: run.generations, in_table=False
    )
    repeats: tuple[Repeat, ...] = column(
        "the searches that the run made; rows of a table of their own",
        lambda run: tuple(search.repeat for search in run.searches),
        in_table=False,
    )
    settings: Mapping[str, Any] = column(
        "what the configuration says of the run, for `hpotrial why`",
        lambda run: run.request.arm.to_dict() | {"holdout_size": run.request.holdout_size},
        in_table=False,
    )
    split_sha256: str = column("checksum of the split's file", lambda run: run.split_sha256, in_table=False)
    versions: Mapping[str, str] = column(
        "of Python and of packages; counted in `completeness.json`", lambda run: run.versions, in_table=False
    )


@dataclass(frozen=True)
class ReplicatedFit:
    """One fit of a documented configuration."""

    seed: int = column("from 0")
    status: str = column(f"`{OK}`, `{NOT_FINITE}`, `{FIT_ERROR}` or `{TIMEOUT}`")
    message: str = column("why it is not `ok`")
    train_accuracy: float | None = column("share of the training images that the last epoch got right as it went")
    validation_accuracy: float | None = column("share of the test images that are right after the last epoch")
    cost: Cost = column("what it cost", prefix="")


@dataclass(frozen=True)
class ReplicatedRow:
    """A documented configuration trained again, as ``row{number}.json`` holds it."""

    row: DocumentedRow = column("what was trained, and what the document says of it")
    dataset: str = column("name of the dataset")
    standin: bool = column("whether its data are a stand-in's")
    n_train: int = column("training rows")
    n_test: int = column("rows that score")
    fits: tuple[ReplicatedFit, ...] = column("one for each seed")


@dataclass(frozen=True)
class ComparedAccuracy:
    """A documented accuracy beside the ones that were reached here; all are shares of 1."""

    documented: float | None = column("as the document prints it")
    mean: float | None = column("mean of the fits")
    sd: float | None = column("their standard deviation")
    low: float | None = column("lower end of the 95 % prediction interval of one more fit")
    high: float | None = column("its upper end")
    inside: bool | None = column("whether the documented value lies in the interval; none where that says nothing")


@dataclass(frozen=True)
class ComparedRow:
    """A row of the replication's table."""

    row: DocumentedRow = column("the documented row", prefix="")
    dataset: str | None = column("name of the dataset")
    standin: bool | None = column("whether its data are a stand-in's")
    n_train: int | None = column("training rows")
    n_test: int | None = column("rows that score")
    status: str = column(f"`{OK}`, `{MISSING}`, or what became of the first fit that failed")
    note: str = column("why nothing is said of the interval")
    fits: int = column("fits made")
    failed: int = column("those that failed")
    validation: ComparedAccuracy = column("on the test images", prefix="validation_")
    train: ComparedAccuracy = column("on the training images", prefix="train_")
    examples: int = column("training rows processed in all fits")
    wall_seconds: float = column("seconds in training, without compiling")
    cpu_seconds: float = column("CPU seconds in training, without compiling")
    compile_seconds: float = column("seconds in tracing and compiling graphs")


@cache
def tables() -> dict[str, tuple[Column, ...]]:
    """The columns of each collected table, by its name."""
    runs = tuple(columns(RunRecord))
    key = tuple(one for one in runs if one.name in (*ARM_KEY, "seed"))
    standin = tuple(one for one in runs if one.name == "standin")
    return {
        "runs": runs,
        "trials": (*key, *columns(Trial), *standin),
        "generations": (*key, *columns(Generation)),
        "repeats": (*key, *columns(Repeat)),
        "rows": (*key, *columns(RightRows)),
        "replication": tuple(columns(ComparedRow)),
    }


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
