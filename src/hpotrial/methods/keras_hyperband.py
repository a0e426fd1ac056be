"""KerasTuner's ``Hyperband`` (documents 000, 001; Li et al., JMLR 18, 2018): many configurations for few epochs, the
best of them for more.

A bracket whose first round asks for more different configurations than the space has ends KerasTuner's search early
and silently; ``check`` refuses that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Rows, Selection
from hpotrial.search.workload import Tune, tuned_part


@dataclass(frozen=True)
class KerasHyperband(Method):
    """``Hyperband``; its best model, restored from its best epoch, is what is scored.

    Parameters
    ----------
    max_epochs : int
        Epochs that a configuration gets in a bracket's last round.
    factor : int
        Share of configurations dropped from round to round, and growth of their epochs.
    hyperband_iterations : int
        How often the whole schedule is run.
    tune : str
        ``architecture``: all but epochs and batch size; ``all``: the batch size too (the epochs are Hyperband's).
    """

    max_epochs: Annotated[int, Ge(1)] = 10
    factor: Annotated[int, Ge(2)] = 3
    hyperband_iterations: Annotated[int, Ge(1)] = 1
    tune: Tune = "architecture"

    cv_kinds = ("test", "holdout")
    libraries = ("keras",)
    packages = ("keras-tuner",)
    shares_fits = False

    def search(self, problem: Problem) -> Selection | None:
        """Run the tuner."""
        import keras_tuner

        from hpotrial.search.adapters.keras_tuner import run_tuner

        return run_tuner(
            problem,
            self._tuned(problem.space),
            keras_tuner.Hyperband,
            max_epochs=self.max_epochs,
            factor=self.factor,
            hyperband_iterations=self.hyperband_iterations,
        )

    def plan(self, space: Space, epochs: int) -> Budget:
        """All rounds of all brackets; a later round goes on from the epochs that the earlier one reached."""
        trials = trained = 0
        for rounds in schedule(self.max_epochs, self.factor):
            reached = 0
            for size, until in rounds:
                trials += size
                trained += size * (until - reached)
                reached = until
        return Budget(trials * self.hyperband_iterations, float(trained * self.hyperband_iterations))

    def check(self, space: Space) -> None:
        """Refuse a space that is too small for the schedule."""
        size = self._tuned(space).size
        wanted = sum(rounds[0][0] for rounds in schedule(self.max_epochs, self.factor)) * self.hyperband_iterations
        if size is not None and wanted > size:
            raise ConfigurationError(
                f"keras_hyperband: max_epochs {self.max_epochs} and factor {self.factor} draw {wanted} different "
                f"configurations, the tuned space has {size}; lower max_epochs, tune: all, or widen the space"
            )

    def rungs(self, space: Space, epochs: int, rows: Rows) -> int:
        """The rounds of the longest bracket."""
        return max(map(len, schedule(self.max_epochs, self.factor)))

    def refit_epochs(self, space: Space, epochs: int) -> int:
        """The epochs are Hyperband's own."""
        return self.max_epochs

    def _tuned(self, space: Space) -> Space:
        return tuned_part(space, self.tune).without(("epochs",))


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
