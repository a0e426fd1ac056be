"""Optuna: its ask and tell over a problem, which its samplers share, and a space as its suggestions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna

from hpotrial.core.records import PRUNED, Trial
from hpotrial.core.space import Choice, Configuration, Hyperparameter, Space, Value
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Selection

Evaluate = Callable[[Configuration, optuna.Trial], Trial]


def run_study(
    problem: Problem,
    sampler: Any,
    n_trials: int,
    *,
    space: Space | None = None,
    pruner: Any = None,
    evaluate: Evaluate | None = None,
) -> Selection | None:
    """Ask a study for configurations, evaluate them one after another, and tell it their scores.

    Parameters
    ----------
    problem : Problem
        What is searched.
    sampler : optuna.samplers.BaseSampler
        Such as ``optuna.samplers.TPESampler``, seeded.
    n_trials : int
        Number of trials; the same configuration may come twice.
    space : Space, optional
        What Optuna draws from; None: the problem's space.
    pruner : optuna.pruners.BasePruner, optional
        Decides which trials are stopped before their end; None: none is.
    evaluate : callable, optional
        Evaluates a configuration for Optuna's trial and records it; None: ``problem.evaluate``.

    Returns
    -------
    Selection or None
        The best trial that was neither pruned nor failed; None if there is none.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        sampler=sampler,
        pruner=pruner or optuna.pruners.NopPruner(),
        direction="maximize",
        # a pruner may divide the trials by the study's name and their numbers
        study_name=f"seed{problem.search_seed}",
    )
    for _ in range(n_trials):
        asked = study.ask()
        configuration = optuna_configuration(space or problem.space, asked)
        trial = evaluate(configuration, asked) if evaluate else problem.evaluate(configuration)
        if trial.ok:
            study.tell(asked, trial.score)
        else:
            pruned = trial.status == PRUNED
            study.tell(asked, state=optuna.trial.TrialState.PRUNED if pruned else optuna.trial.TrialState.FAIL)
    return problem.selected()


def optuna_configuration(space: Space, trial: Any) -> Configuration:
    """Ask an Optuna trial for one configuration of the space; a condition is looked at when its parent is known."""
    configuration: Configuration = {}
    for h in space.hyperparameters:
        if h.active(configuration):
            configuration[h.name] = _suggested(h, trial)
    return configuration


def _suggested(h: Hyperparameter, trial: Any) -> Value:
    d = h.domain
    # positions in place of values: Optuna takes True for 1 and 1 for 1.0, and rounds the steps of reals its own way
    if isinstance(d, Choice):
        return d.values[trial.suggest_categorical(h.name, list(range(len(d.values))))]
    if (values := d.grid()) is not None:
        return values[trial.suggest_int(h.name, 0, len(values) - 1)]
    if d.kind is int:
        return trial.suggest_int(h.name, int(d.low), int(d.high), log=d.log)
    return trial.suggest_float(h.name, d.low, d.high, log=d.log)
