"""KerasTuner's ``Hyperband`` (documents 000, 001; Li et al., JMLR 18, 2018): many configurations for few epochs, the
best of them for more.

A bracket whose first round asks for more different configurations than the space has ends KerasTuner's search early
and silently; ``check`` refuses that.
"""

from __future__ import annotations

import math

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.least_values import require_least
from hpotrial.search.workload import Tune, tuned_part

CV_KINDS = ("test", "holdout")
LIBRARIES = ("keras",)


def search(
    problem: Problem,
    *,
    max_epochs: int = 10,
    factor: int = 3,
    hyperband_iterations: int = 1,
    tune: Tune = "architecture",
) -> Selection | None:
    """Run ``Hyperband``; its best model, restored from its best epoch, is what is scored.

    Parameters
    ----------
    problem
        What is searched.
    max_epochs
        Epochs that a configuration gets in a bracket's last round.
    factor
        Share of configurations dropped from round to round, and growth of their epochs.
    hyperband_iterations
        How often the whole schedule is run.
    tune
        ``architecture``: all but epochs and batch size; ``all``: the batch size too (the epochs are Hyperband's).
    """
    import keras_tuner

    from hpotrial.search.adapters.keras_tuner import run_tuner

    return run_tuner(
        problem,
        _tuned(problem.space, tune),
        keras_tuner.Hyperband,
        max_epochs=max_epochs,
        factor=factor,
        hyperband_iterations=hyperband_iterations,
    )


def _tuned(space: Space, tune: Tune) -> Space:
    # the epochs are Hyperband's
    return tuned_part(space, tune).without(("epochs",))


def schedule(max_epochs: int, factor: int) -> list[list[tuple[int, int]]]:
    """KerasTuner's brackets: for each, its rounds as (configurations, epochs until which they are trained)."""
    brackets, epochs = 0, float(max_epochs)
    while epochs >= 1:
        epochs, brackets = epochs / factor, brackets + 1
    last = math.ceil(1 + math.log(max_epochs, factor))
    return [
        [
            (math.ceil(last / (b + 1) * factor ** (b - r)), math.ceil(max_epochs / factor ** (b - r)))
            for r in range(b + 1)
        ]
        for b in reversed(range(brackets))
    ]


def plan(
    space: Space,
    epochs: int,
    *,
    max_epochs: int = 10,
    factor: int = 3,
    hyperband_iterations: int = 1,
    tune: Tune = "architecture",
) -> Budget:
    """All rounds of all brackets; a later round goes on from the epochs that the earlier one reached."""
    trials = trained = 0
    for rounds in schedule(max_epochs, factor):
        reached = 0
        for size, until in rounds:
            trials += size
            trained += size * (until - reached)
            reached = until
    return Budget(trials * hyperband_iterations, float(trained * hyperband_iterations))


def check(
    space: Space,
    *,
    max_epochs: int = 10,
    factor: int = 3,
    hyperband_iterations: int = 1,
    tune: Tune = "architecture",
) -> None:
    """Raise ConfigurationError for numbers that make no bracket, or a space too small for the schedule."""
    require_least(
        "keras_hyperband",
        max_epochs=(max_epochs, 1),
        factor=(factor, 2),
        hyperband_iterations=(hyperband_iterations, 1),
    )
    size = _tuned(space, tune).size
    wanted = sum(rounds[0][0] for rounds in schedule(max_epochs, factor)) * hyperband_iterations
    if size is not None and wanted > size:
        raise ConfigurationError(
            f"keras_hyperband: max_epochs {max_epochs} and factor {factor} draw {wanted} different configurations, "
            f"the tuned space has {size}; lower max_epochs, tune: all, or widen the space"
        )
