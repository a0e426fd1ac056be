"""How a model is tuned: one file per method, found by its name, which holds one subclass of ``hpotrial.search.Method``.

``docs/extending/method.md`` has a worked example.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from hpotrial.search.method import Method


def names() -> list[str]:
    """The methods' names: the files of this folder."""
    return list(_names(tuple((folder, Path(folder).stat().st_mtime_ns) for folder in __path__)))


@cache
def _names(_folders: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """The names, looked up again when a file comes or goes: a study asks for them hundreds of times."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__)))


def load(name: str) -> type[Method]:
    """The class of a method; calling it with options makes a search of them.

    Raises
    ------
    ModuleNotFoundError
        If there is no such file.
    TypeError
        If the file does not define just one method.

    Examples
    --------
    >>> load("sklearn_random")(n_iter=5)
    SklearnRandom(n_iter=5)
    """
    module = importlib.import_module(f"{__name__}.{name}")
    own = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__]
    found = [value for value in own if issubclass(value, Method)]
    if len(found) != 1:
        raise TypeError(f"{module.__file__} defines {len(found)} methods; a file is one")
    return found[0]
