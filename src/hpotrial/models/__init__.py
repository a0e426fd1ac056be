"""What is tuned: one file per model; ``docs/extending/model.md`` tells what is in it, with an example.

``HYPERPARAMETERS`` are a model's hyperparameters with their defaults and bounds, ``build`` makes the model in the terms
of its library. ``LIBRARY`` names that library (``keras`` unless said), ``EPOCHS`` the hyperparameter that says how long
a fit trains (``epochs`` unless said). ``check`` and ``multiply_adds`` are optional.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

from hpotrial.core import plugins
from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.models.hyperparameters import Hyperparameter, Whole

# with the packages whose versions a run records
LIBRARIES = {"keras": ("tensorflow-cpu", "keras"), "sklearn": ("scikit-learn",)}
# arguments of fit rather than of the network; every Keras model has them, with Keras's own default batch size
FIT_HYPERPARAMETERS: dict[str, Hyperparameter] = {
    "batch_size": Whole(32, least=1, most=10_000_000),
    "epochs": Whole(100, least=1, most=1_000_000),
}


def names() -> list[str]:
    """The models' names: the files of this folder that define ``HYPERPARAMETERS``."""
    found = plugins.names(__path__)
    return [name for name in found if hasattr(importlib.import_module(f"{__name__}.{name}"), "HYPERPARAMETERS")]


def load(name: str) -> ModuleType:
    """The module of a model.

    Raises
    ------
    ConfigurationError
        If there is no such model (names the nearest), or its file does not say its hyperparameters or has no ``build``.
    """
    if name not in names():
        raise ConfigurationError(f"unknown model {name!r}; {nearest(name, names())}")
    return _checked(importlib.import_module(f"{__name__}.{name}"))


@cache
def _checked(module: ModuleType) -> ModuleType:
    where = f"src/hpotrial/models/{module.__name__.rpartition('.')[2]}.py"
    for name, said in module.HYPERPARAMETERS.items():
        if not isinstance(said, Hyperparameter):
            raise ConfigurationError(
                f"{where}: HYPERPARAMETERS[{name!r}] is {said!r}: say its default and bounds, as in "
                "Whole(16, least=1, most=1000)"
            )
    if not callable(getattr(module, "build", None)):
        raise ConfigurationError(f"{where} has no function build(configuration, input_shape, n_classes): add it")
    said = getattr(module, "LIBRARY", "keras")
    if said not in LIBRARIES:
        raise ConfigurationError(f"{where}: LIBRARY is {said!r}; {nearest(said, LIBRARIES)}")
    return module


def library(name: str) -> str:
    """The library that a model is built with: ``keras`` or ``sklearn``."""
    return getattr(load(name), "LIBRARY", "keras")


def packages(name: str) -> tuple[str, ...]:
    """The packages that a model is built with."""
    return LIBRARIES[library(name)]


def epochs_name(name: str) -> str:
    """The hyperparameter of a model that says how long a fit trains, in passes over the training rows."""
    return getattr(load(name), "EPOCHS", "epochs")


def hyperparameters(name: str) -> dict[str, Hyperparameter]:
    """The hyperparameters that a model accepts, those of Keras's ``fit`` included."""
    of_fit = FIT_HYPERPARAMETERS if library(name) == "keras" else {}
    return {**load(name).HYPERPARAMETERS, **of_fit}


def defaults(name: str) -> dict[str, Any]:
    """The value of each hyperparameter of a model where nothing else says one."""
    return {hyperparameter: said.default for hyperparameter, said in hyperparameters(name).items()}


def check(name: str, values: Mapping[str, Any]) -> None:
    """Look at values of a model's hyperparameters, by their bounds and by the model's own ``check``.

    Parameters
    ----------
    name : str
        The model's.
    values : mapping
        Names of hyperparameters that the model has, not necessarily all, to values.

    Raises
    ------
    ConfigurationError
        If the model cannot be built with one of them, in one line.
    """
    module, known = load(name), hyperparameters(name)
    for hyperparameter, value in values.items():
        known[hyperparameter].check(hyperparameter, value)
    if hasattr(module, "check"):
        module.check(values)
