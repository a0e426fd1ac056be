"""A search space as genes: one for each hyperparameter with more than one value."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from hpotrial.core.space import Choice, Configuration, Domain, Space, Value


@dataclass(frozen=True)
class Slice:
    """A chromosome's part of the wheel, in the form of a DEAP fitness.

    DEAP sorts the wheel by fitness, the document's is not sorted: no slice is less than another, so all stay in place.
    """

    values: tuple[float]

    def __lt__(self, other: Slice) -> bool:
        return False


@dataclass(frozen=True)
class Gene:
    """A hyperparameter as a gene. Its allele is a position in the grid, or a value where the domain is continuous."""

    name: str
    domain: Domain
    grid: tuple[Value, ...] | None

    def draw(self) -> Any:
        """A random allele from the whole range."""
        d = self.domain
        if isinstance(d, Choice) or self.grid is not None:
            return random.randrange(len(self.grid or ()))
        low, high = d.drawn_from
        return self.allele(
            math.exp(random.uniform(math.log(low), math.log(high))) if d.log else random.uniform(low, high)
        )

    def allele(self, drawn: Any) -> Any:
        """The allele that was drawn: a position in the grid as it is, a real as the nearest value of the domain."""
        return drawn if isinstance(self.domain, Choice) or self.grid is not None else self.domain.nearest(drawn)


class Chromosome(list[Any]):
    """One allele per gene, and what is known of it once it was judged.

    Attributes
    ----------
    configuration
        What it stands for.
    score
        Its selection score; minus infinity where the trial failed.
    born
        Its place in the order of births.
    slice
        Its part of the wheel.
    """

    configuration: Configuration
    score: float
    born: int
    slice: Slice


class Genome:
    """The genes of a space: one for each hyperparameter with more than one value, in the space's order."""

    def __init__(self, space: Space) -> None:
        self.space = space
        every = [Gene(h.name, h.domain, h.domain.grid()) for h in space.hyperparameters]
        self.genes = [gene for gene in every if gene.grid is None or len(gene.grid) > 1]
        self.single = {gene.name: gene.grid[0] for gene in every if gene.grid is not None and len(gene.grid) == 1}

    def draw(self) -> Chromosome:
        """A random chromosome."""
        return Chromosome(gene.draw() for gene in self.genes)

    def configuration(self, chromosome: Chromosome) -> Configuration:
        """What a chromosome stands for: inactive genes are left out."""
        values = {
            gene.name: allele if gene.grid is None else gene.grid[allele]
            for gene, allele in zip(self.genes, chromosome, strict=True)
        }
        return self.space.activate({**self.single, **values})

    def diversity(self, population: Sequence[Chromosome]) -> float:
        """Mean normalised Hamming distance of all pairs of configurations: the share of genes in which two differ.

        An inactive gene is a value of its own. 0 where all are equal.
        """
        pairs = math.comb(len(population), 2)
        if not pairs:
            return 0.0
        alike = [
            sum(
                math.comb(n, 2) for n in Counter(repr(c.configuration.get(gene.name, ...)) for c in population).values()
            )
            for gene in self.genes
        ]
        return 1 - fmean(alike) / pairs
