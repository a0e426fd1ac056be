"""Every combination in a plain loop, with early stopping and a checkpoint: the method of documents 000, 001 and 004.

As documented it selects on the test rows (cv-setting ``test``); ``holdout`` is the same loop on rows set aside.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from hpotrial.core.space import Choice, Configuration, Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import of_grid


@dataclass(frozen=True)
class GridLoop(Method):
    """Every configuration of the space; the best one wins, the earlier of equals.

    Parameters
    ----------
    order : str
        ``written``: the last hyperparameter varies fastest, so that a budget of epochs ends the search in a corner of
        the space. ``coarse_to_fine``: a grid of few values for each hyperparameter, which is then made finer, so that
        the search has thinned the grid to whatever the budget allows.
    """

    order: Literal["written", "coarse_to_fine"] = "written"

    random = False

    def search(self, problem: Problem) -> Selection | None:
        """Evaluate them one after another."""
        space = problem.space
        for configuration in space.grid() if self.order == "written" else coarse_to_fine(space):
            problem.evaluate(configuration)
        return problem.selected()

    def plan(self, space: Space, epochs: int) -> Budget:
        """One trial for each configuration."""
        return of_grid(space, epochs)

    def check(self, space: Space) -> None:
        """Refuse a continuous domain, which has no grid."""
        next(space.grid())


def coarse_to_fine(space: Space) -> Iterator[Configuration]:
    """Every configuration of the grid, the first ones always a thinned grid and a part of the next finer one.

    It starts with one value of each hyperparameter. The one of which the smallest share of values is in (of equals, the
    first written) then gets another: its other end, and after that the middle of the widest gap. What is new by that is
    gone through in the grid's order.

    Examples
    --------
    >>> space = Space.from_config({"rate": {"choice": [1, 2, 3, 4, 5]}, "layers": {"choice": [1, 2]}})
    >>> [(c["rate"], c["layers"]) for c in coarse_to_fine(space)]
    [(1, 1), (5, 1), (3, 1), (1, 2), (3, 2), (5, 2), (2, 1), (2, 2), (4, 1), (4, 2)]
    """
    every = {h.name: h.domain.grid() or () for h in space.hyperparameters}
    waiting = {name: _spread(len(values)) for name, values in every.items()}
    taken = {name: [next(positions)] for name, positions in waiting.items()}

    def within(positions: dict[str, list[int]]) -> Iterator[Configuration]:
        values = {name: tuple(every[name][i] for i in sorted(those)) for name, those in positions.items()}
        return Space(tuple(replace(h, domain=Choice(values[h.name])) for h in space.hyperparameters)).grid()

    yield from within(taken)
    while growing := [name for name in every if len(taken[name]) < len(every[name])]:
        name = min(growing, key=lambda one: len(taken[one]) / len(every[one]))
        new = next(waiting[name])
        # where it is inactive, nothing is new
        yield from (configuration for configuration in within({**taken, name: [new]}) if name in configuration)
        taken[name].append(new)


def _spread(count: int) -> Iterator[int]:
    """The positions from 0 to ``count - 1``: both ends, then always the middle of the widest gap."""
    yield from sorted({0, count - 1})
    gaps = [(1 - count, 0)]
    while gaps:
        width, start = heapq.heappop(gaps)
        if width > -2:
            return
        half = -width // 2
        yield start + half
        heapq.heappush(gaps, (-half, start))
        heapq.heappush(gaps, (width + half, start + half))
