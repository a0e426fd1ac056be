"""A genetic algorithm on DEAP's operators, as document 003 describes it: stochastic universal sampling (Baker, 1987),
single-point crossover, uniform mutation, full or partial replacement, elitism.

A chromosome has one gene for each hyperparameter with more than one value, in the space's order. Genes that a condition
makes inactive are carried and inherited, and left out of the configuration. A configuration that was evaluated before
is not fitted again: its score is known. ``docs/genetic-algorithm.md`` says what follows the document and what does not.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Annotated, Literal

from annotated_types import Ge, Interval

from hpotrial.core import seeds
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.records import Generation
from hpotrial.core.space import Space, canonical
from hpotrial.search import Budget, Method, Problem, Selection
from hpotrial.search.genome import Chromosome, Genome
from hpotrial.search.workload import of_draws

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Genetic(Method):
    """A population of configurations evolves; the best one ever evaluated wins, and ``problem.generations`` tell how.

    Parameters
    ----------
    population : int
        Number of chromosomes, two parents at least; the initial ones are drawn at random.
    generations : int
        How often children are bred, at most.
    replaced : int or None
        Chromosomes that leave in a generation, for as many children; null: all. The elite never leaves.
    leaving : str
        Who leaves where not all do: the ``oldest`` chromosomes or the ``worst``.
    elitism : int
        How many of the best stay in any case.
    crossover : float
        Probability that a pair of parents is crossed; else its children are copies.
    mutation : float
        Probability that a child has one gene redrawn.
    wheel : str
        Width of a chromosome's slice of the wheel: its ``score``, or its score ``above_worst`` of the population, for
        scores that lie close together. Scores that are not all positive always take the second.
    evaluations : int or None
        New configurations to evaluate, at most; null: no limit.
    patience : int or None
        Generations without a better best until the search has converged; it has too when all chromosomes say the same
        configuration. Null: convergence ends nothing.
    """

    population: Annotated[int, Ge(2)] = 10
    generations: Annotated[int, Ge(1)] = 8
    replaced: Annotated[int, Ge(1)] | None = None
    leaving: Literal["oldest", "worst"] = "oldest"
    elitism: Annotated[int, Ge(0)] = 1
    crossover: Annotated[float, Interval(ge=0, le=1)] = 1.0
    mutation: Annotated[float, Interval(ge=0, le=1)] = 0.5
    wheel: Literal["score", "above_worst"] = "score"
    evaluations: int | None = None
    patience: Annotated[int, Ge(1)] | None = 4

    fixed_trials = False
    packages = ("deap",)

    def search(self, problem: Problem) -> Selection | None:
        """Evolve configurations."""
        from hpotrial.search.adapters.deap import breed, drawing_from, succession, toolbox

        genome = Genome(problem.space)
        operators = toolbox(genome.genes, self.mutation)
        own = seeds.of_python(problem.search_seed)
        with drawing_from(own):
            first = [genome.draw() for _ in range(self.population)]
        evaluator = Evaluator(problem, genome, self.evaluations)
        alive = evaluator.judge(first)
        history = [recorded(0, problem, genome, alive)]
        for number in range(1, self.generations + 1):
            if evaluator.spent or (self.patience is not None and converged(history, self.patience)):
                break
            elite = operators.best(alive, self.elitism)
            with drawing_from(own):
                children = breed(alive, self._children, operators, self.crossover, self.wheel)
            alive = succession(alive, evaluator.judge(children), elite, self.leaving)
            history.append(recorded(number, problem, genome, alive))
        log.info("%d generations bred, %d configurations met again", len(history) - 1, evaluator.met_again)
        return problem.selected()

    def plan(self, space: Space, epochs: int) -> Budget:
        """The initial population and all children, were no configuration to come twice, within ``evaluations``."""
        trials = self.population + self.generations * self._children
        return of_draws(space, epochs, trials if self.evaluations is None else min(trials, self.evaluations))

    def check(self, space: Space) -> None:
        """Refuse what the operators cannot work with: the first thing that is wrong, in one line."""
        everyone = f"the population of {self.population}"
        genes = len(Genome(space).genes)
        wrong = [
            (
                self.elitism >= self.population,
                f"elitism must be below {everyone}, or nobody could leave; found {self.elitism}",
            ),
            (
                (self.replaced or 0) > self.population,
                f"replaced must be from 1 to {everyone}, or null for all; found {self.replaced}",
            ),
            (
                not self.crossover and not self.mutation,
                "crossover and mutation are both 0, so no new configuration could arise",
            ),
            (
                self.evaluations is not None and self.evaluations < self.population,
                f"evaluations must be at least {everyone}, or null for no limit; found {self.evaluations}",
            ),
            (
                genes < (2 if self.crossover else 1),
                f"a single-point crossover needs two hyperparameters with more than one value, mutation needs one, the "
                f"space has {genes}; widen the space",
            ),
        ]
        for fault, message in wrong:
            if fault:
                raise ConfigurationError(f"genetic: {message}")

    @property
    def _children(self) -> int:
        """Children of a generation: one for each chromosome that may leave."""
        everyone = self.population if self.replaced is None else self.replaced
        return min(everyone, self.population - self.elitism)


class Evaluator:
    """Evaluates chromosomes, each configuration once."""

    def __init__(self, problem: Problem, genome: Genome, evaluations: int | None) -> None:
        self.problem, self.genome, self.evaluations = problem, genome, evaluations
        self.known: dict[str, float] = {}
        self.births = self.met_again = 0

    @property
    def spent(self) -> bool:
        """Whether the evaluations are used up."""
        return self.evaluations is not None and len(self.known) >= self.evaluations

    def judge(self, chromosomes: Sequence[Chromosome]) -> list[Chromosome]:
        """The chromosomes with their configurations and scores; without those that come when the evaluations are spent
        and that say something new."""
        judged = []
        for chromosome in chromosomes:
            chromosome.configuration = self.genome.configuration(chromosome)
            key = canonical(chromosome.configuration)
            self.met_again += key in self.known
            if key not in self.known:
                if self.spent:
                    continue
                trial = self.problem.evaluate(chromosome.configuration)
                self.known[key] = trial.score if trial.ok else -math.inf
            chromosome.score, chromosome.born = self.known[key], self.births
            self.births += 1
            judged.append(chromosome)
        return judged


def recorded(number: int, problem: Problem, genome: Genome, alive: Sequence[Chromosome]) -> Generation:
    """The generation, added to the problem's; one in which all have failed has no scores (NaN), and is not added."""
    scores = [c.score for c in alive if math.isfinite(c.score)]
    told = (max(scores), fmean(scores), pstdev(scores)) if scores else (math.nan,) * 3
    generation = Generation(number, *told, genome.diversity(alive))
    if scores:
        problem.generations.append(generation)
    return generation


def converged(history: Sequence[Generation], patience: int) -> bool:
    """Whether the last ``patience`` generations brought no better best, or all of the last one are alike."""

    def peak(part: Sequence[Generation]) -> float:
        return max((g.best for g in part if not math.isnan(g.best)), default=-math.inf)

    earlier, recent = history[:-patience], history[-patience:]
    return (bool(earlier) and peak(recent) <= peak(earlier)) or history[-1].diversity == 0
