"""KerasTuner's ``RandomSearch`` (documents 000, 001).

As documented it tunes the architecture only: epochs and batch size keep their defaults, which is those documents'
complaint. ``tune: all`` tunes them too, through ``HyperModel.fit``.
"""

from __future__ import annotations

from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.least_values import require_least
from hpotrial.search.workload import Tune, of_draws, tuned_part

CV_KINDS = ("test", "holdout")
LIBRARIES = ("keras",)


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

    from hpotrial.search.adapters.keras_tuner import run_tuner

    return run_tuner(problem, tuned_part(problem.space, tune), keras_tuner.RandomSearch, max_trials=max_trials)


def plan(space: Space, epochs: int, *, max_trials: int = 10, tune: Tune = "architecture") -> Budget:
    """``max_trials`` trials, no more than there are configurations."""
    return of_draws(tuned_part(space, tune), epochs, max_trials)


def check(space: Space, *, max_trials: int = 10, tune: Tune = "architecture") -> None:
    """Raise ConfigurationError for no trials."""
    require_least("keras_random", max_trials=(max_trials, 1))
