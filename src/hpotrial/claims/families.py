"""Which family of hypotheses each judgement of a claim belongs to; no table is needed to say so."""

from __future__ import annotations

from hpotrial.claims.parts import AUDITED, DOCUMENTED, MEASURED, Claim
from hpotrial.claims.registry import Registry

FAMILIES = ("primary", "documented", "secondary")


def judged_on(claim: Claim) -> tuple[str, ...]:
    """What a claim is judged on, in the order of the report."""
    if claim.kind in ("superiority", "equivalence"):
        return tuple(on for on in (DOCUMENTED, AUDITED) if on in claim.settings["scores"])
    return (MEASURED,)


def family_of(claim: Claim, on: str) -> str:
    """The family of hypotheses that a judgement belongs to."""
    if not claim.primary:
        return "secondary"
    return "documented" if on == DOCUMENTED else "primary"


def hypotheses_of(registry: Registry) -> int:
    """How many hypotheses the family of the primary claims has, where every claim can be judged."""
    tested = ("superiority", "equivalence", "ratio")
    return sum(
        claim.kind in tested and family_of(claim, on) == "primary"
        for claim in registry.claims.values()
        for on in judged_on(claim)
    )
