"""A method's options held against its fields: that they exist, their types, their bounds."""

import operator
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from annotated_types import Ge, GroupedMetadata, Gt, Le, Lt

from hpotrial import methods
from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.search.method import Method
from hpotrial.study.written import ArmEntry

# trials, generations, epochs: a million of anything is a slip of the pen
MAX_OPTION = 1_000_000
_BOUNDS: dict[type, tuple[str, str, Callable[[Any, Any], bool]]] = {
    Ge: ("ge", "at least", operator.ge),
    Gt: ("gt", "greater than", operator.gt),
    Le: ("le", "at most", operator.le),
    Lt: ("lt", "less than", operator.lt),
}
_WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false", types.NoneType: "null"}


def types_of(method: type[Method]) -> dict[str, Any]:
    """The type of each option of a method, its bounds in ``Annotated``."""
    hints = typing.get_type_hints(method, include_extras=True)
    return {field.name: hints[field.name] for field in fields(method)}


def check_options(where: str, method: str, given: Mapping[str, Any]) -> None:
    """Check that every given option exists, and is such as the method's fields say.

    Parameters
    ----------
    where : str
        The place in the configuration, for the message.
    method : str
        The method's name.
    given : Mapping
        The options of the configuration.

    Raises
    ------
    ConfigurationError
        Naming the nearest option where one is unknown, the type where one has the wrong type, the bound it breaks.
    """
    loaded = methods.load(method)
    known = types_of(loaded)
    for name, value in given.items():
        if name not in known:
            hint = nearest(name, [*known, *ArmEntry.model_fields])
            raise ConfigurationError(f"{where}: unknown option {name!r} of the method {method!r}; {hint}")
        fault = _fault(value, known[name])
        if fault is not None:
            raise ConfigurationError(f"{where}.{name}: must be {fault}, not {value!r}")
    for field in fields(loaded):
        if field.default is MISSING and field.name not in given:
            raise ConfigurationError(f"{where}: the method {method!r} needs the option {field.name!r}")


def members(kind: Any) -> tuple[Any, ...]:
    """The types of which a value may have any."""
    return typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)


def _fault(value: Any, kind: Any) -> str | None:
    """What a value must be and is not; None if nothing is wrong with it."""
    alike = [member for member in members(kind) if _fits(value, _bare(member))]
    if not alike:
        return " or ".join(_words(_bare(member)) for member in members(kind))
    if isinstance(value, int | float) and not abs(value) <= MAX_OPTION:
        return f"at most {MAX_OPTION:,}"
    broken = next(_broken(value, alike[0]), None)
    return f"{broken}, or null" if broken and types.NoneType in members(kind) else broken


def _bare(kind: Any) -> Any:
    return typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind


def _broken(value: Any, kind: Any) -> Iterator[str]:
    """The bounds of a type that a value breaks, in words."""
    said = typing.get_args(kind)[1:] if typing.get_origin(kind) is typing.Annotated else ()
    for bound in [one for part in said for one in (part if isinstance(part, GroupedMetadata) else [part])]:
        if type(bound) not in _BOUNDS:
            raise TypeError(f"{bound!r} is no bound that options have: Ge, Gt, Le, Lt, Interval")
        name, words, holds = _BOUNDS[type(bound)]
        limit = getattr(bound, name)
        if not holds(value, limit):
            yield f"{words} {limit}"


def _fits(value: Any, kind: Any) -> bool:
    if typing.get_origin(kind) is typing.Literal:
        return any(type(value) is type(allowed) and value == allowed for allowed in typing.get_args(kind))
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    # bool is a subclass of int in Python, but `n_iter: true` is a mistake
    return type(value) is kind


def _words(kind: Any) -> str:
    if typing.get_origin(kind) is typing.Literal:
        return "one of " + ", ".join(repr(allowed) for allowed in typing.get_args(kind))
    return _WORDS.get(kind, str(kind))
