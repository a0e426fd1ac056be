"""What the study says of where a dataset comes from, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DatasetSpec:
    """One dataset of the study: its name, its kind, and the keys of that kind; `datasets.kinds` makes sense of them."""

    name: str
    kind: str
    keys: Mapping[str, Any]
