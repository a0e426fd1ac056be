"""The figures that document 004 prints for MNIST, beside those of this study."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from hpotrial.core.errors import DataError
from hpotrial.results import Tables, mean_interval

# its network is this model
MODEL = "mlp"
# the document's names of the hyperparameters, and ours
_NAMES = {"lr": "learning_rate", "hidden_size": "neurons", "batch_size": "batch_size"}
_COLUMNS = ["method", *_NAMES, "epochs", "validation_accuracy"]


def compare(documented_csv: Path, tables: Tables, dataset: str, standin: bool) -> dict[str, Any]:
    """The document's grid, cell by cell, and its best of each method, with what this study found.

    Accuracies are shares of 1. Cells are compared with the trials of `grid_loop` at cv-setting `test`, which ran the
    same configuration for the same number of epochs: mean and standard deviation over seeds. For a stand-in nothing of
    ours is given: it says nothing about the document's data.
    """
    try:
        documented = pd.read_csv(documented_csv, comment="#")[_COLUMNS]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"the documented figures {documented_csv} cannot be read: {error}") from None
    runs = tables.runs[(tables.runs["dataset"] == dataset) & (tables.runs["status"] == "ok")]
    # arms that tune another network have nothing to do with the document's
    others = set(runs.loc[runs["model"].fillna(MODEL) != MODEL, "arm"])
    trials = tables.trials[(tables.trials["dataset"] == dataset) & ~tables.trials["arm"].isin(others)]
    trials = trials[(trials["method"] == "grid_loop") & (trials["cv"] == "test")]
    trials = trials[(trials["status"] == "ok") & trials["score"].notna() & (not standin)]
    keys = [_key(json.loads(text), budget) for text, budget in trials[["configuration", "budget_epochs"]].to_numpy()]
    cells = [
        {name: cell[name] for name in (*_NAMES, "epochs")}
        | {"documented": cell["validation_accuracy"] / 100}
        | _spread(trials.loc[[key == _cell_key(cell) for key in keys]])
        for cell in documented[documented["method"] == "grid"].to_dict("records")
    ]
    best = documented.groupby("method", sort=False)["validation_accuracy"]
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
    values = [configuration.get(name) for name in _NAMES.values()]
    return (*(float(value) if isinstance(value, int | float) else None for value in values), float(epochs))


def _cell_key(cell: dict[Any, Any]) -> tuple[float, ...]:
    return (*(float(cell[name]) for name in _NAMES), float(cell["epochs"]))


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
