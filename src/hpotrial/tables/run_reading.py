"""One run as it lies on disk: found, read, and refused where it contradicts the plan."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hpotrial.tables.schema import FAILURES, RUN_SCHEMA, TRIAL_SCHEMA

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


def read_run(folder: Path, planned: dict[str, Any]) -> tuple[dict[str, Any], pa.Table | None, dict[str, str]]:
    """The row of one run, its trials if there are any, and the package versions that it recorded."""
    blank = dict.fromkeys(RUN_SCHEMA.names) | planned
    try:
        text = (folder / "outcome.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return blank | {"status": "missing", "message": "no outcome.json was found"}, None, {}
    except (OSError, UnicodeDecodeError) as error:
        return blank | {"status": "unreadable", "message": f"outcome.json: {error}"}, None, {}
    try:
        outcome = json.loads(text)
        row = {item.name: _read_value(item, outcome.get(item.name)) for item in RUN_SCHEMA}
        if wrong := [key for key, value in planned.items() if row[key] != value]:
            raise ValueError(f"it says {wrong[0]} {row[wrong[0]]}, the plan says {planned[wrong[0]]}")
        if row["status"] not in ("ok", *FAILURES):
            raise ValueError(f"unknown status {row['status']}")
        versions = dict(outcome.get("versions") or {})
    except (ValueError, TypeError, AttributeError) as error:
        return blank | {"status": "unreadable", "message": f"outcome.json: {error}"}, None, {}
    try:
        trials = pq.ParquetFile(folder / "trials.parquet").read().select(TRIAL_SCHEMA.names).cast(TRIAL_SCHEMA)
    except (OSError, KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if row["status"] != "ok":  # a search that broke early has no trials to show
            return row, None, versions
        reason = str(error).splitlines()[0]
        return blank | {"status": "unreadable", "message": f"trials.parquet: {reason}"}, None, {}
    return row, trials.sort_by("trial").replace_schema_metadata(None), versions


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
