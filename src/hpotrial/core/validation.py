"""Plain values held against their description, with one readable line for what is wrong.

A description is a class whose annotations say types and bounds: a pydantic model, or a dataclass. It makes the JSON
schemas for editors, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from hpotrial.core.errors import ConfigurationError, nearest

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Described = TypeVar("Described")
Schema = Mapping[str, Any]

_TYPE_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_BOUNDS = {
    "greater_than_equal": ("must be at least", "ge"),
    "less_than_equal": ("must be at most", "le"),
    "greater_than": ("must be greater than", "gt"),
    "less_than": ("must be less than", "lt"),
}
_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")


class _Exactly:
    """Marks a type that takes no value of another: `true` is no 1, and "1" neither."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return {**handler(source), "strict": True}


Whole = Annotated[int, _Exactly()]
Real = Annotated[float, _Exactly()]


def place(path: Iterable[Any]) -> str:
    """Write a path into the configuration as ``datasets.telecust.arms``."""
    written = (str(part) for part in path)
    return ".".join(part if re.fullmatch(r"[\w-]+", part) else repr(part) for part in written) or "the top level"


def validated(description: type[Described], said: Any, path: Sequence[str] = ()) -> Described:
    """What a description makes of plain values.

    Parameters
    ----------
    description : type
        A pydantic model or a dataclass.
    said : Any
        Mappings, lists, text, numbers, true, false and null.
    path : sequence of str
        Where they stand in the configuration, for messages.

    Raises
    ------
    ConfigurationError
        One line: the place, what is wrong there, and the nearest right word where a word is unknown.

    Examples
    --------
    >>> from pydantic import Field, create_model
    >>> Forest = create_model("Forest", trees=(int, Field(100, ge=1)))
    >>> validated(Forest, {"trees": 0}, ["fixed"])
    Traceback (most recent call last):
    hpotrial.core.errors.ConfigurationError: fixed.trees: must be at least 1, not 0
    """
    from pydantic import ValidationError

    try:
        found: Described = _adapter(cast(Any, description)).validate_python(said)
        return found
    except ValidationError as error:
        faults = [_Fault(description, said, one) for one in error.errors(include_url=False)]
    # an unknown key explains a missing one (a typing error causes both), so it is told first
    first = min(faults, key=lambda fault: (fault.kind not in _UNKNOWN_KEY, [str(part) for part in fault.path]))
    raise ConfigurationError(f"{place([*path, *first.path])}: {first.line()}")


@cache
def _adapter(description: Any) -> TypeAdapter[Any]:
    # a job that checks nothing does not wait for it
    from pydantic import TypeAdapter

    return TypeAdapter(description)


class _Fault:
    """One of pydantic's errors; its path as the file has it, without names of types and a key that is wrong."""

    def __init__(self, description: Any, said: Any, error: Mapping[str, Any]) -> None:
        self.description, self.kind, self.message = description, error["type"], error["msg"]
        self.value, self.context = error["input"], error.get("ctx", {})
        location = list(error["loc"])
        if location[-1:] == ["[key]"]:
            location.pop()
            # of a mapping whose keys are words
            self.kind = "extra_forbidden" if self.kind == "literal_error" else self.kind
            self.key = location.pop()
        elif self.kind == "missing" or self.kind in _UNKNOWN_KEY:
            self.key = location.pop()
        self.path: list[Any] = []
        for part in location:
            if (isinstance(said, Mapping) and part in said) or (isinstance(said, list) and isinstance(part, int)):
                said = said[part]
                self.path.append(part)

    def line(self) -> str:
        """What is wrong, after the place."""
        if self.kind == "missing":
            return f"the key {self.key!r} is missing"
        parts = list(_parts(_adapter(self.description).json_schema(), self.path))
        if self.kind in _UNKNOWN_KEY:
            known = {
                key for part in parts for key in [*part["properties"], *_enumerated(part.get("propertyNames", {}))]
            }
            return f"unknown key {self.key!r}; {nearest(str(self.key), known)}"
        if self.kind in _BOUNDS:
            rule, limit = _BOUNDS[self.kind]
            return f"{rule} {_number(self.context[limit])}, not {self.value!r}"
        if self.kind in ("too_short", "string_too_short"):
            return f"is empty; give at least {self.context['min_length']}"
        if self.kind == "too_long":
            return f"holds {self.context['actual_length']}, not {self.context['max_length']}"
        if self.kind == "string_pattern_mismatch":
            return f"the name {self.value!r} cannot be part of a path; use letters, digits, '_', '-' and single '.'"
        if self.kind == "literal_error":
            known = {word for part in parts for word in _enumerated(part)}
            return f"unknown value {self.value!r}; {nearest(str(self.value), known)}"
        if self.kind.endswith("_type"):
            # in the order of the description, each once
            wanted = " or ".join(dict.fromkeys(_words(part) for part in parts if "type" in part))
            return f"must be {wanted}, not {self.value!r}{_number_hint(self.value, wanted)}"
        return " ".join(self.message.split())


def _parts(schema: Schema, path: Iterable[Any]) -> Iterator[Schema]:
    """What a JSON schema says of the value at a path, one for each type that it may have."""
    parts = list(_alternatives(schema, schema))
    for key in path:
        parts = [found for part in parts for below in _below(part, key) for found in _alternatives(below, schema)]
    return iter(parts)


def _alternatives(part: Schema, root: Schema) -> Iterator[Schema]:
    if "$ref" in part:
        yield from _alternatives(root["$defs"][part["$ref"].rpartition("/")[2]], root)
    for one in [*part.get("anyOf", ()), *part.get("oneOf", ())]:
        yield from _alternatives(one, root)
    if not {"$ref", "anyOf", "oneOf"} & set(part):
        yield {"properties": {}, **part}


def _below(part: Schema, key: Any) -> list[Schema]:
    if key in part["properties"]:
        return [part["properties"][key]]
    rest = [part.get("items"), part.get("additionalProperties"), *part.get("patternProperties", {}).values()]
    return [below for below in rest if isinstance(below, Mapping)]


def _words(part: Schema) -> str:
    """What a value of this part is."""
    return f"one of {', '.join(map(repr, part['enum']))}" if "enum" in part else _TYPE_WORDS[part["type"]]


def _enumerated(part: Schema) -> list[str]:
    return [str(word) for word in part.get("enum", [part["const"]] if "const" in part else [])]


def _number(limit: float) -> str:
    return str(int(limit)) if limit == int(limit) else f"{limit:g}"


def _number_hint(value: Any, wanted: str) -> str:
    """YAML 1.1 reads ``1e-3`` as text; that trap deserves its own words."""
    if "a number" in wanted and isinstance(value, str):
        try:
            return f" (in YAML, write {float(value)!r} with a decimal point, without quotes)"
        except ValueError:
            return ""
    return ""
