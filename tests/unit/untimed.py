"""What a run left behind, without what depends on the clock: two runs of one request are equal in that."""

import json
from pathlib import Path
from typing import Any

import pandas as pd


def outcome_and_trials(folder: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """The record and the trials in a run's folder, times aside."""
    trials = pd.read_parquet(folder / "trials.parquet")
    clocks = [name for name in trials.columns if name.endswith("_seconds")]
    return without_clocks(json.loads((folder / "outcome.json").read_text("utf-8"))), trials.drop(columns=clocks)


def without_clocks(told: Any) -> Any:
    """Read JSON without the keys that name seconds, however deep they lie."""
    if isinstance(told, list):
        return [without_clocks(one) for one in told]
    if isinstance(told, dict):
        return {name: without_clocks(value) for name, value in told.items() if not name.endswith("_seconds")}
    return told
