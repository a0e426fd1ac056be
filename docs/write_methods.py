"""Write the table of methods in config/README.md anew: ``PYTHONPATH=src python docs/write_methods.py``."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from dataclasses import Field, astuple, fields
from pathlib import Path
from typing import Any

from annotated_types import Ge, GroupedMetadata, Gt, Le, Lt

from hpotrial import methods
from hpotrial.search.method import Method

PAGE = Path(__file__).parents[1] / "config" / "README.md"


def table() -> str:
    """A row for each method: its options with defaults and what they may be, what it tunes, what it selects on."""
    rows = ["| method | options | tunes models of | selects on |", "| --- | --- | --- | --- |"]
    for name in methods.names():
        method = methods.load(name)
        options = ", ".join(_option(method, field) for field in fields(method)) or "none"
        extra = f" (extra `{method.extra}`)" if method.extra else ""
        cells = [f"`{name}`{extra}", options, ", ".join(method.libraries), ", ".join(method.cv_kinds)]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def page(text: str) -> str:
    """The manual with what stands between the table's markers written anew."""
    return re.sub(
        r"<!-- methods -->\n.*?<!-- end -->", f"<!-- methods -->\n{table()}\n<!-- end -->", text, flags=re.DOTALL
    )


def _option(method: type[Method], field: Field[Any]) -> str:
    kind = typing.get_type_hints(method, include_extras=True)[field.name]
    may_be = " or ".join(word for member in _members(kind) for word in _words(member))
    return f"`{field.name}: {_written(field.default)}`" + (f" ({may_be})" if may_be not in ("", "`null`") else "")


def _members(kind: Any) -> tuple[Any, ...]:
    """The types of which a value may have any."""
    return typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)


def _words(kind: Any) -> Iterator[str]:
    """What a value of a type may be, where that is more than the type."""
    if typing.get_origin(kind) is typing.Literal:
        yield from (f"`{_written(word)}`" for word in typing.get_args(kind))
    elif kind is types.NoneType:
        yield "`null`"
    elif typing.get_origin(kind) is typing.Annotated:
        said: list[Any] = [
            one for part in kind.__metadata__ for one in (part if isinstance(part, GroupedMetadata) else [part])
        ]
        words = {Ge: "from", Gt: "above", Le: "to", Lt: "below"}
        yield " ".join(f"{words[type(bound)]} {astuple(bound)[0]}" for bound in said)


def _written(value: Any) -> str:
    """A value as YAML writes it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
