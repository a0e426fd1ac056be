"""From p-values to verdicts: which hypotheses fall when all of a family are tested at once, or look after look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpotrial.core.claims import CONTRADICTED, EQUIVALENT, INCONCLUSIVE, SUPPORTED

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

    Attributes
    ----------
    verdict : str
        ``supported``, ``contradicted``, ``equivalent`` or ``inconclusive``.
    p_adjusted, p_other_adjusted : float
        The ``alpha`` at which what the claim asserts, or its opposite, is just shown; NaN where it is not tested.
    level : float
        What a p-value of this judgement had to meet in the end.
    asserted, opposite : bool
        What was shown: what the claim asserts, or a difference the other way; and the opposite of it. A difference that
        is shown and is too small to care for is both, and its verdict is ``equivalent``.
    """

    verdict: str
    p_adjusted: float
    p_other_adjusted: float
    level: float
    asserted: bool
    opposite: bool

    @property
    def open(self) -> bool:
        """Whether nothing is decided yet."""
        return self.verdict == INCONCLUSIVE


def decide(
    hypotheses: Sequence[Hypotheses], alpha: float, decided: Sequence[Decision | None] | None = None
) -> list[Decision]:
    """Verdicts of one family of judgements; the chance that any of them is false is at most ``alpha``.

    Every judgement has two null hypotheses: that nothing differs (or, of an equivalence, that it differs by the margin
    or more), and the opposite one. **They cannot both be true**, so a family of m judgements has m true nulls at most,
    and each p-value is first held against ``alpha / m`` (three-sided testing: J. J. Goeman, A. Solari and T. Stijnen,
    Stat. Med. 29, 2010). As nulls fall, m becomes the largest number of nulls that can still be true (J. P. Shaffer,
    J. Am. Stat. Assoc. 81, 1986: Holm's procedure where hypotheses exclude each other). A judgement whose one null has
    fallen therefore still counts while its other null may be true; it counts no more once both have fallen, or where it
    has one only. To count it as done as soon as it has a verdict would give away error that it still holds: with many
    true differences of just the margin nearly every such family would end with a false verdict.

    **Looks.** ``decided`` are the decisions of the look before, in the same order (None: not judged yet). Those with a
    verdict keep it and are not tested again, and their fallen nulls count as fallen. So the first false verdict
    of a look has the probability ``alpha`` of that look at most, whatever was decided before, and that of any false
    verdict of all looks is at most the sum of their ``alpha``, however they depend on each other. That holds where
    every look is given the same judgements. One that was given up (futility, an arm that was stopped) is given with
    p-values of 1, or those that it had last: left out, it would raise the others' level by what the data said.

    Directions are read off a two-sided test, as is usual with Holm's procedure; that a difference is shown on the wrong
    side is less likely than the level of its test (see the calibration, which counts those too). A NaN p-value is of a
    null that is not tested; a judgement with nothing to test counts nowhere.

    Parameters
    ----------
    hypotheses : sequence of Hypotheses
        Of every judgement of the family.
    alpha : float
        The chance of any false verdict that this look may spend.
    decided : sequence of (Decision or None), optional
        What was decided before.

    Returns
    -------
    list of Decision
        In the same order.
    """
    before = list(decided) if decided is not None else [None] * len(hypotheses)
    nulls = np.array([[one.p, one.p_other] for one in hypotheses], dtype=float).reshape(-1, 2)
    tested = ~np.isnan(nulls)
    fallen = np.array([[one.asserted, one.opposite] if one else [False, False] for one in before], dtype=bool).reshape(
        -1, 2
    )
    kept = [one is not None and not one.open for one in before]
    adjusted = np.full_like(nulls, np.nan)
    largest, counted = 0.0, _possibly_true(tested, fallen)
    gone = fallen.copy()
    for place in np.argsort(nulls, axis=None, kind="stable"):
        row, side = divmod(int(place), 2)
        if not tested[row, side] or kept[row]:
            continue
        largest = max(largest, min(1.0, float(nulls[row, side]) * _possibly_true(tested, gone)))
        adjusted[row, side] = largest
        gone[row, side] = True
        if largest <= alpha:
            counted = _possibly_true(tested, gone)
    level = alpha / max(1, counted)
    return [
        previous
        if previous is not None and not previous.open
        else Decision(
            _verdict(one, p <= alpha, other <= alpha), float(p), float(other), level, p <= alpha, other <= alpha
        )
        for one, previous, (p, other) in zip(hypotheses, before, adjusted, strict=True)
    ]


def _possibly_true(tested: np.ndarray, fallen: np.ndarray) -> int:
    """How many nulls may be true at once: one of each judgement that has a tested one left."""
    return int(np.any(tested & ~fallen, axis=1).sum())


def _verdict(one: Hypotheses, asserted: bool, opposite: bool) -> str:
    if one.asserts == EQUIVALENCE:
        return SUPPORTED if asserted else CONTRADICTED if opposite else INCONCLUSIVE
    if opposite:
        return EQUIVALENT
    if asserted:
        return SUPPORTED if one.p_for < one.p_against else CONTRADICTED
    return INCONCLUSIVE
