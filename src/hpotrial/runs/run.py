"""One run: a split, an arm and a seed become trials and an outcome."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hpotrial import methods, models
from hpotrial.core import metrics, provenance
from hpotrial.core.columns import from_json, recorded, row, to_json
from hpotrial.core.configuration import Arm
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.errors import BudgetSpent
from hpotrial.core.files import read_json, write_bytes, write_json
from hpotrial.core.records import ALL_TRIALS_FAILED, OK, SEARCH_ERROR, RightRows, RunRecord, tables
from hpotrial.datasets import splits
from hpotrial.datasets.dataset import Dataset, DatasetMeta, load
from hpotrial.runs.scoring import PARTS, Scored, right_rows, scored
from hpotrial.search import Problem, Selection
from hpotrial.search.folds import divide
from hpotrial.training import journal, runtime
from hpotrial.training.journal import Journal

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
    journal_path : Path or str or None
        Folder where fits are written down as they end, and where those of a run that was killed are found; None: none.
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
    journal_path: Path | str | None = None
    provenance_dir: Path | str | None = None
    asked_at: float | None = None


def execute(request: RunRequest) -> RunRecord:
    """Run a search, write its trials and its record, and return the record.

    A search that raises becomes an outcome with status ``search_error``, one whose trials all failed
    ``all_trials_failed``: neither has scores. Errors of the machine (memory, disk) are raised.

    A run that was killed takes its finished fits from the journal, with what they cost when they were made. A finished
    run leaves its two files there too, for a workflow that is killed before it has seen them.

    Raises
    ------
    HpoTrialError
        If the data, the split or the request cannot be used, or another process is at this run.
    """
    data = load(Path(request.data_npz), Path(request.data_json))
    split = splits.load(Path(request.split_npz))
    arm = request.arm
    code = provenance.recorded(provenance.of_search(arm.method, arm.model), request.provenance_dir)
    used = {*models.packages(arm.model), *methods.load(arm.method).packages, *PACKAGES}
    installed = provenance.installed(sorted(used))
    with journal.opened(request.journal_path, json.dumps([code, installed])) as kept:
        files = {"trials": Path(request.trials_path), "outcome": Path(request.outcome_path)}
        key = kept.key("run", *_identity(request, data, split)) if kept else ""
        if kept and (finished := kept.take(key)):
            log.info("this run is finished already; its files are taken from the journal")
            for name, path in files.items():
                write_bytes(path, finished[name].tobytes())
            return from_json(RunRecord, read_json(files["outcome"]))
        run = _search(request, data, split, kept, code, installed)
        record = recorded(RunRecord, run)
        _write(record, run.problem, files)
        if kept:
            kept.add(key, {name: np.fromfile(path, np.uint8) for name, path in files.items()}, last=True)
    return record


def _identity(request: RunRequest, data: Dataset, split: splits.Split) -> list[str | np.ndarray]:
    """What determines a run beside the code: the request without its paths, the data, the split."""
    asked = [request.arm.to_dict(), request.dataset, request.cv, request.seed, request.holdout_size]
    text = json.dumps([asked, data.meta.sha256, data.meta.standin], sort_keys=True, default=str)
    return [text, split.train, split.test, split.audit]


def _write(record: RunRecord, problem: Problem, files: Mapping[str, Path]) -> None:
    from hpotrial.core import parquet  # it takes a while, and nothing before here needs it

    same = row(record)
    parquet.write(parquet.table(tables()["trials"], [same | row(trial) for trial in problem.trials]), files["trials"])
    write_json(files["outcome"], to_json(record))
    log.info("%s: %d trials, %d fits, %.1f s in training", record.status, record.trials, record.cost.fits,
             record.cost.wall_seconds)  # fmt: skip


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
    problem : Problem
        What the search was given, with its trials, its generations and the meter of its costs.
    status, message : str
        How the search ended, and why if not well.
    selection : Selection or None
        What it selected.
    scored : Mapping or None
        What the selection came to on the ``test`` and the ``audit`` rows; None where there is no fitted model.
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
    problem: Problem
    status: str
    message: str
    selection: Selection | None
    scored: Mapping[str, Scored] | None
    startup_seconds: float | None
    job_seconds: float
    split_sha256: str
    code: str
    versions: Mapping[str, str]

    def score(self, part: str) -> float | None:
        """The metric that the search maximised, on the ``test`` or the ``audit`` rows: greater is better."""
        metric, values = self.request.arm.metric, self.metrics(part)
        value = values[metric] if values else None
        return -value if value is not None and metric in metrics.LOSSES else value

    def metrics(self, part: str) -> Mapping[str, float | None] | None:
        """All metrics on the ``test`` or the ``audit`` rows; None where there is no fitted model."""
        return self.scored[part].metrics if self.scored else None

    @property
    def right(self) -> RightRows | None:
        """Which rows were right; None where there is no fitted model."""
        return right_rows(self.scored, self.split) if self.scored else None


def _search(
    request: RunRequest, data: Dataset, split: splits.Split, kept: Journal | None, code: str, versions: dict[str, str]
) -> FinishedRun:
    if models.library(request.arm.model) == "keras":
        runtime.configure(Path(request.cache_dir) if request.cache_dir else None)
        runtime.import_tensorflow()
    problem = make_problem(request, data.X, data.y, split, len(data.meta.classes), kept)
    log.info("run %s/%s/%s/seed%d", request.dataset, request.arm.name, request.cv, request.seed)
    status, message, selection = _settle(request, problem)
    predictor = selection.predictor if selection else None
    on = {part: getattr(split, part) for part in PARTS}
    parts = {part: scored(predictor, data.X[rows], data.y[rows]) for part, rows in on.items()} if predictor else None
    started = _process_start() if request.asked_at is None else request.asked_at
    first_fit = problem.meter.first_fit_at
    return FinishedRun(
        request=request,
        data=data.meta,
        split=split,
        problem=problem,
        status=status,
        message=message,
        selection=selection,
        scored=parts,
        startup_seconds=None if first_fit is None else first_fit - started,
        job_seconds=time.time() - started,
        split_sha256=provenance.checksum(Path(request.split_npz)),
        code=code,
        versions=versions,
    )


def _settle(request: RunRequest, problem: Problem) -> tuple[str, str, Selection | None]:
    """Search, and fit the selection anew where that is asked for: status, message, and what was selected."""
    status, message = OK, ""
    selection: Selection | None = None
    try:
        try:
            selection = methods.load(request.arm.method)(**request.arm.options).search(problem)
        except BudgetSpent:
            selection = problem.selected()
        if selection is None:
            status, message = ALL_TRIALS_FAILED, problem.trials[-1].message if problem.trials else "no trial was made"
        elif selection.predictor is None or (request.arm.refit and not selection.refitted):
            predictor = problem.refit(selection.configuration)
            selection = Selection(selection.configuration, selection.score, predictor, refitted=True)
    except (MemoryError, OSError):
        raise
    except Exception as error:
        log.exception("the search ended in an error")
        status, message, selection = SEARCH_ERROR, f"{type(error).__name__}: {error}".splitlines()[0][:500], None
    return status, message, selection


def make_problem(
    request: RunRequest,
    X: np.ndarray,
    y: np.ndarray,
    split: splits.Split,
    n_classes: int,
    kept: Journal | None = None,
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
    kept : Journal or None
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
        journal=kept,
    )


def _process_start() -> float:
    import psutil

    return psutil.Process(os.getpid()).create_time()
