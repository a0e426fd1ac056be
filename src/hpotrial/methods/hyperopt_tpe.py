"""hyperopt's tree of Parzen estimators (documents 002, 003, 004; Bergstra et al., NeurIPS 2011).

hyperopt draws its first ``n_startup_jobs`` points at random, 20 unless told otherwise: the ten evaluations of document
004 never reach the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import of_draws_with_replacement


@dataclass(frozen=True)
class HyperoptTpe(Method):
    """``fmin`` with ``tpe.suggest`` and ``Trials``; the best trial's model is what is scored.

    Parameters
    ----------
    max_evals : int
        Number of evaluations; the same point may come twice.
    n_startup_jobs : int
        Evaluations at random before the model is asked.
    """

    max_evals: Annotated[int, Ge(1)] = 20
    n_startup_jobs: Annotated[int, Ge(1)] = 20

    packages = ("hyperopt",)

    def search(self, problem: Problem) -> Selection | None:
        """Run ``fmin``."""
        from functools import partial

        from hyperopt import tpe

        from hpotrial.search.adapters.hyperopt import run_fmin

        return run_fmin(problem, partial(tpe.suggest, n_startup_jobs=self.n_startup_jobs), self.max_evals)

    def plan(self, space: Space, epochs: int) -> Budget:
        """``max_evals`` trials."""
        return of_draws_with_replacement(space, epochs, self.max_evals)
