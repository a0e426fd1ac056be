"""What the registry and the verdicts are made of, as plain frozen values."""

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.errors import ConfigurationError

KINDS = ("superiority", "equivalence", "ratio", "count", "interval", "fact")
# a claim is judged on one or two of them
DOCUMENTED, AUDITED, MEASURED = "documented", "audited", "measured"
# how much of a documented advantage is not there on the audit rows
GAP = "gap"
SCORES = ("selection", "test", "audit")
SUPPORTED, CONTRADICTED, EQUIVALENT, INCONCLUSIVE = "supported", "contradicted", "equivalent", "inconclusive"
NOT_JUDGED = "not_judged"
# the standards of a registry that names no others: what may be false, what must be found, what nobody would care about
ALPHA, POWER = 0.05, 0.8
MARGINS = {"score": 0.01, "cost": 0.25}
VERDICTS = (SUPPORTED, CONTRADICTED, EQUIVALENT, INCONCLUSIVE, NOT_JUDGED)


@dataclass(frozen=True)
class Cell:
    """An arm at one cv-setting on one dataset: what its seeds have in common. Written ``dataset/arm/cv``."""

    dataset: str
    arm: str
    cv: CvSetting

    @classmethod
    def of(cls, text: str) -> "Cell":
        """The cell that is written so; ConfigurationError if none is."""
        parts = text.split("/")
        if len(parts) != 3 or not all(parts):
            raise ConfigurationError(f"{text!r} is no cell; write dataset/arm/cv-setting")
        return cls(parts[0], parts[1], CvSetting(parts[2]))

    def __str__(self) -> str:
        return f"{self.dataset}/{self.arm}/{self.cv}"


@dataclass(frozen=True)
class Claim:
    """One conclusion of a document, as a hypothesis that can fail.

    Attributes
    ----------
    sources : tuple of str
        File names of the documents that draw it.
    statement : Mapping[str, str]
        The claim in our words, by language.
    kind : str
        One of ``KINDS``.
    cells : Mapping[str, tuple of Cell]
        ``a`` and ``b`` of a comparison (``b`` may be several rivals), or ``of``.
    settings : Mapping
        What else its kind needs: the scores it is judged on, a cost, what is expected.
    margin : float
        The difference below which nobody would care: points of a score as a share of 1, or a share of a cost.
    primary : bool
        Whether it belongs to the family of hypotheses that Holm's correction is over.
    contradicts : tuple of str
        The claims that cannot be right if this one is.
    note : Mapping[str, str]
        What the comparison does and does not say, by language.
    by_design : bool
        Whether its verdict follows from arithmetic, or from how the study was set up: it is in no family.
    ours : bool
        Whether the question is ours, of a document that draws no such conclusion: it is never primary.
    """

    id: str
    sources: tuple[str, ...]
    statement: Mapping[str, str]
    kind: str
    cells: Mapping[str, tuple[Cell, ...]]
    settings: Mapping[str, Any]
    margin: float
    primary: bool = True
    contradicts: tuple[str, ...] = ()
    note: Mapping[str, str] = field(default_factory=dict)
    by_design: bool = False
    ours: bool = False


@dataclass(frozen=True)
class Judgement:
    """A claim judged once: on the score that its document looked at, on the audit score, or on what was measured.

    Effects, intervals, margins and detectable effects are in ``unit``: ``share`` (of accuracy: 0.01 is one point),
    ``nats`` (log loss, negated), ``ratio`` (of a cost: 1 is equal) or ``count``. What does not apply is None.

    Attributes
    ----------
    on, verdict : str
        One of ``documented``, ``audited``, ``gap`` (the documented difference minus the audited one), ``measured``; one
        of ``VERDICTS``.
    reason : str
        A key of the report's words, which say in a sentence why this is the verdict.
    measure : str
        What was compared: ``selection_score``, ``test_score``, ``audit_score``, ``epochs``, ``trials``, ...
    a, b : str or None, tuple of str
        The cells (as text); of several rivals, ``rival`` is the one that decided and whose numbers are given.
    n : int
        Seeds with a run in every cell.
    effect, low, high : float or None
        Mean paired difference a - b (or ratio a / b, a geometric mean), and the interval that the verdict rests on.
    confidence : float or None
        Of that interval: what the correction over the family leaves. Where it lies wholly on one side of what the claim
        expects, or wholly within the margin, that is shown.
    low_alone, high_alone : float or None
        The 95 % interval of the same, were it the only one.
    effect_size, probability : float or None
        Hedges' g of the paired differences; probability that a run of ``a`` does better than its pair of ``b``.
    p, p_adjusted : float or None
        Of the hypothesis that the claim's kind tests, two-sided for a superiority or a ratio; Holm's correction of it.
    p_other, p_other_adjusted : float or None
        Of the opposite: equivalence for a superiority or a ratio, a difference beyond the margin for an equivalence.
    p_wilcoxon : float or None
        Wilcoxon's signed-rank test of no difference, two-sided, not corrected.
    p_shared_rows : float or None
        ``p`` with Nadeau's and Bengio's correction for splits that share rows: an inference to new rows of the source.
    rope : Mapping[str, float] or None
        Posterior probabilities ``{"worse", "equal", "better"}`` of a below, within and above the margin round ``b``.
    margin, expected : float or None
        The margin; the ratio or number that the claim expects.
    detectable : float or None
        Smallest effect that so many seeds find with the stated power at the level that Holm's correction leaves.
    look : int or None
        Seeds of the planned look that settled it; None where none did.
    rows_low, rows_high : float or None
        Of an audited difference of accuracies, the 95 % interval for new rows of the same source as well, but for what
        the rows that are trained on have of their own.
    seeds_needed, seeds_least, seeds_most : int or None
        Seeds that a conclusive verdict would need if the true difference were none or the margin, with that power, and
        the 95 % interval of that number; None where it cannot be said.
    pairs : tuple[Mapping[str, float], ...]
        One mapping per seed: ``seed``, ``a``, ``b`` (of the rival), or ``seed``, ``value``.
    """

    on: str
    verdict: str
    reason: str
    measure: str = ""
    unit: str = "share"
    a: str | None = None
    b: tuple[str, ...] = ()
    rival: str | None = None
    n: int = 0
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    low_alone: float | None = None
    high_alone: float | None = None
    effect_size: float | None = None
    probability: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    p_other: float | None = None
    p_other_adjusted: float | None = None
    p_wilcoxon: float | None = None
    p_shared_rows: float | None = None
    rope: Mapping[str, float] | None = None
    margin: float | None = None
    expected: float | None = None
    detectable: float | None = None
    rows_low: float | None = None
    rows_high: float | None = None
    seeds_needed: int | None = None
    seeds_least: int | None = None
    seeds_most: int | None = None
    look: int | None = None
    pairs: tuple[Mapping[str, float], ...] = ()
    # what a reason's sentence needs beside these
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Registry:
    """What a study's claims are, and by which standards they are judged.

    Attributes
    ----------
    file : str
        Where it was read.
    alpha : float
        Chance of any false verdict in a family of hypotheses.
    power : float
        The power at which the number of seeds is judged.
    claims : Mapping[str, Claim]
        By id, in the order of the file.
    left_out : Mapping[str, str]
        Claims that the study cannot judge, each with the reason.
    margins : Mapping[str, float]
        Of a claim that names none: ``score``, a difference of scores, and ``cost``, a share of a ratio.
    """

    file: str
    alpha: float
    power: float
    claims: Mapping[str, Claim]
    left_out: Mapping[str, str] = field(default_factory=dict)
    margins: Mapping[str, float] = field(default_factory=MARGINS.copy)

    @property
    def digest(self) -> str:
        """Of all that verdicts hang on: another margin changes it, another wording of a statement does not."""
        of_words = ("sources", "statement", "note")
        claims = {
            # what a claim does not say is left out, so that a new key of claims is no new registry
            name: {key: value for key, value in vars(claim).items() if key not in of_words and value}
            | {"cells": {role: list(map(str, cells)) for role, cells in claim.cells.items()}}
            for name, claim in self.claims.items()
        }
        told = json.dumps([self.alpha, claims, sorted(self.left_out)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def ratio_margin(margin: float) -> float:
    """How far, as a logarithm, a ratio may lie from the expected one: ``1 + margin`` times as much, or as little."""
    return math.log1p(margin)


def standards(registry: Registry | None) -> dict[str, float]:
    """``alpha``, ``power`` and ``margin`` (of a score): a registry's, or those of one that names none."""
    found = registry or Registry("", ALPHA, POWER, {})
    return {"alpha": found.alpha, "power": found.power, "margin": found.margins["score"]}


def deciding(scores: Collection[str]) -> str:
    """On which of its scores a claim rests: the documented one only where there is no other."""
    return next(on for on in (AUDITED, MEASURED, DOCUMENTED) if on in scores)


FAMILIES = ("primary", "documented", "secondary")
DESIGN = "design"


def judged_on(claim: Claim) -> tuple[str, ...]:
    """What a claim is judged on, in the order of the report."""
    if claim.kind not in ("superiority", "equivalence"):
        return (MEASURED,)
    scores = tuple(on for on in (DOCUMENTED, AUDITED) if on in claim.settings["scores"])
    return (*scores, GAP) if _has_gap(claim) else scores


def _has_gap(claim: Claim) -> bool:
    """Whether a documented advantage may differ from the audited one by more than chance.

    Where neither cell saw the test rows, those and the audit rows are drawn alike, and nothing can differ.
    """
    scores = claim.settings["scores"]
    if claim.kind != "superiority" or set(scores) != {DOCUMENTED, AUDITED}:
        return False
    unseen = all(cell.cv != "test" for cells in claim.cells.values() for cell in cells)
    return not (unseen and scores[DOCUMENTED] == "test" and scores[AUDITED] == "audit")


def family_of(claim: Claim, on: str) -> str:
    """The family of hypotheses that a judgement belongs to; what is so by design is in none, and judged alone."""
    if claim.by_design:
        return DESIGN
    if not claim.primary or claim.ours:
        return "secondary"
    return "documented" if on in (DOCUMENTED, GAP) else "primary"


def is_tested(claim: Claim) -> bool:
    """Whether chance has a part in its verdict, so that it has a p-value."""
    return claim.kind not in ("count", "fact") or "importance" in claim.settings.get("fact", {})


def hypotheses_of(registry: Registry) -> int:
    """How many hypotheses the family of the primary claims has, where every claim can be judged."""
    return sum(
        is_tested(claim) and family_of(claim, on) == "primary"
        for claim in registry.claims.values()
        for on in judged_on(claim)
    )
