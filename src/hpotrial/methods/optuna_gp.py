"""Optuna's Gaussian process: Bayesian optimisation with a Matérn kernel and log expected improvement.

It tells categories from numbers, unlike KerasTuner's. A conditional hyperparameter is not in the process: Optuna draws
it at random. The process is fitted with PyTorch, an extra (``requirements-gp.lock``).
"""

from __future__ import annotations

from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.least_values import require_least
from hpotrial.search.workload import of_draws_with_replacement

CV_KINDS = ("test", "holdout", "cv")
REQUIRES = ("torch",)


def search(
    problem: Problem, *, n_trials: int = 20, n_startup_trials: int = 10, deterministic_objective: bool = False
) -> Selection | None:
    """Run a study with ``GPSampler``; the best trial's model is what is scored.

    Parameters
    ----------
    problem
        What is searched.
    n_trials
        Number of trials; the same configuration may come twice.
    n_startup_trials
        Trials at random before the process is asked.
    deterministic_objective
        Whether the process takes scores for free of noise. Within a run they are, in that the same configuration gets
        the same score; Optuna's default is to estimate a noise, which smooths over the luck of a fit's seed.
    """
    import warnings

    import optuna

    from hpotrial.search.adapters.optuna import run_study

    with warnings.catch_warnings():
        # `deterministic_objective` is called experimental since 2024
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.GPSampler(
            seed=problem.seed,
            n_startup_trials=n_startup_trials,
            deterministic_objective=deterministic_objective,
            warn_independent_sampling=False,
        )
    return run_study(problem, sampler, n_trials)


def plan(
    space: Space,
    epochs: int,
    *,
    n_trials: int = 20,
    n_startup_trials: int = 10,
    deterministic_objective: bool = False,
) -> Budget:
    """``n_trials`` trials."""
    return of_draws_with_replacement(space, epochs, n_trials)


def check(
    space: Space,
    *,
    n_trials: int = 20,
    n_startup_trials: int = 10,
    deterministic_objective: bool = False,
) -> None:
    """Raise ConfigurationError for no trials, or none at random before the process is asked."""
    require_least("optuna_gp", n_trials=(n_trials, 1), n_startup_trials=(n_startup_trials, 1))
