"""Every combination in a plain loop, with early stopping and a checkpoint: the method of documents 000, 001 and 004.

As documented it selects on the test rows (cv-setting ``test``); ``holdout`` is the same loop on rows set aside.
"""

from __future__ import annotations

from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.workload import of_grid

CV_KINDS = ("test", "holdout", "cv")


def search(problem: Problem) -> Selection | None:
    """Evaluate every configuration of the space, in the grid's order; the best one wins, the earlier of equals."""
    for configuration in problem.space.grid():
        problem.evaluate(configuration)
    return problem.selected()


def plan(space: Space, epochs: int) -> Budget:
    """One trial for each configuration."""
    return of_grid(space, epochs)


def check(space: Space) -> None:
    """A continuous domain has no grid (raises ConfigurationError)."""
    next(space.grid())
