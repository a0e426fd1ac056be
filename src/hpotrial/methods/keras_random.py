"""KerasTuner's ``RandomSearch`` (documents 000, 001).

As documented it tunes the architecture only: epochs and batch size keep their defaults, which is those documents'
complaint. ``tune: all`` tunes them too, through ``HyperModel.fit``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import Tune, of_draws, tuned_part


@dataclass(frozen=True)
class KerasRandom(Method):
    """``RandomSearch``; its best model, restored from its best epoch, is what is scored.

    Parameters
    ----------
    max_trials : int
        Number of draws, all different.
    tune : str
        ``architecture``: all but epochs and batch size; ``all``: those too.
    """

    max_trials: Annotated[int, Ge(1)] = 10
    tune: Tune = "architecture"

    cv_kinds = ("test", "holdout")
    libraries = ("keras",)
    packages = ("keras-tuner",)
    shares_fits = False

    def search(self, problem: Problem) -> Selection | None:
        """Run the tuner."""
        import keras_tuner

        from hpotrial.search.adapters.keras_tuner import run_tuner

        space = tuned_part(problem.space, self.tune)
        return run_tuner(problem, space, keras_tuner.RandomSearch, max_trials=self.max_trials)

    def plan(self, space: Space, epochs: int) -> Budget:
        """``max_trials`` trials, no more than there are configurations."""
        return of_draws(tuned_part(space, self.tune), epochs, self.max_trials)
