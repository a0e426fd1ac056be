"""One run: a split, an arm and a seed become trials and an outcome."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hpotrial import datasets, methods, metrics, models, sources, versions
from hpotrial.datasets import splits
from hpotrial.problem import Problem, Selection
from hpotrial.problem.folds import divide, kind
from hpotrial.space import Space
from hpotrial.training import runtime
from hpotrial.trials import COSTS, PRUNED, BudgetSpent, CostMeter, write_trials

log = logging.getLogger(__name__)

PACKAGES = (
    "tensorflow-cpu", "keras", "keras-tuner", "scikit-learn", "scikeras", "hyperopt", "optuna", "deap", "tpot", "torch",
    "numpy", "pandas", "snakemake",
)  # fmt: skip


@dataclass(frozen=True)
class RunRequest:
    """All that decides a run, and where its results go.

    Attributes
    ----------
    dataset, arm, method, cv, seed
        The run's identity.
    options
        The method's options.
    model, fixed, space, training
        What is tuned: the model's name, hyperparameters not searched, the search space's configuration, and
        ``engine``, ``early_stopping``, ``checkpoint``.
    metric
        What the search maximises.
    epoch_budget
        Epochs that the search's trials may use in all; None: no limit.
    holdout_size
        Share of the training rows that the cv-setting ``holdout`` sets aside.
    train_share
        Share of the rows that each fit of the search would train on, which it is given; a refit has all training rows.
    refit
        Whether the selection is fitted anew on all training rows before it is scored.
    data_npz, data_json, split_npz
        The dataset and the split.
    trials_path, outcome_path
        Where the results go.
    cache_dir
        Folder of compiled programs that all runs share; None: none.
    """

    dataset: str
    arm: str
    method: str
    cv: str
    seed: int
    options: Mapping[str, Any]
    model: str
    fixed: Mapping[str, Any]
    space: Mapping[str, Any]
    training: Mapping[str, Any]
    metric: str
    epoch_budget: int | None
    holdout_size: float
    train_share: float
    refit: bool
    data_npz: Path | str
    data_json: Path | str
    split_npz: Path | str
    trials_path: Path | str
    outcome_path: Path | str
    cache_dir: Path | str | None = None


def execute(request: RunRequest) -> dict[str, Any]:
    """Run a search and write its trials and its outcome; returns the outcome.

    A search that raises becomes an outcome with status ``search_error``, one whose trials all failed
    ``all_trials_failed``: neither has scores. Errors of the machine (memory, disk) are raised.

    Raises
    ------
    HpoTrialError
        If the data, the split or the request cannot be used.
    """
    if models.library(request.model) == "keras":
        runtime.configure(Path(request.cache_dir) if request.cache_dir else None)
        runtime.import_tensorflow()
    data = datasets.load(Path(request.data_npz), Path(request.data_json))
    split = splits.load(Path(request.split_npz))
    problem = make_problem(request, data.X, data.y, split, len(data.meta.classes))
    log.info("run %s/%s/%s/seed%d", request.dataset, request.arm, request.cv, request.seed)
    status, message, selection = "ok", "", None
    try:
        try:
            selection = methods.load(request.method).search(problem, **request.options)
        except BudgetSpent:
            selection = problem.selected()
        if selection is None:
            status, message = "all_trials_failed", problem.trials[-1].message if problem.trials else "no trial was made"
        elif selection.predictor is None or (request.refit and not selection.refitted):
            predictor = problem.refit(selection.configuration)
            selection = Selection(selection.configuration, selection.score, predictor, refitted=True)
    except (MemoryError, OSError):
        raise
    except Exception as error:
        log.exception("the search ended in an error")
        status, message, selection = "search_error", f"{type(error).__name__}: {error}".splitlines()[0][:500], None
    measured = {part: _measured(selection, data.X, data.y, getattr(split, part)) for part in ("test", "audit")}
    identity = {
        "dataset": request.dataset, "arm": request.arm, "method": request.method, "cv": request.cv,
        "seed": request.seed, "standin": data.meta.standin,
    }  # fmt: skip
    first_fit = problem.meter.first_fit_at
    outcome = {
        **identity,
        "data_sha256": data.meta.sha256,
        "status": status,
        "message": message,
        "configuration": selection.configuration if selection else None,
        "selection_score": selection.score if selection else None,
        **{f"{part}_score": _as_score(request.metric, values) for part, values in measured.items()},
        **{f"{part}_metrics": values for part, values in measured.items()},
        "metric": request.metric,
        "scored_model": ("refit" if selection.refitted else "search") if selection else None,
        "trials": len(problem.trials),
        "failed_trials": sum(t.failed for t in problem.trials),
        "pruned_trials": sum(t.status == PRUNED for t in problem.trials),
        "epoch_budget": request.epoch_budget,
        "generations": [asdict(generation) for generation in problem.generations],
        **{name: getattr(problem.meter.total, name) for name in COSTS},
        "startup_seconds": first_fit - _process_start() if first_fit is not None else None,
        "job_seconds": time.time() - _process_start(),
        "refit_epochs": problem.refit_epochs,
        "model": request.model,
        "space_size": problem.space.size,
        "n_train": len(split.train),
        "n_test": len(split.test),
        "n_audit": len(split.audit),
        "engine": request.training["engine"],
        "code_fingerprint": sources.fingerprint(
            "hpotrial.run", f"hpotrial.methods.{request.method}", f"hpotrial.models.{request.model}"
        ),
        "versions": versions.installed(PACKAGES),
    }
    write_trials(Path(request.trials_path), problem.trials, identity)
    Path(request.outcome_path).write_text(json.dumps(outcome, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    log.info("%s: %d trials, %d fits, %.1f s in training", status, len(problem.trials), problem.meter.total.fits,
             problem.meter.total.wall_seconds)  # fmt: skip
    return outcome


def make_problem(request: RunRequest, X: np.ndarray, y: np.ndarray, split: splits.Split, n_classes: int) -> Problem:
    """The problem of a run: test rows are in it only if the cv-setting is ``test``, audit rows never.

    Parameters
    ----------
    request
        The run.
    X, y
        All rows and class codes of the dataset.
    split
        Its row numbers for the run's seed.
    n_classes
        Number of classes.
    """
    visible = np.concatenate([split.train, split.test]) if kind(request.cv) == "test" else split.train
    folds = divide(
        request.cv,
        y[split.train],
        len(split.test),
        holdout_size=request.holdout_size,
        seed=request.seed,
        train_share=request.train_share,
    )
    return Problem(
        X=X[visible],
        y=y[visible],
        folds=folds,
        n_train=len(split.train),
        n_classes=n_classes,
        space=Space.from_config(request.space),
        model=request.model,
        fixed=request.fixed,
        training=request.training,
        seed=request.seed,
        capacity=len(split.train) + len(split.test),
        validates_in_fit=kind(request.cv) != "cv",
        metric=request.metric,
        meter=CostMeter(epoch_budget=request.epoch_budget),
    )


def _measured(selection: Selection | None, X: np.ndarray, y: np.ndarray, rows: np.ndarray) -> dict[str, Any] | None:
    if selection is None or selection.predictor is None:
        return None
    return metrics.all_of(selection.predictor.probabilities(X[rows]), y[rows])


def _as_score(metric: str, values: Mapping[str, float | None] | None) -> float | None:
    """The selecting metric among the measured ones, greater being better."""
    value = values[metric] if values else None
    return -value if value is not None and metric in metrics.LOSSES else value


def _process_start() -> float:
    import psutil

    return psutil.Process(os.getpid()).create_time()
