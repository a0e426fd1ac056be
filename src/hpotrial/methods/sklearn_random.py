"""scikit-learn's ``RandomizedSearchCV`` with SciKeras (documents 000, 001, 002): random draws, cross-validated.

Where every domain is a list, scikit-learn draws without replacement. It knows no conditions, so what is inactive is
drawn as well and left out: a configuration with inactive hyperparameters may come more than once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import of_draws


@dataclass(frozen=True)
class SklearnRandom(Method):
    """``RandomizedSearchCV``; its best estimator, refitted on all training rows, is what is scored.

    Parameters
    ----------
    n_iter : int
        Number of draws.
    """

    n_iter: Annotated[int, Ge(1)] = 10

    cv_kinds = ("holdout", "cv")
    packages = ("scikit-learn", "scikeras")
    always_refits = True

    def search(self, problem: Problem) -> Selection | None:
        """Run the search over the problem's classifier."""
        import numpy as np
        from sklearn.model_selection import RandomizedSearchCV

        from hpotrial.search.adapters.scikit_learn import distributions, estimator, run_search

        searcher = RandomizedSearchCV(
            estimator(problem),
            distributions(problem.space),
            n_iter=self.n_iter,
            cv=problem.folds,
            random_state=problem.search_seed,
            refit=True,
            error_score=np.nan,
        )
        return run_search(problem, searcher)

    def plan(self, space: Space, epochs: int) -> Budget:
        """``n_iter`` trials, no more than there are configurations (with the inactive values that are drawn too)."""
        return of_draws(space.without_conditions(), epochs, self.n_iter)
