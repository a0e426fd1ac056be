"""hyperopt's random search (document 003): ``rand.suggest``, what ``tpe.suggest`` has to beat in the same library.

It draws with replacement, unlike scikit-learn's and KerasTuner's random searches.
"""

from __future__ import annotations

from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.least_values import require_least
from hpotrial.search.workload import of_draws_with_replacement

CV_KINDS = ("test", "holdout", "cv")


def search(problem: Problem, *, max_evals: int = 20) -> Selection | None:
    """Run ``fmin`` with ``rand.suggest`` and ``Trials``; the best trial's model is what is scored.

    Parameters
    ----------
    problem
        What is searched.
    max_evals
        Number of evaluations; the same point may come twice.
    """
    from hyperopt import rand

    from hpotrial.search.adapters.hyperopt import run_fmin

    return run_fmin(problem, rand.suggest, max_evals)


def plan(space: Space, epochs: int, *, max_evals: int = 20) -> Budget:
    """``max_evals`` trials."""
    return of_draws_with_replacement(space, epochs, max_evals)


def check(space: Space, *, max_evals: int = 20) -> None:
    """Raise ConfigurationError for no evaluations."""
    require_least("hyperopt_random", max_evals=(max_evals, 1))
