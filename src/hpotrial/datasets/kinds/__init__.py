"""The kinds of dataset there are: one file each, found by its name, which holds one subclass of ``DatasetKind``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from hpotrial.core import plugins
from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.core.validation import validated
from hpotrial.datasets.kind import DatasetKind


def names() -> list[str]:
    """The kinds' names: the files of this folder."""
    return plugins.names(__path__)


def load(name: str) -> type[DatasetKind]:
    """The class of a kind; raises ModuleNotFoundError if there is none."""
    return plugins.the_class(f"{__name__}.{name}", DatasetKind)


def keys_of(kind: str) -> list[str]:
    """The keys that a dataset of a kind has in the configuration, beside those that every dataset has."""
    return [field.name for field in fields(load(kind)) if field.name != "name"]


def all_keys() -> list[str]:
    """The keys of every kind, sorted."""
    return sorted({key for kind in names() for key in keys_of(kind)})


def make(name: str, kind: str, keys: Mapping[str, Any]) -> DatasetKind:
    """A dataset of a kind, with its keys in the configuration checked.

    Parameters
    ----------
    name : str
        The dataset's name.
    kind : str
        One of ``names()``.
    keys : mapping
        What the configuration says of it, beside the keys that every dataset has.

    Raises
    ------
    ConfigurationError
        If there is no such kind, a key is missing or not the kind's, or a value is not what the key takes.

    Examples
    --------
    >>> make("mine", "csv", {"path": "mine.csv", "target": "class"}).keys()
    {'path': 'mine.csv', 'target': 'class', 'sha256': None}
    """
    where = f"dataset {name!r}"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise ConfigurationError(f"{where}: a name has letters, digits, '_' and '-' only; it becomes a folder's name")
    if kind not in names():
        raise ConfigurationError(f"{where}: unknown kind {kind!r}; {nearest(kind, names())}")
    found, known = load(kind), keys_of(kind)
    extra = [key for key in keys if key not in known]
    owners = " or ".join(repr(other) for other in names() if set(extra) <= set(keys_of(other)))
    if extra and owners:
        raise ConfigurationError(f"{where}: {' and '.join(extra)} belong to kind {owners}, not to {kind!r}")
    if extra:
        raise ConfigurationError(f"{where}: unknown key {extra[0]!r} of kind {kind!r}; {nearest(extra[0], known)}")
    needed = [field.name for field in fields(found) if field.default is MISSING and field.name in known]
    absent = [key for key in needed if key not in keys]
    if absent:
        raise ConfigurationError(f"{where}: kind {kind!r} needs {' and '.join(absent)}; add it to the configuration")
    return validated(found, {"name": name, **keys}, ["datasets", name])
