"""A method's options held against the signature of its ``search``."""

import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any

from hpotrial.core.errors import ConfigurationError, nearest

# what an arm may say beside its method's options
ARM_KEYS = (
    "method", "cv", "model", "fixed", "space", "training", "metric", "budget", "train_share", "seeds", "refit",
    "optional", "plan_only",
)  # fmt: skip
# trials, generations, epochs: a million of anything is a slip of the pen
LARGEST_OPTION = 1_000_000
_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    types.NoneType: "null",
}


def check_options(where: str, method: str, given: Mapping[str, Any], known: Mapping[str, inspect.Parameter]) -> None:
    """Check that every given option exists and has the type that the method's signature says.

    Parameters
    ----------
    where
        The place in the configuration, for the message.
    given, known
        The options of the configuration, and the method's keyword-only parameters by name.

    Raises
    ------
    ConfigurationError
        Naming the nearest option where one is unknown, and the type where one has the wrong type.
    """
    for name, value in given.items():
        if name not in known:
            raise ConfigurationError(
                f"{where}: unknown option {name!r} of the method {method!r}; {nearest(name, [*known, *ARM_KEYS])}"
            )
        annotation = known[name].annotation
        if annotation is not inspect.Parameter.empty and not _fits(value, annotation):
            raise ConfigurationError(f"{where}.{name}: must be {_words(annotation)}, not {value!r}")
        if isinstance(value, int | float) and not abs(value) <= LARGEST_OPTION:
            raise ConfigurationError(f"{where}.{name}: must be at most {LARGEST_OPTION:,}, not {value!r}")
    for name, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and name not in given:
            raise ConfigurationError(f"{where}: the method {method!r} needs the option {name!r}")


def _members(annotation: Any) -> tuple[Any, ...] | None:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return None


def _fits(value: Any, annotation: Any) -> bool:
    members = _members(annotation)
    if members is not None:
        return any(_fits(value, member) for member in members)
    if typing.get_origin(annotation) is typing.Literal:
        return any(type(value) is type(allowed) and value == allowed for allowed in typing.get_args(annotation))
    if annotation is None:
        return value is None
    if annotation is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    # bool is a subclass of int in Python, but `n_iter: true` is a mistake
    return type(value) is annotation


def _words(annotation: Any) -> str:
    members = _members(annotation)
    if members is not None:
        return " or ".join(_words(member) for member in members)
    if typing.get_origin(annotation) is typing.Literal:
        return "one of " + ", ".join(repr(allowed) for allowed in typing.get_args(annotation))
    return _WORDS.get(types.NoneType if annotation is None else annotation, str(annotation))
