"""One run: a split, an arm and a seed become trials and an outcome, by one search or several."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import fmean

import numpy as np

from hpotrial import methods, models
from hpotrial.core import provenance
from hpotrial.core.columns import recorded, row, to_json
from hpotrial.core.configuration import Arm
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.files import write_json
from hpotrial.core.records import OK, Cost, Generation, RightRows, RunRecord, Trial, tables
from hpotrial.core.space import Configuration
from hpotrial.datasets import splits
from hpotrial.datasets.dataset import Dataset, DatasetMeta, load
from hpotrial.runs.scoring import PARTS, Scored, Scorer, mean, right_rows, together
from hpotrial.runs.searching import Search, as_maximised, searched
from hpotrial.search import Problem, Selection
from hpotrial.search.folds import divide
from hpotrial.training import runtime
from hpotrial.training.fit_record import FitMismatch
from hpotrial.training.fit_table import FitTable

log = logging.getLogger(__name__)

# what every run uses, whatever its method and its model
PACKAGES = ("numpy", "pandas", "scikit-learn", "snakemake")


@dataclass(frozen=True)
class RunRequest:
    """All that decides a run, and where its results go.

    Attributes
    ----------
    arm : Arm
        The method with its options, what it tunes and how networks are fitted.
    dataset, cv, seed : str, CvSetting, int
        With the arm's name, the run's identity.
    holdout_size : float
        Share of the training rows that the cv-setting ``holdout`` sets aside.
    data_npz, data_json, split_npz : Path or str
        The dataset and the split.
    trials_path, outcome_path : Path or str
        Where the results go.
    cache_dir : Path or str or None
        Folder of compiled programs that all runs share; None: none.
    fits_path : Path or str or None
        Folder of the table of fits, which runs share; None: none.
    provenance_dir : Path or str or None
        Folder of what the runs' code was, which all runs of a study share; None: none.
    asked_at : float or None
        When the run was asked for, in seconds since 1970; None: when this process started.
    """

    arm: Arm
    dataset: str
    cv: CvSetting
    seed: int
    holdout_size: float
    data_npz: Path | str
    data_json: Path | str
    split_npz: Path | str
    trials_path: Path | str
    outcome_path: Path | str
    cache_dir: Path | str | None = None
    fits_path: Path | str | None = None
    provenance_dir: Path | str | None = None
    asked_at: float | None = None


def execute(request: RunRequest) -> RunRecord:
    """Run a search, or as many as the arm repeats, write the trials and the record, and return the record.

    A search that raises becomes an outcome with status ``search_error``, one whose trials all failed
    ``all_trials_failed``: neither has scores, nor has a run of which one search of several ends so. Errors of the
    machine (memory, disk) are raised.

    A fit that the table of fits has is not made again, whichever run made it, but costs what it cost then. So a run
    that was killed makes none twice.

    Raises
    ------
    HpoTrialError
        If the data, the split or the request cannot be used, or the search does not do what the table of fits says.
    """
    data = load(Path(request.data_npz), Path(request.data_json))
    split = splits.load(Path(request.split_npz))
    arm = request.arm
    code = provenance.recorded(provenance.of_search(arm.method, arm.model), request.provenance_dir)
    used = {*models.packages(arm.model), *methods.load(arm.method).packages, *PACKAGES}
    installed = provenance.installed(sorted(used))
    fits = FitTable.of(request.fits_path, arm.model)
    try:
        run = _finish(request, data, split, fits, code, installed)
    except FitMismatch as mismatch:
        raise HpoTrialError(f"{mismatch}: remove {request.fits_path} and run it again") from None
    record = recorded(RunRecord, run)
    _write(record, run, {"trials": Path(request.trials_path), "outcome": Path(request.outcome_path)})
    return record


def _write(record: RunRecord, run: FinishedRun, files: Mapping[str, Path]) -> None:
    from hpotrial.core import parquet  # it takes a while, and nothing before here needs it

    same = row(record)
    parquet.write(parquet.table(tables()["trials"], [same | row(trial) for trial in run.trials]), files["trials"])
    write_json(files["outcome"], to_json(record))
    log.info("%s: %d trials, %d fits, %.1f s in training", record.status, record.trials, record.cost.fits,
             record.cost.wall_seconds)  # fmt: skip
    meters = [search.problem.meter for search in run.searches]
    taken = sum(meter.taken for meter in meters)
    made = sum(meter.total.fits for meter in meters) - taken
    log.info("%d fits made in %.1f s, %d taken", made, record.spent_seconds, taken)


@dataclass(frozen=True)
class FinishedRun:
    """What a run knows at its end: the fields of its record find their values here.

    Attributes
    ----------
    request : RunRequest
        What was asked for.
    data : DatasetMeta
        What is known of the dataset.
    split : Split
        Its rows.
    searches : tuple of Search
        Its searches; one that did not end well is the last.
    startup_seconds, job_seconds : float
        From the moment that the run was asked for to the first fit (None: there was none), and to now.
    split_sha256 : str
        Checksum of the split's file.
    code : str
        Fingerprint of the code that the run depends on.
    versions : Mapping
        Of Python and of the packages.
    """

    request: RunRequest
    data: DatasetMeta
    split: splits.Split
    searches: tuple[Search, ...]
    startup_seconds: float | None
    job_seconds: float
    split_sha256: str
    code: str
    versions: Mapping[str, str]

    @property
    def problem(self) -> Problem:
        """What the first search was given and left."""
        return self.searches[0].problem

    @property
    def ended(self) -> Search:
        """The search that says how the run ended: the last, of which all before ended well."""
        return self.searches[-1]

    @property
    def selected(self) -> tuple[Selection, ...]:
        """What each search selected; nothing where one did not end well."""
        found = tuple(search.selection for search in self.searches if search.selection)
        return found if len(found) == len(self.searches) else ()

    @property
    def configuration(self) -> Configuration | None:
        """What the first search selected."""
        return self.selected[0].configuration if self.selected else None

    @property
    def selection_score(self) -> float | None:
        """The mean of what the searches maximised."""
        return mean([selection.score for selection in self.selected]) if self.selected else None

    @cached_property
    def scored(self) -> Mapping[str, Scored] | None:
        """What all searches came to together on the ``test`` and the ``audit`` rows; None where one has no model."""
        found = [search.scored for search in self.searches if search.scored]
        return {part: together([one[part] for one in found]) for part in PARTS} if self.ended.scored else None

    def metrics(self, part: str) -> Mapping[str, float | None] | None:
        """All metrics on the ``test`` or the ``audit`` rows; None where there is no fitted model."""
        return self.scored[part].metrics if self.scored else None

    def score(self, part: str) -> float | None:
        """The metric that the search maximised, on the ``test`` or the ``audit`` rows: greater is better."""
        return as_maximised(self.request.arm.metric, self.metrics(part))

    @property
    def right(self) -> RightRows | None:
        """Which rows were right; None where there is no fitted model."""
        return right_rows(self.scored, self.split) if self.scored else None

    def rounded(self, count: Callable[[Problem], float]) -> int:
        """The mean over the searches of what each counts, as a whole number."""
        return round(fmean(count(search.problem) for search in self.searches))

    @property
    def trials_asked(self) -> int | None:
        """Trials that each search was to make; None where a budget of epochs, or the method itself, ends it."""
        return self.searches[0].trials_asked

    @property
    def rungs(self) -> int | None:
        """How often a configuration may be evaluated, each time with more; None where the method has no rungs."""
        return self.searches[0].rungs

    @property
    def configurations(self) -> int:
        """Different configurations among a search's trials, the mean as a whole number."""
        return round(fmean(search.configurations for search in self.searches))

    @property
    def search_seconds(self) -> float | None:
        """Seconds from the first fit to the end, as if it had made all fits, compiling aside; None without a fit."""
        if self.startup_seconds is None:
            return None
        meters = [search.problem.meter for search in self.searches]
        # programs are kept: who compiles one is who comes first
        others = sum(meter.total.wall_seconds - meter.spent_seconds - meter.compiling_seconds for meter in meters)
        return self.job_seconds - self.startup_seconds + others

    @property
    def cost(self) -> Cost:
        """What one search cost, its refits included: the mean, counts as whole numbers."""
        return Cost.mean([search.problem.meter.total for search in self.searches])

    @property
    def spent_seconds(self) -> float:
        """What was spent in training in all searches."""
        return sum(search.problem.meter.spent_seconds for search in self.searches)

    @property
    def trials(self) -> list[Trial]:
        """Those of all searches."""
        return [replace(one, repeat=s.problem.repeat) for s in self.searches for one in s.problem.trials]

    @property
    def generations(self) -> tuple[Generation, ...]:
        """Those of all searches."""
        return tuple(replace(one, repeat=s.problem.repeat) for s in self.searches for one in s.problem.generations)


def _finish(
    request: RunRequest, data: Dataset, split: splits.Split, fits: FitTable | None, code: str, versions: dict[str, str]
) -> FinishedRun:
    if models.library(request.arm.model) == "keras":
        runtime.configure(Path(request.cache_dir) if request.cache_dir else None)
        runtime.import_tensorflow()
    problem = make_problem(request, data.X, data.y, split, len(data.meta.classes), fits)
    scorer = Scorer(data.X, data.y, split)
    log.info("run %s/%s/%s/seed%d", request.dataset, request.arm.name, request.cv, request.seed)
    searches = [searched(problem, scorer)]
    while searches[-1].status == OK and len(searches) < request.arm.repeats:
        log.info("search %d of %d", len(searches) + 1, request.arm.repeats)
        searches.append(searched(problem.repeated(len(searches)), scorer))
    started = _process_start() if request.asked_at is None else request.asked_at
    first_fit = problem.meter.first_fit_at
    return FinishedRun(
        request=request,
        data=data.meta,
        split=split,
        searches=tuple(searches),
        startup_seconds=None if first_fit is None else first_fit - started,
        job_seconds=time.time() - started,
        split_sha256=provenance.checksum(Path(request.split_npz)),
        code=code,
        versions=versions,
    )


def make_problem(
    request: RunRequest,
    X: np.ndarray,
    y: np.ndarray,
    split: splits.Split,
    n_classes: int,
    fits: FitTable | None = None,
) -> Problem:
    """The problem of a run: test rows are in it only if the cv-setting is ``test``, audit rows never.

    Parameters
    ----------
    request : RunRequest
        The run.
    X, y : ndarray of shape (rows, ...), ndarray of shape (rows,)
        All rows and class codes of the dataset.
    split : Split
        Its row numbers for the run's seed.
    n_classes : int
        Number of classes.
    fits : FitTable or None
        Where finished fits are kept, and taken from; None: nowhere.
    """
    visible = np.concatenate([split.train, split.test]) if request.cv.kind == "test" else split.train
    folds = divide(
        request.cv,
        y[split.train],
        len(split.test),
        holdout_size=request.holdout_size,
        seed=request.seed,
        train_share=request.arm.train_share,
    )
    return Problem(
        X=X[visible],
        y=y[visible],
        folds=folds,
        n_train=len(split.train),
        n_classes=n_classes,
        arm=request.arm,
        seed=request.seed,
        capacity=len(split.train) + len(split.test),
        validates_in_fit=request.cv.kind != "cv",
        fits=fits,
    )


def _process_start() -> float:
    import psutil

    return psutil.Process(os.getpid()).create_time()
