"""KerasTuner's ``BayesianOptimization``: document 004's theory, a Gaussian process and an acquisition function.

The process has a Matérn kernel (nu 2.5, scikit-learn's), the acquisition is the upper confidence bound. Every
hyperparameter, a choice too, is one coordinate of the unit cube, so that a choice's values are ordered as they are
listed. Unlike ``RandomSearch`` it may come back to a configuration once the process is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt

from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import Tune, of_draws, tuned_part


@dataclass(frozen=True)
class KerasBayesian(Method):
    """``BayesianOptimization``; its best model, restored from its best epoch, is what is scored.

    Parameters
    ----------
    max_trials : int
        Number of trials.
    num_initial_points : int or None
        Trials at random before the process is asked; null: KerasTuner's three for each hyperparameter.
    alpha : float
        Variance of the noise that the process expects in a score (scores have mean 0, variance 1 there).
    beta : float
        Weight of the process's uncertainty against its mean: greater explores more.
    tune : str
        ``architecture``: all but epochs and batch size; ``all``: those too.
    """

    max_trials: Annotated[int, Ge(1)] = 10
    num_initial_points: Annotated[int, Ge(1)] | None = None
    alpha: Annotated[float, Gt(0)] = 1e-4
    beta: float = 2.6
    tune: Tune = "architecture"

    cv_kinds = ("test", "holdout")
    libraries = ("keras",)
    packages = ("keras-tuner",)
    shares_fits = False

    def search(self, problem: Problem) -> Selection | None:
        """Run the tuner."""
        import keras_tuner

        from hpotrial.search.adapters.keras_tuner import run_tuner

        return run_tuner(
            problem,
            tuned_part(problem.space, self.tune),
            keras_tuner.BayesianOptimization,
            max_trials=self.max_trials,
            num_initial_points=self.num_initial_points,
            alpha=self.alpha,
            beta=self.beta,
        )

    def plan(self, space: Space, epochs: int) -> Budget:
        """``max_trials`` trials; no more than there are configurations where all are random, hence different."""
        tuned = tuned_part(space, self.tune)
        initial = self.num_initial_points or max(3 * len(tuned.hyperparameters), 3)
        at_random = min(self.max_trials, initial)
        budget = of_draws(tuned, epochs, at_random)
        if budget.trials < at_random:
            return budget
        return Budget(self.max_trials, budget.epochs / budget.trials * self.max_trials)
