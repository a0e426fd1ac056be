"""The part of a space that KerasTuner is asked to tune: documents 000 and 001 give it the architecture only."""

from __future__ import annotations

from typing import Literal

from hpotrial.core.space import Space
from hpotrial.models import FIT_HYPERPARAMETERS

Tune = Literal["architecture", "all"]


def tuned_part(space: Space, tune: Tune) -> Space:
    """``all``: the space; ``architecture``: the space without the arguments of fit, epochs and batch size."""
    return space if tune == "all" else space.without(tuple(FIT_HYPERPARAMETERS))
