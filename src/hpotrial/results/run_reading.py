"""One run as it lies on disk: found, read, and refused where it contradicts the plan."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hpotrial.core.table_schemas import FAILURES, GENERATION_SCHEMA, RUN_SCHEMA, TRIAL_SCHEMA

_READERS = {pa.string(): str, pa.int64(): int, pa.float64(): float}


def run_path(run: dict[Any, Any]) -> str:
    """How a run is called, and its folder below the runs: ``{dataset}/{arm}/{cv}/seed{seed}``."""
    return f"{run['dataset']}/{run['arm']}/{run['cv']}/seed{run['seed']}"


def found(folder: Path, depth: int = 4) -> Iterator[str]:
    """Names of the runs on disk: folders `depth` levels down that hold an outcome."""
    paths = [""]
    for _ in range(depth):
        paths = [
            f"{path}{entry.name}/"
            for path in paths
            if os.path.isdir(folder / path)
            for entry in os.scandir(folder / path)
            if entry.is_dir()
        ]
    yield from (path[:-1] for path in paths if os.path.exists(folder / path / "outcome.json"))


@dataclass(frozen=True)
class FoundRun:
    """What a planned run left behind.

    Attributes
    ----------
    row
        Its row of the table of runs; ``status`` says ``missing`` or ``unreadable`` where there is no outcome to trust.
    trials
        Its trials; None where there are none to show.
    generations
        Its rows of the table of generations; most methods have none.
    versions
        The version of each package that it recorded.
    """

    row: dict[str, Any]
    trials: pa.Table | None = None
    generations: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)


def read_run(folder: Path, planned: dict[str, Any]) -> FoundRun:
    """Read the run in ``folder``, which the plan gives the values ``planned``."""
    blank = dict.fromkeys(RUN_SCHEMA.names) | planned
    try:
        text = (folder / "outcome.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return FoundRun(blank | {"status": "missing", "message": "no outcome.json was found"})
    except (OSError, UnicodeDecodeError) as error:
        return FoundRun(blank | {"status": "unreadable", "message": f"outcome.json: {error}"})
    try:
        outcome = json.loads(text)
        flat = outcome | {
            f"{part}_{metric}": value
            for part in ("test", "audit")
            for metric, value in (outcome.get(f"{part}_metrics") or {}).items()
        }
        row = {item.name: _read_value(item, flat.get(item.name)) for item in RUN_SCHEMA}
        if wrong := [key for key, value in planned.items() if row[key] != value]:
            raise ValueError(f"it says {wrong[0]} {row[wrong[0]]}, the plan says {planned[wrong[0]]}")
        if row["status"] not in ("ok", *FAILURES):
            raise ValueError(f"unknown status {row['status']}")
        generations = [_read_generation(row, told) for told in outcome.get("generations") or []]
        versions = dict(outcome.get("versions") or {})
    except (ValueError, TypeError, AttributeError) as error:
        return FoundRun(blank | {"status": "unreadable", "message": f"outcome.json: {error}"})
    try:
        trials = pq.ParquetFile(folder / "trials.parquet").read().select(TRIAL_SCHEMA.names).cast(TRIAL_SCHEMA)
    except (OSError, KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if row["status"] != "ok":  # a search that broke early has no trials to show
            return FoundRun(row, None, generations, versions)
        reason = str(error).splitlines()[0]
        return FoundRun(blank | {"status": "unreadable", "message": f"trials.parquet: {reason}"})
    return FoundRun(row, trials.sort_by("trial").replace_schema_metadata(None), generations, versions)


def _read_generation(row: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    values = {**row, **told, "generation": told.get("number")}
    read = {item.name: _read_value(item, values.get(item.name)) for item in GENERATION_SCHEMA}
    if read["generation"] is None:
        raise ValueError("a generation has no number")
    return read


def _read_value(item: pa.Field, value: Any) -> Any:
    if value is None:
        return None
    if item.name == "configuration":
        return json.dumps(value, sort_keys=True)
    if item.type == pa.bool_():
        if not isinstance(value, bool):
            raise ValueError(f"{item.name} is {value!r}, not true or false")
        return value
    if isinstance(value, dict | list):
        raise ValueError(f"{item.name} is {value!r}, not one value")
    return _READERS[item.type](value)
