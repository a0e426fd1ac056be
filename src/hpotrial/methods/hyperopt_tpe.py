"""hyperopt's tree of Parzen estimators (documents 002, 003, 004; Bergstra et al., NeurIPS 2011).

hyperopt draws its first ``n_startup_jobs`` points at random, 20 unless told otherwise: the ten evaluations of document
004 never reach the model.
"""

from __future__ import annotations

from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.least_values import require_least
from hpotrial.search.workload import of_draws_with_replacement

CV_KINDS = ("test", "holdout", "cv")


def search(problem: Problem, *, max_evals: int = 20, n_startup_jobs: int = 20) -> Selection | None:
    """Run ``fmin`` with ``tpe.suggest`` and ``Trials``; the best trial's model is what is scored.

    Parameters
    ----------
    problem
        What is searched.
    max_evals
        Number of evaluations; the same point may come twice.
    n_startup_jobs
        Evaluations at random before the model is asked.
    """
    from functools import partial

    from hyperopt import tpe

    from hpotrial.search.adapters.hyperopt import run_fmin

    return run_fmin(problem, partial(tpe.suggest, n_startup_jobs=n_startup_jobs), max_evals)


def plan(space: Space, epochs: int, *, max_evals: int = 20, n_startup_jobs: int = 20) -> Budget:
    """``max_evals`` trials."""
    return of_draws_with_replacement(space, epochs, max_evals)


def check(space: Space, *, max_evals: int = 20, n_startup_jobs: int = 20) -> None:
    """Raise ConfigurationError for no evaluations, or none at random before the model is asked."""
    require_least("hyperopt_tpe", max_evals=(max_evals, 1), n_startup_jobs=(n_startup_jobs, 1))
