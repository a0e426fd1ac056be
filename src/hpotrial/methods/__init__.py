"""How a model is tuned: one file per method, found by its name.

A method file holds ``CV_KINDS``, ``search(problem, *, ...)``, ``plan(space, epochs, *, ...)`` and, if need be,
``check(space, *, ...)``; ``docs/architecture.md`` has the contract, ``docs/adding-a-method.md`` an example.
A heavy library is imported inside ``search``: the study's validation loads every method file.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType


def names() -> list[str]:
    """The methods' names: the files of this folder."""
    return list(_names(tuple((folder, Path(folder).stat().st_mtime_ns) for folder in __path__)))


@cache
def _names(_folders: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """The names, looked up again when a file comes or goes: a study asks for them hundreds of times."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__)))


def load(name: str) -> ModuleType:
    """The module of a method; raises ModuleNotFoundError if there is none."""
    return importlib.import_module(f"{__name__}.{name}")


def options(name: str) -> dict[str, inspect.Parameter]:
    """The options of a method: the keyword-only parameters of its ``search``, with annotations and defaults."""
    parameters = inspect.signature(load(name).search, eval_str=True).parameters.values()
    return {p.name: p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
