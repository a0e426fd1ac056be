"""From p-values to verdicts: which hypotheses fall when all of a family are tested at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpotrial.core.claims import CONTRADICTED, EQUIVALENT, INCONCLUSIVE, SUPPORTED
from hpotrial.results.statistics.paired import holm

DIFFERENCE, EQUIVALENCE = "difference", "equivalence"


@dataclass(frozen=True)
class Hypotheses:
    """The p-values of one judgement, before any correction.

    Attributes
    ----------
    asserts : str
        ``difference`` (a superiority, a ratio below or above a bound) or ``equivalence``.
    p_for, p_against : float
        One-sided: for what is claimed, and for its opposite. Of an equivalence, ``p_for`` is that of the two one-sided
        tests (D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15, 1987), and ``p_against`` is of a difference beyond the
        margin.
    p_same : float
        Of a difference: that it is smaller than the margin; NaN where the claim has no such margin.
    """

    asserts: str
    p_for: float
    p_against: float
    p_same: float = np.nan

    @property
    def p(self) -> float:
        """Of what the claim asserts; two-sided for a difference, which may turn out to lie the other way."""
        if self.asserts == EQUIVALENCE:
            return self.p_for
        return float(min(1.0, 2 * min(self.p_for, self.p_against)))

    @property
    def p_other(self) -> float:
        """Of the opposite of what it asserts."""
        return self.p_against if self.asserts == EQUIVALENCE else self.p_same


@dataclass(frozen=True)
class Decision:
    """A verdict, with the corrected p-values that it rests on.

    ``asserted`` says whether what the claim asserts, or a difference the other way, was found; a difference that was
    found and is too small to care for makes the verdict ``equivalent``. ``level`` is what an undecided hypothesis had
    to meet.
    """

    verdict: str
    p_adjusted: float
    p_other_adjusted: float
    level: float
    asserted: bool


def decide(hypotheses: Sequence[Hypotheses], alpha: float) -> list[Decision]:
    """Verdicts of one family of judgements; the chance that any of them is false is at most ``alpha``.

    What the claims assert is one family, its opposite another, each corrected by Holm's method (S. Holm, Scand. J.
    Stat. 6, 1979) at half of ``alpha``, so that the bound holds whatever mixture of differences and equalities is
    true. NaN p-values (nothing to test) count in no family and decide nothing.
    """
    adjusted = holm(np.array([one.p for one in hypotheses], dtype=float))
    others = holm(np.array([one.p_other for one in hypotheses], dtype=float))
    open_ones = int(np.sum(adjusted > alpha / 2))
    level = alpha / 2 / max(1, open_ones)
    return [
        Decision(_verdict(one, p <= alpha / 2, other <= alpha / 2), float(p), float(other), level, bool(p <= alpha / 2))
        for one, p, other in zip(hypotheses, adjusted, others, strict=True)
    ]


def _verdict(one: Hypotheses, asserted: bool, opposite: bool) -> str:
    if one.asserts == EQUIVALENCE:
        return SUPPORTED if asserted else CONTRADICTED if opposite else INCONCLUSIVE
    if opposite:
        return EQUIVALENT
    if asserted:
        return SUPPORTED if one.p_for < one.p_against else CONTRADICTED
    return INCONCLUSIVE
