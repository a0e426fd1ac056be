"""TPOT: its evolution over a problem, in this process, and a space in ConfigSpace's form, which it draws from."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from unittest import mock

import ConfigSpace
import numpy as np

from hpotrial.core import seeds
from hpotrial.core.records import Generation
from hpotrial.core.space import Choice, Configuration, plain
from hpotrial.search.adapters.scikit_learn import estimator
from hpotrial.search.genome import Chromosome, Genome
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Selection


@contextlib.contextmanager
def _bare_import() -> Iterator[None]:
    """TPOT's import without the server that it asks for news of itself, and without PyTorch, a third of its time."""
    absent = "torch" not in sys.modules
    if absent:
        sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        with mock.patch("update_checker.update_check"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
            yield
    finally:
        if absent:
            del sys.modules["torch"]


with _bare_import():
    from tpot.evolvers import BaseEvolver
    from tpot.search_spaces.nodes import EstimatorNode


def configspace(genome: Genome) -> ConfigSpace.ConfigurationSpace:
    """The genes of a space as ConfigSpace's hyperparameters, without conditions: ``genome`` leaves inactive ones out.

    A gene with a grid is its position in the grid, since ConfigSpace knows neither None nor values of several types.
    """
    space = ConfigSpace.ConfigurationSpace()
    for gene in genome.genes:
        d = gene.domain
        if isinstance(d, Choice):
            space.add(ConfigSpace.CategoricalHyperparameter(gene.name, list(range(len(d.values)))))
        elif gene.grid is not None:
            space.add(ConfigSpace.UniformIntegerHyperparameter(gene.name, 0, len(gene.grid) - 1))
        else:
            # integers too: ConfigSpace's own have another prior on a log scale
            space.add(ConfigSpace.UniformFloatHyperparameter(gene.name, *d.drawn_from, log=d.log))
    return space


def drawn_configuration(genome: Genome, drawn: Mapping[str, Any]) -> Configuration:
    """What a point of ``configspace(genome)`` stands for: inactive hyperparameters are left out."""
    return genome.configuration(Chromosome(gene.allele(plain(drawn[gene.name])) for gene in genome.genes))


class Evolver(BaseEvolver):
    """TPOT's evolver, whose individuals are evaluated one after another in this process.

    TPOT's own hands them to dask, which works on copies, even in threads: trials would be recorded in a copy of the
    problem, in the order in which they end.

    Parameters
    ----------
    problem
        What is searched.
    survivors
        How many of the best are kept from generation to generation.
    settings
        As of ``BaseEvolver``.
    """

    def __init__(self, problem: Problem, survivors: int, **settings: Any) -> None:
        self.problem, self.survivors, self.genome = problem, survivors, Genome(problem.space)
        rng = seeds.generator(problem.search_seed)
        parameters = partial(drawn_configuration, self.genome)
        node = EstimatorNode(type(estimator(problem)), configspace(self.genome), parameters)
        super().__init__(
            individual_generator=_individuals(node, rng),
            objective_functions=[self._selection_score],
            objective_function_weights=[1.0],
            objective_names=["score"],
            max_eval_time_mins=None,
            # anything but None: no cluster is started
            client="this process",
            rng=rng,
            **settings,
        )

    def _selection_score(self, individual: Any) -> float:
        trial = self.problem.evaluate(individual.export_pipeline().configuration)
        return trial.score

    def evaluate_population_full(self, budget: Any = None) -> None:
        """Evaluate the individuals that are new, in their order; those that fail leave the population."""
        individuals = self.get_unevaluated_individuals(self.objective_names, budget=budget)
        scores = [self._selection_score(individual) for individual in individuals]
        failed = np.isnan(scores)
        self.population.update_column(individuals, self.objective_names, [[score] for score in scores])
        self.population.update_column(individuals, "Eval Error", ["INVALID" if bad else "" for bad in failed])
        self.population.remove_invalid_from_population("Eval Error")
        self._tell()

    def _tell(self) -> None:
        """Add a generation to the problem's history: the best of parents and offspring, which live on."""
        alive = self.population.population
        if not len(alive):
            return
        scores = np.ravel(self.population.get_column(alive, self.objective_names)).astype(float)
        kept = np.argsort(-scores, kind="stable")[: self.survivors]
        scores = scores[kept]
        chromosomes = []
        for position in kept:
            chromosome = Chromosome()
            chromosome.configuration = alive[position].export_pipeline().configuration
            chromosomes.append(chromosome)
        problem = self.problem
        problem.generations.append(
            Generation(
                self.generation, float(scores.max()), float(scores.mean()), float(scores.std()),
                self.genome.diversity(chromosomes),
            )
        )  # fmt: skip


def _individuals(node: Any, rng: np.random.Generator) -> Iterator[Any]:
    while True:
        yield node.generate(rng)


def evolve(
    problem: Problem, *, generations: int, population_size: int, offspring_size: int, early_stop: int | None
) -> Selection | None:
    """Run TPOT's evolver; None if no trial came out well. Parameters as of ``hpotrial.methods.tpot.Tpot``."""
    evolver = Evolver(
        problem,
        population_size,
        # the generations of TPOT 1.1 include the initial population
        generations=generations + 1,
        initial_population_size=population_size,
        # what TPOT 1.1 breeds in a generation, and keeps from it, in shares of that
        population_size=offspring_size,
        survival_percentage=(population_size + 0.5) / offspring_size,
        early_stop=early_stop,
    )
    try:
        evolver.optimize()
    except Exception:
        # TPOT gives up with an error when nothing in the initial population can be fitted
        if any(trial.ok for trial in problem.trials):
            raise
    return problem.selected()
