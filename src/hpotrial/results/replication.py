"""Documented accuracies held against what the same configurations reach here: would a new run land where theirs did?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from hpotrial.core.documented import DocumentedRow
from hpotrial.core.files import read_json
from hpotrial.core.records import OK
from hpotrial.results.statistics.intervals import prediction_interval

CONFIDENCE = 0.95
MISSING = "missing"
# what the document prints, and what it is here: each with a mean, a spread, an interval and a verdict of its own
ACCURACIES = ("validation", "train")

_CONFIGURATION = ("source", "method", "lr", "hidden_size", "batch_size", "epochs")
SCHEMA = pa.schema(
    [("row", pa.int64()), ("source", pa.string()), ("method", pa.string()), ("lr", pa.float64())]
    + [(name, pa.int64()) for name in ("hidden_size", "batch_size", "epochs")]
    + [("dataset", pa.string()), ("standin", pa.bool_()), ("n_train", pa.int64()), ("n_test", pa.int64())]
    + [("status", pa.string()), ("note", pa.string()), ("fits", pa.int64()), ("failed", pa.int64())]
    + [
        field
        for accuracy in ACCURACIES
        for field in (
            *((f"{accuracy}_{name}", pa.float64()) for name in ("documented", "mean", "sd", "low", "high")),
            (f"{accuracy}_inside", pa.bool_()),
        )
    ]
    + [("examples", pa.int64()), ("wall_seconds", pa.float64()), ("cpu_seconds", pa.float64())]
    + [("compile_seconds", pa.float64())]
)


def compare(documented: DocumentedRow, replicated: Mapping[str, Any] | None) -> dict[str, Any]:
    """One row of the table.

    ``..._inside`` says whether the documented value lies in the interval; it is None, and ``note`` says why, for a
    stand-in, for fewer than two fits, and where a fit failed: the document prints whatever a run ended in, so that the
    fits which ended well are no fair sample.

    Parameters
    ----------
    documented
        What the document says.
    replicated
        What ``fits.replicate`` returned for it; None if it has not been trained.
    """
    row = asdict(documented)
    found: dict[str, Any] = {"row": row["number"], **{name: row[name] for name in _CONFIGURATION}}
    replicated = replicated or {"fits": [], "standin": None}
    fits = replicated["fits"]
    bad = [fit for fit in fits if fit["status"] != OK]
    status = bad[0]["status"] if bad else OK
    if not fits:
        status, note = MISSING, "not trained"
    elif replicated["standin"]:
        note = "stand-in data"
    elif bad:
        note = f"{len(bad)} of {len(fits)} fits failed: {bad[0]['message']}"
    else:
        note = "" if len(fits) > 1 else "an interval needs at least two fits"
    found |= {name: replicated.get(name) for name in ("dataset", "standin", "n_train", "n_test")}
    found |= {"status": status, "note": note, "fits": len(fits), "failed": len(bad)}
    for accuracy in ACCURACIES:
        theirs = row[f"{accuracy}_accuracy"]
        ours = prediction_interval([fit[f"{accuracy}_accuracy"] for fit in fits if fit["status"] == OK], CONFIDENCE)
        inside = None
        if not note and theirs is not None and ours.low is not None and ours.high is not None:
            inside = ours.low <= theirs <= ours.high
        values = {"documented": theirs, **vars(ours), "inside": inside}
        found |= {f"{accuracy}_{name}": value for name, value in values.items()}
    for cost in ("examples", "wall_seconds", "cpu_seconds", "compile_seconds"):
        found[cost] = sum(fit[cost] for fit in fits)
    return found


def write_table(documented: Sequence[DocumentedRow], folder: Path, parquet: Path, csv: Path) -> list[dict[str, Any]]:
    """Compare every documented row, write the table in both forms, and return its rows.

    Parameters
    ----------
    documented
        The rows, in the order of the table.
    folder
        Where ``row{number}.json`` lies for each row that was trained; a file made for other values counts as missing.
    parquet, csv
        What is written.

    Raises
    ------
    DataError
        A row's file cannot be read.
    """
    rows = [compare(row, _read(folder / f"row{row.number}.json", row)) for row in documented]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(table, parquet)
    pyarrow.csv.write_csv(table, csv)
    return rows


def _read(path: Path, row: DocumentedRow) -> dict[str, Any] | None:
    if not path.exists():
        return None
    found = read_json(path, ("row", "fits"))
    return found if found["row"] == asdict(row) else None
