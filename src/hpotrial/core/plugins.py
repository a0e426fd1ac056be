"""Plug-ins (methods, models, kinds of dataset, metrics, figures): files of a folder, found by their names."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

from hpotrial.core.errors import ConfigurationError

Base = TypeVar("Base")


def names(folders: Iterable[str]) -> list[str]:
    """The names of the files in the folders of a package, its ``__path__``, sorted.

    Examples
    --------
    >>> from hpotrial import methods
    >>> "grid_loop" in names(methods.__path__)
    True
    """
    return list(_names(tuple((folder, Path(folder).stat().st_mtime_ns) for folder in folders)))


@cache
def _names(folders: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """The names, looked up again when a file comes or goes: a study asks for them hundreds of times."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules([folder for folder, _ in folders])))


def the_class(module: str, base: type[Base]) -> type[Base]:
    """The one class on top of ``base`` that the file of a plug-in defines.

    Raises
    ------
    ModuleNotFoundError
        If there is no such file.
    ConfigurationError
        If it defines none, or more than one.
    """
    file = importlib.import_module(module)
    own = [value for value in vars(file).values() if isinstance(value, type) and value.__module__ == module]
    found = [value for value in own if issubclass(value, base)]
    if len(found) != 1:
        raise ConfigurationError(
            f"{file.__file__} defines {len(found)} subclasses of {base.__name__}: a file is one, so make it one"
        )
    return found[0]
