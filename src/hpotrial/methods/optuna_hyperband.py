"""Optuna's ``HyperbandPruner`` on real epochs: asynchronous successive halving in several brackets (Li et al., JMLR 18,
2018, and MLSys 2020).

A trial goes on from where it is or ends: none is taken up again, unlike KerasTuner's Hyperband. Each comes to the rungs
of its bracket (``min_resource`` epochs, ``reduction_factor`` times as many, ...) and goes on if it is among the best of
those that came there before it. A pruned trial keeps the score that it had, and cannot be selected.
"""

from __future__ import annotations

from typing import Any, Literal

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.records import Trial
from hpotrial.core.space import Configuration, Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.least_values import require_least
from hpotrial.search.workload import longest

CV_KINDS = ("test", "holdout")
LIBRARIES = ("keras",)

Sampler = Literal["tpe", "random"]


def search(
    problem: Problem,
    *,
    n_trials: int = 30,
    min_resource: int = 1,
    reduction_factor: int = 3,
    sampler: Sampler = "tpe",
    n_startup_trials: int = 10,
) -> Selection | None:
    """Run a study with ``HyperbandPruner``; the model of the best trial that was not pruned is what is scored.

    A trial may have as many epochs as the space's longest, or the fixed epochs; epochs are not searched.

    Parameters
    ----------
    problem
        What is searched.
    n_trials
        Number of trials, pruned ones included.
    min_resource
        Epochs that every trial gets.
    reduction_factor
        One trial in so many goes on from a rung, to a rung so many times as long.
    sampler
        What proposes configurations: ``tpe``, Optuna's default, or ``random``, as in the paper.
    n_startup_trials
        For ``tpe``: trials at random in each bracket before the model is asked.
    """
    import optuna

    from hpotrial.search.adapters.optuna import run_study
    from hpotrial.training.callbacks import EpochPruning

    epochs = longest(problem.space, problem.epochs_of({}))

    def evaluate(configuration: Configuration, asked: Any) -> Trial:
        if "epochs" in problem.space.names:
            configuration = {**configuration, "epochs": epochs}
        return problem.evaluate(configuration, epochs, callbacks=[EpochPruning(asked, problem.monitor, epochs)])

    samplers = optuna.samplers
    proposing = (
        samplers.TPESampler(n_startup_trials=n_startup_trials, seed=problem.seed)
        if sampler == "tpe"
        else samplers.RandomSampler(seed=problem.seed)
    )
    pruner = optuna.pruners.HyperbandPruner(
        min_resource=min_resource, max_resource=epochs, reduction_factor=reduction_factor
    )
    return run_study(
        problem, proposing, n_trials, space=problem.space.without(("epochs",)), pruner=pruner, evaluate=evaluate
    )


def plan(
    space: Space,
    epochs: int,
    *,
    n_trials: int = 30,
    min_resource: int = 1,
    reduction_factor: int = 3,
    sampler: Sampler = "tpe",
    n_startup_trials: int = 10,
) -> Budget:
    """``n_trials`` trials, each asking for all epochs; pruning, like early stopping, only lowers them.

    Raises
    ------
    ConfigurationError
        If a trial's first rung lies beyond its last epoch, so that nothing would ever be pruned.
    """
    most = longest(space, epochs)
    if min_resource >= most:
        raise ConfigurationError(
            f"optuna_hyperband: min_resource {min_resource} leaves nothing to prune of {most} epochs; lower it"
        )
    return Budget(n_trials, float(n_trials * most))


def check(
    space: Space,
    *,
    n_trials: int = 30,
    min_resource: int = 1,
    reduction_factor: int = 3,
    sampler: Sampler = "tpe",
    n_startup_trials: int = 10,
) -> None:
    """Raise ConfigurationError for numbers that make no rung."""
    require_least(
        "optuna_hyperband",
        n_trials=(n_trials, 1),
        min_resource=(min_resource, 1),
        reduction_factor=(reduction_factor, 2),
        n_startup_trials=(n_startup_trials, 0),
    )
