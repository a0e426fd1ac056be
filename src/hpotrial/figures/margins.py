"""A judgement's effect on an axis of its own margin, where scores and ratios of costs can stand together."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hpotrial.core.claims import ratio_margin

COMPARED = ("superiority", "equivalence", "ratio")


@dataclass(frozen=True)
class InMargins:
    """An effect and its interval in units of the margin: 0 is what the claim expects, -1 and 1 end what nobody minds.

    The ends are None where there is no interval.
    """

    effect: float
    low: float | None
    high: float | None


def in_margins(judgement: Mapping[str, Any]) -> InMargins | None:
    """The effect of a paired judgement (as ``verdicts.json`` has it) in margins; None where there is none to show.

    Differences are divided by the margin; ratios, and the ratio that the claim expects, are compared as logarithms.
    """
    margin = judgement.get("margin")
    effect = _place(judgement, judgement.get("effect"), margin)
    if effect is None:
        return None
    return InMargins(effect, *(_place(judgement, judgement.get(end), margin) for end in ("low", "high")))


def band(judgement: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """What a paired judgement expects, and the ends of its margin round it, in its own unit; None without a margin."""
    margin = judgement.get("margin")
    if not margin:
        return None
    if judgement["unit"] == "ratio":
        expected = judgement.get("expected") or 1.0
        return expected, expected / (1 + margin), expected * (1 + margin)
    return 0.0, -margin, margin


def _place(judgement: Mapping[str, Any], value: float | None, margin: float | None) -> float | None:
    if value is None or not margin:
        return None
    if judgement["unit"] != "ratio":
        found = value / margin
    elif value <= 0:
        return None
    else:
        found = math.log(value / (judgement.get("expected") or 1.0)) / ratio_margin(margin)
    return found if math.isfinite(found) else None
