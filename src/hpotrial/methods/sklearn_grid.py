"""scikit-learn's ``GridSearchCV`` with SciKeras (documents 000, 001, 002): every combination, cross-validated."""

from __future__ import annotations

from hpotrial.problem import Budget, Problem, Selection
from hpotrial.problem.budget import of_grid
from hpotrial.space import Space
from hpotrial.space_translation import sklearn_grid

CV_KINDS = ("holdout", "cv")


def search(problem: Problem) -> Selection | None:
    """Run ``GridSearchCV``; its best estimator, refitted on all training rows, is what is scored."""
    import numpy as np
    from sklearn.model_selection import GridSearchCV

    from hpotrial.problem.fold_recorder import run_search

    grid = sklearn_grid(problem.space)
    searcher = GridSearchCV(problem.estimator(), grid, cv=problem.splitter(), refit=True, error_score=np.nan)
    return run_search(searcher, problem)


def plan(space: Space, epochs: int) -> Budget:
    """One trial for each configuration."""
    return of_grid(space, epochs)


def check(space: Space) -> None:
    """A continuous domain has no grid (raises ConfigurationError)."""
    next(space.grid())
