"""Optuna's tree of Parzen estimators (Akiba et al., KDD 2019): what people reach for first today.

Unlike hyperopt's it models the hyperparameters jointly (Optuna 5's default) and asks the model after ten trials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import of_draws_with_replacement


@dataclass(frozen=True)
class OptunaTpe(Method):
    """A study with ``TPESampler``; the best trial's model is what is scored.

    Parameters
    ----------
    n_trials : int
        Number of trials; the same configuration may come twice.
    n_startup_trials : int
        Trials at random before the model is asked.
    n_ei_candidates : int
        Draws from the model of the good trials, of which the one with the best expected improvement is taken.
    multivariate : bool
        Whether the hyperparameters that all trials have are modelled jointly; conditional ones are modelled one by one.
    """

    n_trials: Annotated[int, Ge(1)] = 20
    n_startup_trials: Annotated[int, Ge(0)] = 10
    n_ei_candidates: Annotated[int, Ge(1)] = 24
    multivariate: bool = True

    packages = ("optuna",)

    def search(self, problem: Problem) -> Selection | None:
        """Run the study."""
        import optuna

        from hpotrial.search.adapters.optuna import run_study

        sampler = optuna.samplers.TPESampler(
            n_startup_trials=self.n_startup_trials,
            n_ei_candidates=self.n_ei_candidates,
            multivariate=self.multivariate,
            seed=problem.search_seed,
        )
        return run_study(problem, sampler, self.n_trials)

    def plan(self, space: Space, epochs: int) -> Budget:
        """``n_trials`` trials."""
        return of_draws_with_replacement(space, epochs, self.n_trials)
