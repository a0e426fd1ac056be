"""What the searches of one run have fitted: asked for again, by the same search or another, it is at hand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hpotrial.core.records import Cost
from hpotrial.training.metering import CostMeter

Result = TypeVar("Result")


@dataclass
class KnownFits(Generic[Result]):
    """Results of fits by what determines them, with their costs.

    The table of fits has them as well, but to ask it takes a model, built by a library and told of each epoch.
    """

    _found: dict[str, tuple[Result, tuple[Cost, ...]]] = field(default_factory=dict)

    def charged(self, key: str, meter: CostMeter, most_epochs: int | None) -> Result | None:
        """The result of this key, its fits being charged to the meter; None if there is none.

        Nor is there one where ``most_epochs``, which its fits may take, are more than are left of the budget: the last
        fits of a budget are shorter. None: they are outside it.
        """
        left = meter.epochs_left
        if key not in self._found or (most_epochs is not None and left is not None and most_epochs > left):
            return None
        result, costs = self._found[key]
        for cost in costs:
            meter.record(cost, time.time(), taken=True)
        return result

    def keep(self, key: str, result: Result, costs: Sequence[Cost]) -> None:
        """Keep a result with what its fits cost."""
        self._found[key] = result, tuple(costs)
