"""Documented accuracies held against what the same configurations reach here: would a new run land where theirs did?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from hpotrial.core.documented import DocumentedRow, read_documented
from hpotrial.core.files import read_json
from hpotrial.core.records import OK
from hpotrial.results.statistics.intervals import mean_interval, prediction_interval
from hpotrial.results.tables import Tables

CONFIDENCE = 0.95
MISSING = "missing"
# what the document prints, and what it is here: each with a mean, a spread, an interval and a verdict of its own
ACCURACIES = ("validation", "train")

# the model that is document 004's network, and our names of its hyperparameters
MODEL = "mlp"
_OUR_NAMES = {"lr": "learning_rate", "hidden_size": "neurons", "batch_size": "batch_size"}
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


def beside_document(documented_csv: Path, tables: Tables, dataset: str, standin: bool) -> dict[str, Any]:
    """The document's grid, cell by cell, and its best of each method, with what this study found.

    Accuracies are shares of 1. Cells are compared with the trials of `grid_loop` at cv-setting `test`, which ran the
    same configuration for the same number of epochs: mean and standard deviation over seeds. For a stand-in nothing of
    ours is given: it says nothing about the document's data.
    """
    documented = pd.DataFrame(map(asdict, read_documented(documented_csv)))
    # as they are printed: per cent with two decimals
    documented["printed"] = (100 * documented["validation_accuracy"]).round(2)
    runs = tables.runs[(tables.runs["dataset"] == dataset) & (tables.runs["status"] == "ok")]
    # arms that tune another network have nothing to do with the document's
    others = set(runs.loc[runs["model"].fillna(MODEL) != MODEL, "arm"])
    trials = tables.trials[(tables.trials["dataset"] == dataset) & ~tables.trials["arm"].isin(others)]
    trials = trials[(trials["method"] == "grid_loop") & (trials["cv"] == "test")]
    trials = trials[(trials["status"] == "ok") & trials["score"].notna() & (not standin)]
    keys = [_key(json.loads(text), budget) for text, budget in trials[["configuration", "budget_epochs"]].to_numpy()]
    cells = [
        {name: cell[name] for name in (*_OUR_NAMES, "epochs")}
        | {"documented": cell["printed"] / 100}
        | _spread(trials.loc[[key == _cell_key(cell) for key in keys]])
        for cell in documented[documented["method"] == "grid"].to_dict("records")
    ]
    best = documented.groupby("method", sort=False)["printed"]
    arms = tables.arms[(tables.arms["dataset"] == dataset) & (tables.arms["seeds"] > 0)]
    arms = arms[~arms["arm"].isin(others)]
    methods = [
        {
            "method": str(method),
            "printed": int(count),
            "documented": top / 100,
            "ours": [] if standin else _arms_like(str(method), arms),
        }
        for method, count, top in zip(best.size().index, best.size(), best.max(), strict=True)
    ]
    return {"cells": cells, "methods": methods, "n_train": sorted(runs["n_train"].dropna().astype(int).unique())}


def _key(configuration: dict[str, Any], epochs: int) -> tuple[float | None, ...]:
    values = [configuration.get(name) for name in _OUR_NAMES.values()]
    return (*(float(value) if isinstance(value, int | float) else None for value in values), float(epochs))


def _cell_key(cell: dict[Any, Any]) -> tuple[float, ...]:
    return (*(float(cell[name]) for name in _OUR_NAMES), float(cell["epochs"]))


def _spread(trials: pd.DataFrame) -> dict[str, Any]:
    """Mean and standard deviation over seeds of one configuration's score."""
    by_seed = trials.groupby("seed")["score"].mean()
    n, mean, _, _ = mean_interval(by_seed)
    return {"n": n, "mean": mean, "sd": float(by_seed.std(ddof=1)) if n > 1 else None}


def _arms_like(method: str, arms: pd.DataFrame) -> list[dict[str, Any]]:
    """Our arms that search in the document's way: `grid`, `random` and `tpe` are parts of our methods' names."""
    alike = arms.loc[[method in name.split("_") for name in arms["method"]]]
    wanted = ["arm", "cv", "seeds", "trials"] + [
        f"{s}{end}" for s in ("selection", "audit") for end in ("", "_low", "_high")
    ]
    return [{str(key): value for key, value in row.items()} for row in alike[wanted].to_dict("records")]
