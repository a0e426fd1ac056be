"""The registry of claims, read from ``config/claims.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hpotrial.core.claims import ALPHA, MARGINS, POWER, Cell, Claim, Registry
from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.core.schema import SCHEMA_FILE, check_schema
from hpotrial.study import read_study_file

CLAIMS_SCHEMA = SCHEMA_FILE.with_name("claims.schema.json")
_SETTINGS = (
    "metric", "scores", "sides", "cost", "expected", "quantity", "tolerance", "score", "value", "replication", "fact",
)  # fmt: skip


def load(path: str | Path) -> Registry:
    """Read a registry.

    Raises
    ------
    ConfigurationError
        One line: what is wrong in the file, and where.
    """
    text = read_study_file(path)
    try:
        check_schema(text, CLAIMS_SCHEMA)
        margins = {**MARGINS, **text.get("margins", {})}
        claims = {name: _claim(name, said, margins) for name, said in text["claims"].items()}
        claims = _symmetric(claims)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return Registry(str(path), text.get("alpha", ALPHA), text.get("power", POWER), claims, margins=margins)


def _claim(name: str, said: Mapping[str, Any], margins: Mapping[str, float]) -> Claim:
    where = f"claims.{name}"
    kind = said["kind"]
    settings = {key: said[key] for key in _SETTINGS if key in said}
    cells = {role: _cells(f"{where}.{role}", said[role]) for role in ("a", "b", "of") if role in said}
    fact = settings.get("fact", {})
    of_fact = fact.get("of") or fact.get("importance", {}).get("of")
    if of_fact:
        cells["of"] = _cells(f"{where}.fact.of", of_fact)
    bound = settings.get("expected")
    for value in (bound or {}).values() if isinstance(bound, Mapping) else ():
        if isinstance(value, Mapping):
            cells["expected"] = _cells(f"{where}.expected", value["of"])
    if kind in ("superiority", "equivalence") and cells["a"] == cells["b"] and not _two_scores(settings):
        raise ConfigurationError(f"{where}: compares {said['a']!r} with itself; name another cell, or two scores")
    if len(cells.get("b", ())) != len(set(cells.get("b", ()))):
        raise ConfigurationError(f"{where}.b: names a cell twice")
    if kind == "equivalence" and len(cells["b"]) > 1:
        raise ConfigurationError(f"{where}.b: an equivalence is of two cells; give one")
    return Claim(
        id=name,
        sources=tuple(said["sources"]),
        statement=said["statement"],
        kind=kind,
        cells=cells,
        settings=settings,
        margin=said.get("margin", margins["cost" if kind == "ratio" else "score"]),
        primary=said.get("primary", True),
        contradicts=tuple(said.get("contradicts", ())),
        note=said.get("note", {}),
    )


def _two_scores(settings: Mapping[str, Any]) -> bool:
    return all(isinstance(score, Mapping) and score["a"] != score["b"] for score in settings["scores"].values())


def _cells(where: str, said: str | list[str]) -> tuple[Cell, ...]:
    try:
        return tuple(Cell.of(text) for text in ([said] if isinstance(said, str) else said))
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from None


def _symmetric(claims: Mapping[str, Claim]) -> dict[str, Claim]:
    """A claim that contradicts another is contradicted by it."""
    against: dict[str, set[str]] = {name: set(claim.contradicts) for name, claim in claims.items()}
    for name, claim in claims.items():
        for other in claim.contradicts:
            if other not in claims:
                raise ConfigurationError(
                    f"claims.{name}.contradicts: there is no claim {other!r}; {nearest(other, claims)}"
                )
            if other == name:
                raise ConfigurationError(f"claims.{name}.contradicts: a claim cannot contradict itself")
            against[other].add(name)
    return {
        name: replace(claim, contradicts=tuple(one for one in claims if one in against[name]))
        for name, claim in claims.items()
    }
