"""scikit-learn's ``HalvingRandomSearchCV``: many candidates on little, the best of them on more (Jamieson and
Talwalkar, AISTATS 2016).

A rung evaluates its candidates anew, with more rows or more epochs than the rung before: each evaluation is a trial of
its own. Where the resource is rows, a lower rung also scores on fewer rows, and its scores do not compare with those of
the last rung: the search selects among the last rung's candidates only, the last that was reached where a budget of
epochs ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor, log
from typing import Annotated, Literal

from annotated_types import Ge

from hpotrial.core.errors import BudgetSpent, ConfigurationError
from hpotrial.core.records import incumbent
from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Rows, Selection
from hpotrial.search.workload import epochs_names, longest, of_draws


@dataclass(frozen=True)
class SuccessiveHalving(Method):
    """``HalvingRandomSearchCV``; its best estimator, refitted on all training rows, is what is scored.

    Parameters
    ----------
    n_candidates : int
        Candidates of the first rung, drawn at random; no more than there are configurations.
    factor : int
        Each rung keeps one candidate in ``factor`` and gives it ``factor`` times as much.
    resource : str
        What the rungs give more of: ``n_samples``, training rows; or ``epochs`` (a random forest's trees), up to the
        most that the space has, else the fixed number; they are not searched then.
    min_resources : int or str
        What the first rung gives: a number, scikit-learn's ``smallest`` (rows: two for each fold and class; epochs: 1),
        or ``exhaust``, as much as lets the last rung have all.
    aggressive_elimination : bool
        Where the resource allows fewer rungs than the candidates need: repeat the first rung's resource.
    """

    n_candidates: Annotated[int, Ge(1)] = 27
    factor: Annotated[int, Ge(2)] = 3
    resource: Literal["n_samples", "epochs"] = "n_samples"
    min_resources: Annotated[int, Ge(1)] | Literal["smallest", "exhaust"] = "exhaust"
    aggressive_elimination: bool = False

    cv_kinds = ("holdout", "cv")
    packages = ("scikit-learn", "scikeras")
    shares_fits = False
    always_refits = True

    def search(self, problem: Problem) -> Selection | None:
        """Run the search over the problem's classifier."""
        import numpy as np
        from sklearn.experimental import enable_halving_search_cv  # noqa: F401
        from sklearn.model_selection import HalvingRandomSearchCV

        from hpotrial.search.adapters.scikit_learn import distributions, estimator, run_search

        by_epochs, tuned = self.resource == "epochs", self._tuned(problem.space)
        searcher = HalvingRandomSearchCV(
            estimator(problem, tuned),
            distributions(tuned),
            n_candidates=self.n_candidates,
            factor=self.factor,
            resource=problem.epochs_name if by_epochs else self.resource,
            max_resources=longest(problem.space, problem.epochs_of({})) if by_epochs else "auto",
            min_resources=self.min_resources,
            aggressive_elimination=self.aggressive_elimination,
            cv=problem.folds,
            random_state=problem.search_seed,
            refit=True,
            error_score=np.nan,
            # scoring training rows would be recorded as further folds
            return_train_score=False,
        )
        try:
            return run_search(problem, searcher)
        except BudgetSpent:
            return _best_of_last_rung(problem, searcher.n_candidates_)

    def plan(self, space: Space, epochs: int) -> Budget:
        """All rungs; where the resource is rows, as many as the candidates need, the last of them on all rows at most.

        Raises
        ------
        ConfigurationError
            If the first rung asks for more epochs than the last may have.
        """
        drawn = of_draws(self._tuned(space).without_conditions(), epochs, self.n_candidates)
        smallest = self.min_resources if isinstance(self.min_resources, int) else 1
        by_epochs = self.resource == "epochs"
        # how many rows there will be is not known here: they are counted in units of the first rung's
        needed = _rungs_needed(drawn.trials, self.factor)
        most = longest(space, epochs) if by_epochs else self.factor ** (needed - 1)
        if by_epochs and smallest > most:
            raise ConfigurationError(
                f"successive_halving: min_resources {smallest} is above the {most} epochs of a fit"
            )
        schedule = rungs(
            drawn.trials,
            self.factor,
            smallest if by_epochs else 1,
            most,
            exhaust=self.min_resources == "exhaust" or not by_epochs,
            aggressive=self.aggressive_elimination,
        )
        trials = sum(candidates for candidates, _ in schedule)
        given = sum(candidates * each for candidates, each in schedule)
        if by_epochs:
            return Budget(trials, float(given))
        share = 1.0 if isinstance(self.min_resources, int) else given / (trials * most)
        return Budget(trials, drawn.epochs / drawn.trials * trials, share)

    def rungs(self, space: Space, epochs: int, rows: Rows) -> int:
        """As many as the candidates need and the rows or epochs allow."""
        by_epochs = self.resource == "epochs"
        # scikit-learn's own: two rows for each fold and class
        smallest = 1 if by_epochs else 2 * rows.folds * rows.classes
        first = self.min_resources if isinstance(self.min_resources, int) else smallest
        most = longest(space, epochs) if by_epochs else rows.count
        if first > most:
            return 0
        drawn = of_draws(self._tuned(space).without_conditions(), epochs, self.n_candidates).trials
        exhaust, aggressive = self.min_resources == "exhaust", self.aggressive_elimination
        return len(rungs(drawn, self.factor, first, most, exhaust=exhaust, aggressive=aggressive))

    def _tuned(self, space: Space) -> Space:
        return space.without(epochs_names(space)) if self.resource == "epochs" else space


def _best_of_last_rung(problem: Problem, sizes: list[int]) -> Selection | None:
    """The best trial of the last rung that has one, of rungs of these sizes; a lower rung's scores do not compare."""
    ends = list(accumulate(sizes))
    for start, end in zip(reversed([0, *ends[:-1]]), reversed(ends), strict=True):
        best = incumbent(problem.trials[start:end])
        if best is not None:
            return Selection(best.configuration, best.score, None)
    return None


def rungs(
    n_candidates: int, factor: int, smallest: int, most: int, *, exhaust: bool, aggressive: bool
) -> list[tuple[int, int]]:
    """scikit-learn's schedule: for each rung its candidates, and how much of the resource each of them gets.

    Parameters
    ----------
    n_candidates, factor
        Candidates of the first rung; a rung keeps one in ``factor`` and gives ``factor`` times as much.
    smallest, most
        The least and the most that a candidate gets.
    exhaust, aggressive
        ``min_resources: exhaust`` and ``aggressive_elimination``.
    """
    required = _rungs_needed(n_candidates, factor)
    first = max(smallest, most // factor ** (required - 1)) if exhaust else smallest
    possible = 1 + floor(log(most // first, factor))
    schedule = []
    for rung in range(required if aggressive else min(possible, required)):
        power = max(0, rung - required + possible) if aggressive else rung
        schedule.append((n_candidates, min(factor**power * first, most)))
        n_candidates = ceil(n_candidates / factor)
    return schedule


def _rungs_needed(n_candidates: int, factor: int) -> int:
    """Rungs until fewer than ``factor`` candidates are left; scikit-learn's own expression, its rounding included."""
    return 1 + floor(log(n_candidates, factor))
