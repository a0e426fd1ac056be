"""DEAP: the operators of a genetic algorithm, as document 003 describes them, in a toolbox.

All of them draw from Python's global random numbers, as DEAP does: call them within ``drawing_from``.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from deap import base, tools

from hpotrial.search.genome import Chromosome, Gene, Slice


def toolbox(genes: Sequence[Gene], mutation: float) -> base.Toolbox:
    """DEAP's toolbox with ``select``, ``mate``, ``mutate`` and ``best``.

    Parameters
    ----------
    genes
        The genes of a chromosome.
    mutation
        Probability that a child has one gene redrawn.
    """
    made = base.Toolbox()
    made.register("select", tools.selStochasticUniversalSampling, fit_attr="slice")
    made.register("mate", tools.cxOnePoint)
    made.register("mutate", uniform_mutation, genes=genes, probability=mutation)
    made.register("best", tools.selBest, fit_attr="score")
    return made


@contextlib.contextmanager
def drawing_from(own: random.Random) -> Iterator[None]:
    """Python's global random numbers, which DEAP draws from, are ``own``'s in this block; then all is as it was."""
    before = random.getstate()
    random.setstate(own.getstate())
    try:
        yield
    finally:
        own.setstate(random.getstate())
        random.setstate(before)


def slices(scores: Sequence[float], wheel: str) -> list[Slice]:
    """Each chromosome's part of the wheel; nothing for a failed one, unless all have failed."""
    good = [score for score in scores if math.isfinite(score)]
    if not good:
        return [Slice((1.0,)) for _ in scores]
    lowest, highest = min(good), max(good)
    lift = 0.0
    if wheel == "above_worst" or lowest <= 0:
        # the worst keeps a little, or its genes would be lost at once
        lift = ((highest - lowest) / len(good) or 1.0) - lowest
    return [Slice((score + lift if math.isfinite(score) else 0.0,)) for score in scores]


def uniform_mutation(chromosome: Chromosome, genes: Sequence[Gene], probability: float) -> tuple[Chromosome]:
    """A coin decides whether one gene, chosen at random, is redrawn from its whole range (which may give it its old
    allele again)."""
    if random.random() < probability:
        place = random.randrange(len(genes))
        chromosome[place] = genes[place].draw()
    return (chromosome,)


def breed(alive: Sequence[Chromosome], count: int, toolbox: Any, crossover: float, wheel: str) -> list[Chromosome]:
    """``count`` children: parents are selected, paired at random, crossed, and each child mutated."""
    around = random.sample(alive, len(alive))
    for chromosome, part in zip(around, slices([c.score for c in around], wheel), strict=True):
        chromosome.slice = part
    children = [toolbox.clone(parent) for parent in toolbox.select(around, count + count % 2)]
    random.shuffle(children)  # they come in the wheel's order: a chromosome selected twice would pair with itself
    for one, other in zip(children[::2], children[1::2], strict=True):
        if random.random() < crossover:
            toolbox.mate(one, other)
    return [toolbox.mutate(child)[0] for child in children[:count]]


def succession(
    alive: Sequence[Chromosome], children: Sequence[Chromosome], elite: Sequence[Chromosome], leaving: str
) -> list[Chromosome]:
    """The next population: as many leave as there are children, the oldest or the worst, but never the elite."""
    kept = {c.born for c in elite}
    others = [c for c in alive if c.born not in kept]
    others.sort(key=lambda c: (c.score, c.born) if leaving == "worst" else (c.born,))
    gone = {c.born for c in others[: len(children)]}
    return [c for c in alive if c.born not in gone] + list(children)
