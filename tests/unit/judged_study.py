"""SIMULATED runs with a planted truth, as tables in memory, for tests of what is concluded from them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hpotrial.core.claims import Cell, Claim, Registry
from hpotrial.core.records import tables
from hpotrial.results import Tables

STUDY: dict[str, Any] = {
    "seeds": [],
    "datasets": [{"spec": {"name": "d"}, "left_out": {}}],
    "provenance": {"d": {"documented_train_rows": None, "standin": False}},
}
NO_PLAN = pd.DataFrame(columns=["dataset", "arm", "cv", "seed", "plan_only", "trials", "epochs", "seconds"])


def tables_of(
    cells: dict[str, dict[str, Any]], trials: pd.DataFrame | None = None, repeats: pd.DataFrame | None = None
) -> Tables:
    """Tables whose runs have these columns, by cell; a column is a value, or one per seed."""
    frames = []
    for name, columns in cells.items():
        dataset, arm, cv = name.split("/")
        size = max(len(values) for values in columns.values() if isinstance(values, (list, np.ndarray)))
        frame = pd.DataFrame({"seed": range(size), **columns}).assign(dataset=dataset, arm=arm, method=arm, cv=cv)
        frames.append(
            frame.assign(
                **{
                    key: value
                    for key, value in {
                        "status": "ok", "standin": False, "metric": "accuracy", "n_train": 640, "n_audit": 160,
                        "message": "",
                    }.items()
                    if key not in frame
                }
            )
        )  # fmt: skip
    made = Tables(Path("nowhere"))
    runs = pd.concat(frames, ignore_index=True)
    of_runs, of_trials, of_repeats = ([one.name for one in tables()[name]] for name in ("runs", "trials", "repeats"))
    made.__dict__["rows"] = pd.DataFrame(columns=[one.name for one in tables()["rows"]])
    made.__dict__["runs"] = runs.reindex(columns=[*runs.columns, *(set(of_runs) - set(runs.columns))])
    told = pd.DataFrame(columns=of_trials) if trials is None else trials
    made.__dict__["trials"] = told if "repeat" in told else told.assign(repeat=0)
    one_search = runs.assign(repeat=0) if "selection_score" in runs else pd.DataFrame(columns=of_repeats)
    made.__dict__["repeats"] = one_search if repeats is None else repeats
    return made


def claim(kind: str = "superiority", *, name: str = "one", margin: float = 0.01, **said: Any) -> Claim:
    """A claim about cells of the dataset ``d``; ``a``, ``b`` and ``of`` are given as text."""
    cells = {
        role: tuple(Cell.of(text) for text in ([said[role]] if isinstance(said[role], str) else said[role]))
        for role in ("a", "b", "of", "expected_of")
        if role in said
    }
    if "expected_of" in cells:
        cells["expected"] = cells.pop("expected_of")
    settings = {key: value for key, value in said.items() if key not in ("a", "b", "of", "expected_of", "primary")}
    if kind in ("superiority", "equivalence"):
        settings.setdefault("scores", {"audited": "audit"})
    return Claim(name, ("000.txt",), {"en": "It is so.", "es": "Es así."}, kind, cells, settings, margin,
                 primary=said.get("primary", True))  # fmt: skip


def registry_of(*claims: Claim, alpha: float = 0.05) -> Registry:
    """A registry of these claims."""
    return Registry("claims.yaml", alpha, 0.8, {one.id: one for one in claims})
