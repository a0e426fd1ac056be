"""scikit-learn's ``RandomizedSearchCV`` with SciKeras (documents 000, 001, 002): random draws, cross-validated.

Where every domain is a list, scikit-learn draws without replacement.
"""

from __future__ import annotations

from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.least_values import require_least
from hpotrial.search.workload import of_draws, require_drawable

CV_KINDS = ("holdout", "cv")


def search(problem: Problem, *, n_iter: int = 10) -> Selection | None:
    """Run ``RandomizedSearchCV``; its best estimator, refitted on all training rows, is what is scored.

    Parameters
    ----------
    problem
        What is searched.
    n_iter
        Number of draws.
    """
    import numpy as np
    from sklearn.model_selection import RandomizedSearchCV

    from hpotrial.search.adapters.scikit_learn import distributions, estimator, run_search

    searcher = RandomizedSearchCV(
        estimator(problem),
        distributions(problem.space),
        n_iter=n_iter,
        cv=problem.folds,
        random_state=problem.seed,
        refit=True,
        error_score=np.nan,
    )
    return run_search(problem, searcher)


def plan(space: Space, epochs: int, *, n_iter: int = 10) -> Budget:
    """``n_iter`` trials, no more than there are configurations."""
    return of_draws(space, epochs, n_iter)


def check(space: Space, *, n_iter: int = 10) -> None:
    """Raise ConfigurationError for no draws; scikit-learn cannot draw a conditional continuous space."""
    require_least("sklearn_random", n_iter=(n_iter, 1))
    require_drawable(space)
