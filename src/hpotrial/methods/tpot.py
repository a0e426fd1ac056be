"""TPOT restricted to one model (document 002; Olson et al., GECCO 2016): a population of configurations evolves.

TPOT 1.1 has no ``offspring_size`` and counts the initial population as a generation; the options here are the
document's, said in that version's words. Its mutation of a model redraws all hyperparameters at once, and four of five
offspring are mutated: restricted to one model, TPOT 1.1 searches nearly at random.
"""

from __future__ import annotations

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.least_values import require_least
from hpotrial.search.workload import of_draws

CV_KINDS = ("holdout", "cv")
LIBRARIES = ("sklearn",)
REQUIRES = ("tpot", "ConfigSpace")


def search(
    problem: Problem,
    *,
    generations: int = 5,
    population_size: int = 24,
    offspring_size: int = 12,
    early_stop: int | None = 12,
) -> Selection | None:
    """Evolve configurations with TPOT's operators; the best one ever evaluated wins.

    Parameters
    ----------
    problem
        What is searched; its ``generations`` tell the history.
    generations
        How often offspring are bred.
    population_size
        Configurations drawn at first, and kept, the best of parents and offspring, after each generation.
    offspring_size
        Configurations bred in a generation; none that was evaluated before.
    early_stop
        Generations without a better best (by 0.001) after which the search ends; null: none.
    """
    from hpotrial.search.adapters.tpot import evolve

    return evolve(
        problem,
        generations=generations,
        population_size=population_size,
        offspring_size=offspring_size,
        early_stop=early_stop,
    )


def plan(
    space: Space,
    epochs: int,
    *,
    generations: int = 5,
    population_size: int = 24,
    offspring_size: int = 12,
    early_stop: int | None = 12,
) -> Budget:
    """The initial population and all offspring; TPOT draws a population that failed whole anew, up to twice."""
    return of_draws(space, epochs, population_size + generations * offspring_size)


def check(
    space: Space,
    *,
    generations: int = 5,
    population_size: int = 24,
    offspring_size: int = 12,
    early_stop: int | None = 12,
) -> None:
    """Raise ConfigurationError if a size is below 1, or the space has nothing to choose."""
    require_least(
        "tpot", generations=(generations, 1), population_size=(population_size, 1), offspring_size=(offspring_size, 1)
    )
    if early_stop is not None and early_stop < 1:
        raise ConfigurationError(f"tpot: early_stop must be 1 or more, or null, found {early_stop}")
    if space.size == 1:
        raise ConfigurationError("tpot: the space has one configuration only; widen the space")
