"""What is tuned: one file per model, with its ``HYPERPARAMETERS`` and a ``build`` function in its library's own terms.

``LIBRARY`` in a model's file names that library (``keras`` unless said), ``EPOCHS`` the hyperparameter that says how
long a fit trains (``epochs`` unless said).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from hpotrial.core.errors import ConfigurationError, nearest

LIBRARIES = ("keras", "sklearn")
# arguments of fit rather than of the network; every Keras model has them, with Keras's own default batch size
FIT_HYPERPARAMETERS: dict[str, Any] = {"batch_size": 32, "epochs": 100}


def names() -> list[str]:
    """The models' names: the files of this folder that define ``HYPERPARAMETERS``."""
    return list(_names(tuple((folder, Path(folder).stat().st_mtime_ns) for folder in __path__)))


@cache
def _names(_folders: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """The names, looked up again when a file comes or goes: a study asks for them thousands of times."""
    found = (m.name for m in pkgutil.iter_modules(__path__))
    return tuple(sorted(n for n in found if hasattr(importlib.import_module(f"{__name__}.{n}"), "HYPERPARAMETERS")))


def load(name: str) -> ModuleType:
    """The module of a model.

    Raises
    ------
    ConfigurationError
        If there is no such model; names the nearest.
    """
    if name not in names():
        raise ConfigurationError(f"model {name!r} does not exist; {nearest(name, names())}")
    return importlib.import_module(f"{__name__}.{name}")


def library(name: str) -> str:
    """The library that a model is built with: ``keras`` or ``sklearn``."""
    return getattr(load(name), "LIBRARY", LIBRARIES[0])


def epochs_name(name: str) -> str:
    """The hyperparameter of a model that says how long a fit trains, in passes over the training rows."""
    return getattr(load(name), "EPOCHS", "epochs")


def hyperparameters(name: str) -> dict[str, Any]:
    """The hyperparameters that a model accepts, those of Keras's ``fit`` included, with their defaults."""
    of_fit = FIT_HYPERPARAMETERS if library(name) == "keras" else {}
    return {**load(name).HYPERPARAMETERS, **of_fit}
