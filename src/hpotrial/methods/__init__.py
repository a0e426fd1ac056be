"""How a model is tuned: one file per method, found by its name, which holds one subclass of ``hpotrial.search.Method``.

``docs/extending/method.md`` has a worked example.
"""

from __future__ import annotations

from hpotrial.core import plugins
from hpotrial.core.configuration import Arm
from hpotrial.search.method import Method


def names() -> list[str]:
    """The methods' names: the files of this folder."""
    return plugins.names(__path__)


def load(name: str) -> type[Method]:
    """The class of a method; calling it with options makes a search of them.

    Raises
    ------
    ModuleNotFoundError
        If there is no such file.
    ConfigurationError
        If the file does not define just one method.

    Examples
    --------
    >>> load("sklearn_random")(n_iter=5)
    SklearnRandom(n_iter=5)
    """
    return plugins.the_class(f"{__name__}.{name}", Method)  # type: ignore[type-abstract]


def of(arm: Arm) -> Method:
    """An arm's method with its options."""
    return load(arm.method)(**arm.options)
