"""scikit-learn's ``GridSearchCV`` (documents 000, 001, 002; with SciKeras for a Keras model): every combination,
cross-validated."""

from __future__ import annotations

from dataclasses import dataclass

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import of_grid


@dataclass(frozen=True)
class SklearnGrid(Method):
    """``GridSearchCV``; its best estimator, refitted on all training rows, is what is scored."""

    cv_kinds = ("holdout", "cv")
    packages = ("scikit-learn", "scikeras")
    always_refits = True
    random = False

    def search(self, problem: Problem) -> Selection | None:
        """Run the search over the problem's classifier."""
        import numpy as np
        from sklearn.model_selection import GridSearchCV

        from hpotrial.search.adapters.scikit_learn import estimator, grid, run_search

        searcher = GridSearchCV(
            estimator(problem), grid(problem.space), cv=problem.folds, refit=True, error_score=np.nan
        )
        return run_search(problem, searcher)

    def plan(self, space: Space, epochs: int) -> Budget:
        """One trial for each configuration."""
        return of_grid(space, epochs)

    def check(self, space: Space) -> None:
        """Refuse a continuous domain, which has no grid, and a condition."""
        next(space.grid())
        for h in space.hyperparameters:
            for parent, values in h.when.items():
                raise ConfigurationError(
                    f"space.{h.name}: scikit-learn's param_grid multiplies every hyperparameter with every other, so "
                    f"it cannot say that this one is only there when {parent} is {' or '.join(map(str, values))}"
                )
