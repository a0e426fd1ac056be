"""Optuna's tree of Parzen estimators (Akiba et al., KDD 2019): what people reach for first today.

Unlike hyperopt's it models the hyperparameters jointly (Optuna 5's default) and asks the model after ten trials.
"""

from __future__ import annotations

from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.least_values import require_least
from hpotrial.search.workload import of_draws_with_replacement

CV_KINDS = ("test", "holdout", "cv")


def search(
    problem: Problem,
    *,
    n_trials: int = 20,
    n_startup_trials: int = 10,
    n_ei_candidates: int = 24,
    multivariate: bool = True,
) -> Selection | None:
    """Run a study with ``TPESampler``; the best trial's model is what is scored.

    Parameters
    ----------
    problem
        What is searched.
    n_trials
        Number of trials; the same configuration may come twice.
    n_startup_trials
        Trials at random before the model is asked.
    n_ei_candidates
        Draws from the model of the good trials, of which the one with the best expected improvement is taken.
    multivariate
        Whether the hyperparameters that all trials have are modelled jointly; conditional ones are modelled one by one.
    """
    import optuna

    from hpotrial.search.adapters.optuna import run_study

    sampler = optuna.samplers.TPESampler(
        n_startup_trials=n_startup_trials,
        n_ei_candidates=n_ei_candidates,
        multivariate=multivariate,
        seed=problem.seed,
    )
    return run_study(problem, sampler, n_trials)


def plan(
    space: Space,
    epochs: int,
    *,
    n_trials: int = 20,
    n_startup_trials: int = 10,
    n_ei_candidates: int = 24,
    multivariate: bool = True,
) -> Budget:
    """``n_trials`` trials."""
    return of_draws_with_replacement(space, epochs, n_trials)


def check(
    space: Space,
    *,
    n_trials: int = 20,
    n_startup_trials: int = 10,
    n_ei_candidates: int = 24,
    multivariate: bool = True,
) -> None:
    """Raise ConfigurationError for no trials, no candidates, or fewer than no trials at random."""
    require_least(
        "optuna_tpe",
        n_trials=(n_trials, 1),
        n_startup_trials=(n_startup_trials, 0),
        n_ei_candidates=(n_ei_candidates, 1),
    )
