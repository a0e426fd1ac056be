"""KerasTuner's ``BayesianOptimization``: document 004's theory, a Gaussian process and an acquisition function.

The process has a Matérn kernel (nu 2.5, scikit-learn's), the acquisition is the upper confidence bound. Every
hyperparameter, a choice too, is one coordinate of the unit cube, so that a choice's values are ordered as they are
listed. Unlike ``RandomSearch`` it may come back to a configuration once the process is asked.
"""

from __future__ import annotations

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.workload import Tune, of_draws, tuned_part

CV_KINDS = ("test", "holdout")
LIBRARIES = ("keras",)


def search(
    problem: Problem,
    *,
    max_trials: int = 10,
    num_initial_points: int | None = None,
    alpha: float = 1e-4,
    beta: float = 2.6,
    tune: Tune = "architecture",
) -> Selection | None:
    """Run ``BayesianOptimization``; its best model, restored from its best epoch, is what is scored.

    Parameters
    ----------
    problem
        What is searched.
    max_trials
        Number of trials.
    num_initial_points
        Trials at random before the process is asked; null: KerasTuner's three for each hyperparameter.
    alpha
        Variance of the noise that the process expects in a score (scores have mean 0, variance 1 there).
    beta
        Weight of the process's uncertainty against its mean: greater explores more.
    tune
        ``architecture``: all but epochs and batch size; ``all``: those too.
    """
    import keras_tuner

    from hpotrial.search.adapters.keras_tuner import run_tuner

    return run_tuner(
        problem,
        tuned_part(problem.space, tune),
        keras_tuner.BayesianOptimization,
        max_trials=max_trials,
        num_initial_points=num_initial_points,
        alpha=alpha,
        beta=beta,
    )


def _initial_points(space: Space, num_initial_points: int | None) -> int:
    """Trials at random; KerasTuner's default where none are asked for."""
    return num_initial_points or max(3 * len(space.hyperparameters), 3)


def plan(
    space: Space,
    epochs: int,
    *,
    max_trials: int = 10,
    num_initial_points: int | None = None,
    alpha: float = 1e-4,
    beta: float = 2.6,
    tune: Tune = "architecture",
) -> Budget:
    """``max_trials`` trials; no more than there are configurations where all of them are random, hence different."""
    tuned = tuned_part(space, tune)
    at_random = min(max_trials, _initial_points(tuned, num_initial_points))
    budget = of_draws(tuned, epochs, at_random)
    if budget.trials < at_random:
        return budget
    return Budget(max_trials, budget.epochs / budget.trials * max_trials)


def check(
    space: Space,
    *,
    max_trials: int = 10,
    num_initial_points: int | None = None,
    alpha: float = 1e-4,
    beta: float = 2.6,
    tune: Tune = "architecture",
) -> None:
    """Raise ConfigurationError for no trials, no initial points or a noise of 0 or less."""
    for name, value in {"max_trials": max_trials, "num_initial_points": num_initial_points, "alpha": alpha}.items():
        if value is not None and value <= 0:
            raise ConfigurationError(f"keras_bayesian: {name} must be above 0, found {value}")
