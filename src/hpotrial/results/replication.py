"""Documented accuracies held against what the same configurations reach here: would a new run land where theirs did?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from hpotrial.core import parquet, paths
from hpotrial.core.columns import from_json, row
from hpotrial.core.documented import DocumentedRow, read_documented
from hpotrial.core.errors import DataError
from hpotrial.core.files import read_json
from hpotrial.core.records import MISSING, OK, ComparedAccuracy, ComparedRow, Cost, ReplicatedFit, ReplicatedRow, tables
from hpotrial.results.statistics.intervals import mean_interval, prediction_interval
from hpotrial.results.tables import Tables

CONFIDENCE = 0.95
# what the document prints, and what it is here: each with a mean, a spread, an interval and a verdict of its own
ACCURACIES = ("validation", "train")

# the model that is document 004's network, and our names of its hyperparameters
MODEL = "mlp"
_OUR_NAMES = {"lr": "learning_rate", "hidden_size": "neurons", "batch_size": "batch_size"}


def compare(documented: DocumentedRow, replicated: ReplicatedRow | None) -> ComparedRow:
    """One row of the table.

    ``inside`` is None, and ``note`` says why, for a stand-in, for fewer than two fits, and where a fit failed: the
    document prints whatever a run ended in, so that the fits which ended well are no fair sample.

    Parameters
    ----------
    documented : DocumentedRow
        What the document says.
    replicated : ReplicatedRow or None
        What became of it here; None if it has not been trained.
    """
    fits = replicated.fits if replicated else ()
    bad = [fit for fit in fits if fit.status != OK]
    status = bad[0].status if bad else OK
    if replicated is None or not fits:
        status, note = MISSING, "not trained"
    elif replicated.standin:
        note = "stand-in data"
    elif bad:
        note = f"{len(bad)} of {len(fits)} fits failed: {bad[0].message}"
    else:
        note = "" if len(fits) > 1 else "an interval needs at least two fits"
    cost = sum((fit.cost for fit in fits), Cost())
    return ComparedRow(
        row=documented,
        dataset=replicated.dataset if replicated else None,
        standin=replicated.standin if replicated else None,
        n_train=replicated.n_train if replicated else None,
        n_test=replicated.n_test if replicated else None,
        status=status,
        note=note,
        fits=len(fits),
        failed=len(bad),
        validation=_accuracy("validation", documented, fits, comparable=not note),
        train=_accuracy("train", documented, fits, comparable=not note),
        examples=cost.examples,
        wall_seconds=cost.wall_seconds,
        cpu_seconds=cost.cpu_seconds,
        compile_seconds=cost.compile_seconds,
    )


def _accuracy(
    name: str, documented: DocumentedRow, fits: Sequence[ReplicatedFit], comparable: bool
) -> ComparedAccuracy:
    theirs = getattr(documented, f"{name}_accuracy")
    ours = prediction_interval([getattr(fit, f"{name}_accuracy") for fit in fits if fit.status == OK], CONFIDENCE)
    inside = None
    if comparable and theirs is not None and ours.low is not None and ours.high is not None:
        inside = ours.low <= theirs <= ours.high
    return ComparedAccuracy(theirs, **vars(ours), inside=inside)


def write_table(
    documented: Sequence[DocumentedRow], folder: Path, parquet_path: Path, csv_path: Path
) -> list[ComparedRow]:
    """Compare every documented row, write the table in both forms, and return its rows.

    Parameters
    ----------
    documented : sequence of DocumentedRow
        The rows, in the order of the table.
    folder : Path
        Where ``row{number}.json`` lies for each row that was trained; a file made for other values counts as missing.
    parquet_path, csv_path : Path
        What is written.

    Raises
    ------
    DataError
        A row's file cannot be read.
    """
    rows = [compare(one, _read(folder / f"{paths.ROW.format(row=one.number)}.json", one)) for one in documented]
    parquet.write(parquet.table(tables()[paths.REPLICATION], map(row, rows)), parquet_path, csv_path)
    return rows


def _read(path: Path, documented: DocumentedRow) -> ReplicatedRow | None:
    if not path.exists():
        return None
    try:
        found = from_json(ReplicatedRow, read_json(path))
    except ValueError as error:
        raise DataError(f"{path} cannot be read ({error}): delete it and run the workflow again") from None
    return found if found.row == documented else None


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
