"""JSON schemas for editors, made of the descriptions that files are checked by.

``study.schema.json`` is for a whole study, ``extension.schema.json`` for one that extends another and need say nothing
twice, ``claims.schema.json`` for a registry of claims.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen
from pydantic import BaseModel, TypeAdapter

from hpotrial.core.files import write_json
from hpotrial.datasets import kinds
from hpotrial.study.written import (
    ClaimId,
    Count,
    Equivalence,
    Fact,
    Ratio,
    RegistryFile,
    ReplicationInterval,
    ScoreInterval,
    StudyFile,
    Superiority,
)

Schema = dict[str, Any]
_EXTENDS = {"type": "string", "minLength": 1, "description": "The file that this one changes, relative to its folder."}


class _Registry(RegistryFile):
    __doc__ = RegistryFile.__doc__

    claims: Annotated[
        dict[ClaimId, Superiority | Equivalence | Ratio | Count | ReplicationInterval | ScoreInterval | Fact],  # type: ignore[assignment]
        MinLen(1),
    ]


def json_schemas() -> dict[str, Schema]:
    """The schemas by the names of their files."""
    whole, claims = _with_kinds(_of(StudyFile)), _of(_Registry)
    extension = _without_needs(whole)
    extension["properties"] = {"extends": _EXTENDS, **extension["properties"]}
    for part, entry in (("StudyFile", "datasets"), ("DatasetEntry", "arms")):
        properties = (extension["$defs"].get(part) or extension)["properties"]
        for pattern, found in properties[entry].get("patternProperties", {}).items():
            properties[entry]["patternProperties"][pattern] = {"anyOf": [found, {"type": "null"}]}
    return {"study.schema.json": whole, "extension.schema.json": extension, "claims.schema.json": claims}


def write(folder: Path) -> None:
    """Write each schema to a file of its name in a folder, which is made if need be."""
    for name, schema in json_schemas().items():
        write_json(folder / name, schema, indent=2)


def _of(description: type[BaseModel]) -> Schema:
    made: Schema = _tidy(description.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _with_kinds(study: Schema) -> Schema:
    """With the keys that each kind of dataset has, and no other."""
    dataset = study["$defs"]["DatasetEntry"]
    for kind in kinds.names():
        said = _tidy(TypeAdapter(kinds.load(kind)).json_schema())["properties"]
        dataset["properties"] |= {key: said[key] for key in kinds.keys_of(kind)}
    dataset["properties"]["kind"]["enum"] = kinds.names()
    return {**study, "$defs": {**study["$defs"], "DatasetEntry": {**dataset, "additionalProperties": False}}}


def _tidy(part: Any) -> Any:
    """Without the titles that say a key's name again, and without null where a key is simply absent."""
    if isinstance(part, list):
        return [_tidy(one) for one in part]
    if not isinstance(part, dict):
        return part
    nullable = {"type": "null"} in part.get("anyOf", ())
    absent = [key for key in ("default",) if key in part and part[key] is None and not nullable]
    titles = [key for key in ("title",) if isinstance(part.get(key), str)]
    return {key: _tidy(value) for key, value in part.items() if key not in (*absent, *titles)}


def _without_needs(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_needs(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {key: _without_needs(value) for key, value in part.items() if key != "required"}
