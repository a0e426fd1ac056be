"""KerasTuner's ``RandomSearch`` (documents 000, 001).

As documented it tunes the architecture only: epochs and batch size keep their defaults, which is those documents'
complaint. ``tune: all`` tunes them too, through ``HyperModel.fit``.
"""

from __future__ import annotations

from typing import Literal

from hpotrial.models import FIT_HYPERPARAMETERS
from hpotrial.problem import Budget, Problem, Selection
from hpotrial.problem.budget import of_draws
from hpotrial.space import Space

CV_KINDS = ("test", "holdout")
LIBRARIES = ("keras",)

Tune = Literal["architecture", "all"]


def search(problem: Problem, *, max_trials: int = 10, tune: Tune = "architecture") -> Selection | None:
    """Run ``RandomSearch``; its best model, restored from its best epoch, is what is scored.

    Parameters
    ----------
    problem
        What is searched.
    max_trials
        Number of draws, all different.
    tune
        ``architecture``: all but epochs and batch size; ``all``: those too.
    """
    import keras_tuner

    hypermodel = problem.hypermodel(_tuned(problem.space, tune))
    return hypermodel.search(keras_tuner.RandomSearch, max_trials=max_trials)


def _tuned(space: Space, tune: Tune) -> Space:
    return space if tune == "all" else space.without(tuple(FIT_HYPERPARAMETERS))


def plan(space: Space, epochs: int, *, max_trials: int = 10, tune: Tune = "architecture") -> Budget:
    """``max_trials`` trials, no more than there are configurations."""
    return of_draws(_tuned(space, tune), epochs, max_trials)
