"""Optuna's Gaussian process: Bayesian optimisation with a Matérn kernel and log expected improvement.

It tells categories from numbers, unlike KerasTuner's. A conditional hyperparameter is not in the process: Optuna draws
it at random. The process is fitted with PyTorch, an extra.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import of_draws_with_replacement


@dataclass(frozen=True)
class OptunaGp(Method):
    """A study with ``GPSampler``; the best trial's model is what is scored.

    Parameters
    ----------
    n_trials : int
        Number of trials; the same configuration may come twice.
    n_startup_trials : int
        Trials at random before the process is asked.
    deterministic_objective : bool
        Whether the process takes scores for free of noise. Within a run they are, in that the same configuration gets
        the same score; Optuna's default is to estimate a noise, which smooths over the luck of a fit's seed.
    """

    n_trials: Annotated[int, Ge(1)] = 20
    n_startup_trials: Annotated[int, Ge(1)] = 10
    deterministic_objective: bool = False

    packages = ("optuna", "torch")
    requires = ("torch",)
    extra = "gp"

    def search(self, problem: Problem) -> Selection | None:
        """Run the study."""
        import warnings

        import optuna

        from hpotrial.search.adapters.optuna import run_study

        with warnings.catch_warnings():
            # `deterministic_objective` is called experimental since 2024
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.GPSampler(
                seed=problem.search_seed,
                n_startup_trials=self.n_startup_trials,
                deterministic_objective=self.deterministic_objective,
                warn_independent_sampling=False,
            )
        return run_study(problem, sampler, self.n_trials)

    def plan(self, space: Space, epochs: int) -> Budget:
        """``n_trials`` trials."""
        return of_draws_with_replacement(space, epochs, self.n_trials)
