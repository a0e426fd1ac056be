"""hyperopt's random search (document 003): ``rand.suggest``, what ``tpe.suggest`` has to beat in the same library.

It draws with replacement, unlike scikit-learn's and KerasTuner's random searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import of_draws_with_replacement


@dataclass(frozen=True)
class HyperoptRandom(Method):
    """``fmin`` with ``rand.suggest`` and ``Trials``; the best trial's model is what is scored.

    Parameters
    ----------
    max_evals : int
        Number of evaluations; the same point may come twice.
    """

    max_evals: Annotated[int, Ge(1)] = 20

    packages = ("hyperopt",)

    def search(self, problem: Problem) -> Selection | None:
        """Run ``fmin``."""
        from hyperopt import rand

        from hpotrial.search.adapters.hyperopt import run_fmin

        return run_fmin(problem, rand.suggest, self.max_evals)

    def plan(self, space: Space, epochs: int) -> Budget:
        """``max_evals`` trials."""
        return of_draws_with_replacement(space, epochs, self.max_evals)
