"""TPOT restricted to one model (document 002; Olson et al., GECCO 2016): a population of configurations evolves.

TPOT 1.1 has no ``offspring_size`` and counts the initial population as a generation; the options here are the
document's, said in that version's words. Its mutation of a model redraws all hyperparameters at once, and four of five
offspring are mutated: restricted to one model, TPOT 1.1 searches nearly at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.workload import of_draws


@dataclass(frozen=True)
class Tpot(Method):
    """TPOT's operators on configurations; the best one ever evaluated wins, and ``problem.generations`` tell how.

    Parameters
    ----------
    generations : int
        How often offspring are bred.
    population_size : int
        Configurations drawn at first, and kept, the best of parents and offspring, after each generation.
    offspring_size : int
        Configurations bred in a generation; none that was evaluated before.
    early_stop : int or None
        Generations without a better best (by 0.001) after which the search ends; null: none.
    """

    generations: Annotated[int, Ge(1)] = 5
    population_size: Annotated[int, Ge(1)] = 24
    offspring_size: Annotated[int, Ge(1)] = 12
    early_stop: Annotated[int, Ge(1)] | None = 12

    cv_kinds = ("holdout", "cv")
    libraries = ("sklearn",)
    fixed_trials = False
    packages = ("tpot",)
    requires = ("tpot", "ConfigSpace")
    extra = "tpot"

    def search(self, problem: Problem) -> Selection | None:
        """Evolve configurations."""
        from hpotrial.search.adapters.tpot import evolve

        return evolve(
            problem,
            generations=self.generations,
            population_size=self.population_size,
            offspring_size=self.offspring_size,
            early_stop=self.early_stop,
        )

    def plan(self, space: Space, epochs: int) -> Budget:
        """The initial population and all offspring; TPOT draws a population that failed whole anew, up to twice."""
        return of_draws(space, epochs, self.population_size + self.generations * self.offspring_size)

    def check(self, space: Space) -> None:
        """Refuse a space that has nothing to choose."""
        if space.size == 1:
            raise ConfigurationError("tpot: the space has one configuration only; widen the space")
