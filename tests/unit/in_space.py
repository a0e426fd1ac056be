"""Whether a configuration is one that a search may propose, for tests of what proposes them."""

from collections.abc import Mapping
from typing import Any

from hpotrial.core.space import Space


def in_space(configuration: Mapping[str, Any], space: Space) -> bool:
    """Whether it has just the active hyperparameters, each within its domain."""
    active = [h for h in space.hyperparameters if h.active(configuration)]
    return {h.name for h in active} == set(configuration) and all(
        h.domain.contains(configuration[h.name]) for h in active
    )
