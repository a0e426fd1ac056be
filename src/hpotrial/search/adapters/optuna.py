"""Optuna's ask and tell over a problem: what its samplers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optuna

from hpotrial.core.records import PRUNED, Trial
from hpotrial.core.space import Configuration, Space
from hpotrial.search.adapters.space_translation import optuna_configuration
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
    problem
        What is searched.
    sampler
        Such as ``optuna.samplers.TPESampler``, seeded.
    n_trials
        Number of trials; the same configuration may come twice.
    space
        What Optuna draws from; None: the problem's space.
    pruner
        Decides which trials are stopped before their end; None: none is.
    evaluate
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
        study_name=f"seed{problem.seed}",
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
