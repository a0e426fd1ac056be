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
from statistics import fmean, pstdev
from typing import Literal

from hpotrial.core import seeds
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.records import Generation
from hpotrial.core.space import Space, canonical
from hpotrial.search import Budget, Problem, Selection
from hpotrial.search.genome import Chromosome, Genome
from hpotrial.search.workload import of_draws

log = logging.getLogger(__name__)

CV_KINDS = ("test", "holdout", "cv")

Leaving = Literal["oldest", "worst"]
Wheel = Literal["score", "above_worst"]


def search(
    problem: Problem,
    *,
    population: int = 10,
    generations: int = 8,
    replaced: int | None = None,
    leaving: Leaving = "oldest",
    elitism: int = 1,
    crossover: float = 1.0,
    mutation: float = 0.5,
    wheel: Wheel = "score",
    evaluations: int | None = None,
    patience: int | None = 4,
) -> Selection | None:
    """Evolve a population of configurations; the best one ever evaluated wins.

    Parameters
    ----------
    problem
        What is searched; its ``generations`` tell the history.
    population
        Number of chromosomes; the initial ones are drawn at random.
    generations
        How often children are bred, at most.
    replaced
        Chromosomes that leave in a generation, for as many children; null: all. The elite never leaves.
    leaving
        Who leaves where not all do: the ``oldest`` chromosomes or the ``worst``.
    elitism
        How many of the best stay in any case.
    crossover
        Probability that a pair of parents is crossed; else its children are copies.
    mutation
        Probability that a child has one gene redrawn.
    wheel
        Width of a chromosome's slice of the wheel: its ``score``, or its score ``above_worst`` of the population, for
        scores that lie close together. Scores that are not all positive always take the second.
    evaluations
        New configurations to evaluate, at most; null: no limit.
    patience
        Generations without a better best until the search has converged; it has too when all chromosomes say the same
        configuration. Null: convergence ends nothing.
    """
    from hpotrial.search.adapters.deap import breed, drawing_from, succession, toolbox

    genome = Genome(problem.space)
    operators = toolbox(genome.genes, mutation)
    own = seeds.of_python(problem.seed)
    with drawing_from(own):
        first = [genome.draw() for _ in range(population)]
    evaluator = Evaluator(problem, genome, evaluations)
    alive = evaluator.judge(first)
    history = [recorded(0, problem, genome, alive)]
    for number in range(1, generations + 1):
        if evaluator.spent or (patience is not None and converged(history, patience)):
            break
        elite = operators.best(alive, elitism)
        wanted = min(population if replaced is None else replaced, population - elitism)
        with drawing_from(own):
            children = breed(alive, wanted, operators, crossover, wheel)
        alive = succession(alive, evaluator.judge(children), elite, leaving)
        history.append(recorded(number, problem, genome, alive))
    log.info("%d generations bred, %d configurations met again", len(history) - 1, evaluator.met_again)
    return problem.selected()


def plan(
    space: Space,
    epochs: int,
    *,
    population: int = 10,
    generations: int = 8,
    replaced: int | None = None,
    leaving: Leaving = "oldest",
    elitism: int = 1,
    crossover: float = 1.0,
    mutation: float = 0.5,
    wheel: Wheel = "score",
    evaluations: int | None = None,
    patience: int | None = 4,
) -> Budget:
    """The initial population and all children, were no configuration to come twice, within ``evaluations``."""
    children = min(population if replaced is None else replaced, population - elitism)
    trials = population + generations * children
    return of_draws(space, epochs, trials if evaluations is None else min(trials, evaluations))


def check(
    space: Space,
    *,
    population: int = 10,
    generations: int = 8,
    replaced: int | None = None,
    leaving: Leaving = "oldest",
    elitism: int = 1,
    crossover: float = 1.0,
    mutation: float = 0.5,
    wheel: Wheel = "score",
    evaluations: int | None = None,
    patience: int | None = 4,
) -> None:
    """Raise ConfigurationError where the operators cannot work: the first thing that is wrong, in one line."""
    leave = population if replaced is None else replaced
    genes = len(Genome(space).genes)
    wrong = [
        (population < 2, f"population must be 2 or more, a crossover needs two parents; found {population}"),
        (generations < 1, f"generations must be 1 or more, found {generations}"),
        (
            not 0 <= elitism < population,
            f"elitism must be 0 or more and below the population of {population}, or nobody could leave; "
            f"found {elitism}",
        ),
        (
            not 1 <= leave <= population,
            f"replaced must be from 1 to the population of {population}, or null for all; found {leave}",
        ),
        (not 0 <= crossover <= 1, f"crossover is a probability from 0 to 1, found {crossover}"),
        (not 0 <= mutation <= 1, f"mutation is a probability from 0 to 1, found {mutation}"),
        (not crossover and not mutation, "crossover and mutation are both 0, so no new configuration could arise"),
        (
            evaluations is not None and evaluations < population,
            f"evaluations must be at least the population of {population}, or null for no limit; found {evaluations}",
        ),
        (patience is not None and patience < 1, f"patience must be 1 or more, or null; found {patience}"),
        (
            genes < (2 if crossover else 1),
            f"a single-point crossover needs two hyperparameters with more than one value, mutation needs one, the "
            f"space has {genes}; widen the space",
        ),
    ]
    for fault, message in wrong:
        if fault:
            raise ConfigurationError(f"genetic: {message}")


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
    generation = Generation(number, len(problem.trials), *told, genome.diversity(alive))
    if scores:
        problem.generations.append(generation)
    return generation


def converged(history: Sequence[Generation], patience: int) -> bool:
    """Whether the last ``patience`` generations brought no better best, or all of the last one are alike."""

    def peak(part: Sequence[Generation]) -> float:
        return max((g.best for g in part if not math.isnan(g.best)), default=-math.inf)

    earlier, recent = history[:-patience], history[-patience:]
    return (bool(earlier) and peak(recent) <= peak(earlier)) or history[-1].diversity == 0
