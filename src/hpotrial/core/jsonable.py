"""Values as JSON can hold them."""

import math
from collections.abc import Mapping
from typing import Any


def jsonable(value: Any) -> Any:
    """The same value in JSON's own types: mappings with text for keys, lists, no numpy; NaN and infinities are None."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
