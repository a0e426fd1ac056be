"""The best of several independent draws: what a new random search would find, told from the draws of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class BestOfDraws:
    """Where the best of so many new draws lies among the draws that are known.

    If all draws, old and new, are of one distribution and independent, every set of places that the new ones may take
    among all is as likely as any other. So the probabilities below are exact for any distribution, however skewed and
    however coarse the search space, and what is not known for having few draws is in them (the placements behind
    precedence tests: N. Balakrishnan and H. K. T. Ng, Precedence-Type Tests and Applications, 2006, chapter 2). Ties
    make them too large, never too small. Draws of one seed share its split, which is neglected.

    Attributes
    ----------
    values : ndarray
        The scores of the draws that are known, shape (draws known,); greater is better.
    draws : int
        How many a new search makes.
    """

    values: np.ndarray
    draws: int

    def at_most(self, value: float) -> float:
        """Probability that the best of the new draws is as low as ``value``, or lower."""
        return self._all_below(int(np.sum(self.values > value)))

    def at_least(self, value: float) -> float:
        """Probability that the best of the new draws is as high as ``value``, or higher."""
        return 1 - self._all_below(int(np.sum(self.values >= value)) + 1)

    def as_far_as(self, value: float) -> float:
        """Probability that the best of the new draws is as far out as ``value``, on either side."""
        return min(1.0, 2 * min(self.at_most(value), self.at_least(value)))

    def beyond(self, value: float, margin: float) -> float:
        """Probability that the best of the new draws is ``margin`` or more from ``value``: the larger of both sides."""
        return max(self.at_most(value - margin), self.at_least(value + margin))

    def interval(self, confidence: float) -> tuple[float | None, float | None]:
        """Where the best of the new draws lies with that probability at least; None where known draws set no end."""
        tail, known = (1 - confidence) / 2, np.sort(self.values)[::-1]
        below = [place for place in range(1, len(known) + 1) if self._all_below(place) <= tail]
        above = [place for place in range(1, len(known) + 1) if 1 - self._all_below(place) <= tail]
        return (
            float(known[below[0] - 1]) if below else None,
            float(known[above[-1] - 1]) if above else None,
        )

    def _all_below(self, place: int) -> float:
        """Probability that at least ``place`` of the known draws are better than all new ones."""
        known = len(self.values)
        if place > known:
            return 0.0
        everywhere, there = (special.gammaln(n + 1) - special.gammaln(n - self.draws + 1)
                             for n in (known + self.draws, known + self.draws - place))  # fmt: skip
        return float(np.exp(there - everywhere))
