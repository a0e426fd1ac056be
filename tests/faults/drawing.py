"""How many broken inputs are tried: the same in every `make test`, others and ten times as many in `make torture`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TORTURE = "HPO_TORTURE" in os.environ


def drawn(examples: int) -> settings:
    """A decorator beside ``@given``: so many examples, as many as there are and not as many as there could be."""
    return settings(
        derandomize=not TORTURE,
        max_examples=examples * (10 if TORTURE else 1),
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
