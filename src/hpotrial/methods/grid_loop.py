"""Every combination in a plain loop, with early stopping and a checkpoint: the method of documents 000, 001 and 004.

As documented it selects on the test rows (cv-setting ``test``); ``holdout`` is the same loop on rows set aside.
"""

from __future__ import annotations

from dataclasses import dataclass

from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import of_grid


@dataclass(frozen=True)
class GridLoop(Method):
    """Every configuration of the space, in the grid's order; the best one wins, the earlier of equals."""

    random = False

    def search(self, problem: Problem) -> Selection | None:
        """Evaluate them one after another."""
        for configuration in problem.space.grid():
            problem.evaluate(configuration)
        return problem.selected()

    def plan(self, space: Space, epochs: int) -> Budget:
        """One trial for each configuration."""
        return of_grid(space, epochs)

    def check(self, space: Space) -> None:
        """Refuse a continuous domain, which has no grid."""
        next(space.grid())
