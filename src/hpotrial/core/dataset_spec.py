"""What the study says of a dataset: its name, its kind and, for a file of one's own, where it lies."""

import re
from dataclasses import dataclass

from hpotrial.core.errors import ConfigurationError, nearest

KINDS = ("telecust", "mnist", "csv")


@dataclass(frozen=True)
class DatasetSpec:
    """One dataset of the study.

    `name` is its name in every path and table; `kind` one of `KINDS`. `path` (a file with a header line), `target` (its
    class column) and, optionally, `sha256` (of the file) belong to the kind `csv` alone.

    Raises ConfigurationError if these do not fit together.
    """

    name: str
    kind: str
    path: str | None = None
    target: str | None = None
    sha256: str | None = None

    def __post_init__(self) -> None:
        where = f"dataset {self.name!r}"
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", self.name):
            raise ConfigurationError(
                f"{where}: a name has letters, digits, '_' and '-' only; it becomes a folder's name"
            )
        if self.kind not in KINDS:
            raise ConfigurationError(f"{where}: unknown kind {self.kind!r}; {nearest(self.kind, KINDS)}")
        if self.kind == "csv":
            absent = [key for key in ("path", "target") if not getattr(self, key)]
            if absent:
                raise ConfigurationError(
                    f"{where}: kind 'csv' needs {' and '.join(absent)}; add it to the configuration"
                )
            if self.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
                raise ConfigurationError(
                    f"{where}: sha256 must be 64 lower-case hexadecimal digits, not {self.sha256!r}"
                )
        else:
            extra = [key for key in ("path", "target", "sha256") if getattr(self, key) is not None]
            if extra:
                raise ConfigurationError(f"{where}: {' and '.join(extra)} belong to kind 'csv', not to {self.kind!r}")
