"""Records as JSON and as rows of tables: each field of a record says once what it means, and all else follows.

A record is a frozen dataclass whose recorded fields are made by :func:`column`. From it follow the keys of its JSON
(:func:`to_json`, :func:`from_json`), the columns of its table (:func:`columns`, :func:`row`) and what the pages say of
them (:func:`described`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false", bytes: "bits"}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
        What it is called.
    kind : type
        One of ``TYPES``; every value may be absent.
    says : str
        What it means, and in which unit.
    """

    name: str
    kind: type
    says: str


def column(
    says: str,
    of: Callable[[Any], Any] | None = None,
    *,
    name: str | None = None,
    prefix: str | None = None,
    keys: tuple[str, ...] = (),
    text: Callable[[Any], str] | None = None,
    in_table: bool = True,
    **default: Any,
) -> Any:
    """A field of a record that is recorded.

    Parameters
    ----------
    says : str
        What it means, and in which unit; one line, for the documentation.
    of : callable, optional
        Finds the value in what is recorded, for :func:`recorded`.
    name : str, optional
        What the column is called; by default as the field.
    prefix : str, optional
        Of a field that is a record or a mapping: put before the names of its columns. A record with a prefix has its
        keys among those of the record that it is in.
    keys : tuple of str
        Of a field that is a mapping: its keys, each with a column of its own.
    text : callable, optional
        Writes a mapping or a tuple into one column; by default as JSON with sorted keys.
    in_table : bool
        Whether it has columns; if not, it is in the JSON only.
    **default
        ``default`` or ``default_factory``, as of ``dataclasses.field``.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Nap:
    ...     minutes: float = column("how long it was", lambda sleeper: sleeper.slept / 60)
    >>> [(one.name, one.kind.__name__, one.says) for one in columns(Nap)]
    [('minutes', 'float', 'how long it was')]
    >>> from_json(Nap, to_json(Nap(20.0)))
    Nap(minutes=20.0)
    """
    told = {"says": says, "of": of, "name": name, "prefix": prefix, "keys": keys, "text": text, "in_table": in_table}
    return field(metadata=told, **default)


def described(record: type) -> Iterator[tuple[str, str, str]]:
    """Of each key of a record's JSON: what it is called, its type, what it means; keys of records in it have a dot."""
    for name, told, hint in _fields(record):
        bare = _without_none(hint)
        inner = next((one for one in (bare, *get_args(bare)) if is_dataclass(one)), None)
        if told["keys"]:
            yield name, "object", f"{', '.join(f'`{key}`' for key in told['keys'])} {told['says']}"
        elif inner is None:
            yield name, TYPES.get(bare, "object" if get_origin(bare) is not tuple else "list"), told["says"]
        elif told["prefix"] is not None:
            yield from described(inner)  # type: ignore[arg-type]
        else:
            yield name, "object" if bare is inner else "list", told["says"]
            below = f"{name}." if bare is inner else f"{name}[]."
            yield from ((below + key, kind, says) for key, kind, says in described(inner))  # type: ignore[arg-type]


def recorded(record: type[Record], source: Any) -> Record:
    """A record whose fields find their values in ``source``, each by its ``of``."""
    return record(**{name: told["of"](source) for name, told, _ in _fields(record)})


def columns(record: type) -> Iterator[Column]:
    """The columns of a record's table, in the order of its fields."""
    for name, told, hint in _fields(record):
        prefix, bare = told["prefix"] or "", _without_none(hint)
        if not told["in_table"]:
            continue
        if is_dataclass(hint):
            above = f"{told['says']}: " if prefix else ""
            yield from (
                Column(prefix + one.name, one.kind, above + one.says)
                for one in columns(hint)  # type: ignore[arg-type]
            )
        elif told["keys"]:
            yield from (Column(prefix + key, float, f"`{key}` {told['says']}") for key in told["keys"])
        else:
            yield Column(told["name"] or name, bare if bare in TYPES else str, told["says"])


def row(record: Any) -> dict[str, Any]:
    """A record as a row of its table."""
    found: dict[str, Any] = {}
    for name, told, _ in _fields(type(record)):
        prefix, value = told["prefix"] or "", getattr(record, name)
        if not told["in_table"]:
            continue
        if is_dataclass(value):
            found |= {prefix + key: inner for key, inner in row(value).items()}
        elif told["keys"]:
            found |= {prefix + key: value and value[key] for key in told["keys"]}
        elif isinstance(value, Mapping | tuple):
            found[told["name"] or name] = (told["text"] or _sorted_json)(value)
        else:
            found[told["name"] or name] = value
    return found


def to_json(record: Any) -> dict[str, Any]:
    """A record as a JSON object; the keys in the order of its fields."""
    found: dict[str, Any] = {}
    for name, told, _ in _fields(type(record)):
        value = _plain(getattr(record, name))
        found |= value if told["prefix"] is not None and not told["keys"] else {name: value}
    return found


def from_json(record: type[Record], found: Mapping[str, Any]) -> Record:
    """A record from what :func:`to_json` made of it.

    Raises
    ------
    ValueError
        A key is missing, a key is there that no field knows, or a value is not of its field's type; it says which.
    """
    if not isinstance(found, Mapping):
        raise ValueError(f"{found!r} is no JSON object")
    keys = _keys(record)
    if unknown := sorted(set(found) - set(keys)):
        raise ValueError(f"it has {', '.join(unknown)}, which {record.__name__} does not know")
    if missing := [key for key in keys if key not in found]:
        raise ValueError(f"it lacks {', '.join(missing)}")
    values = {}
    for name, told, hint in _fields(record):
        if _inlined(told, hint):
            values[name] = from_json(hint, {key: found[key] for key in _keys(hint)})
        else:
            values[name] = _checked(name, hint, found[name])
            if told["keys"] and values[name] is not None and set(values[name]) != set(told["keys"]):
                raise ValueError(f"{name} has {', '.join(sorted(values[name]))}; {', '.join(told['keys'])} are known")
    return record(**values)


def _fields(record: Any) -> tuple[tuple[str, Mapping[str, Any], Any], ...]:
    """Of each recorded field: its name, what was said of it, its type."""
    return _read_fields(record)


@cache
def _read_fields(record: Any) -> tuple[tuple[str, Mapping[str, Any], Any], ...]:
    hints = get_type_hints(record)
    return tuple((one.name, one.metadata, hints[one.name]) for one in fields(record) if "says" in one.metadata)


def _keys(record: Any) -> list[str]:
    return [key for name, told, hint in _fields(record) for key in (_keys(hint) if _inlined(told, hint) else [name])]


def _inlined(told: Mapping[str, Any], hint: Any) -> bool:
    return told["prefix"] is not None and is_dataclass(hint)


def _sorted_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return to_json(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    (bare,) = [one for one in get_args(hint) if one is not type(None)]
    return bare


def _checked(name: str, hint: Any, value: Any) -> Any:
    bare = _without_none(hint)
    if value is None and bare is not hint:
        return None
    if is_dataclass(bare):
        return from_json(bare, value)  # type: ignore[arg-type]
    if bare is bytes:
        try:
            return base64.b64decode(value, validate=True)
        except (TypeError, ValueError):
            raise ValueError(f"{name} is {str(value)[:40]!r}, no bits in base64") from None
    if bare in TYPES:
        right = isinstance(value, (int, float) if bare is float else bare)
        if not right or (isinstance(value, bool) and bare is not bool):
            raise ValueError(f"{name} is {value!r}, no {TYPES[bare]}")
        return bare(value)
    if get_origin(bare) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{name} is {value!r}, not a list")
        return tuple(_checked(name, get_args(bare)[0], item) for item in value)
    if not isinstance(value, dict):
        raise ValueError(f"{name} is {value!r}, not an object")
    return value
