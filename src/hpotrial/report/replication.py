"""The documented configurations that were trained again, as numbers: each row, and how many lie in their interval."""

from pathlib import Path
from typing import Any

import pandas as pd

from hpotrial.core.errors import DataError
from hpotrial.results.replication import ACCURACIES, CONFIDENCE

_OURS = ("mean", "sd", "low", "high")


def replication(parquet: Path) -> dict[str, Any]:
    """Numbers from the table that ``replication.comparison.write_table`` wrote.

    Accuracies are shares of 1. For a stand-in nothing of ours is given: it says nothing about the document's data.

    Raises
    ------
    DataError
        If the table cannot be read.
    """
    try:
        table = pd.read_parquet(parquet)
    except (OSError, ValueError) as error:
        raise DataError(f"{parquet} cannot be read ({error}): make it with the `replicate` target") from None
    standin = bool(table["standin"].eq(True).any())
    for column in (f"{accuracy}_{name}" for accuracy in ACCURACIES for name in _OURS):
        if standin:
            table[column] = None
    rows: list[dict[str, Any]] = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    return {
        "standin": standin,
        "datasets": sorted(table["dataset"].dropna().unique()),
        "confidence": CONFIDENCE,
        **{part: sorted(table[part].dropna().astype(int).unique()) for part in ("n_train", "n_test")},
        "fits": sorted(table.loc[table["fits"] > 0, "fits"].unique()),
        "rows": [row | {"lr": f"{row['lr']:.4g}"} for row in rows],
        **{accuracy: _verdict(table, accuracy) for accuracy in ACCURACIES},
        "not_compared": [
            {"note": str(note), "rows": sorted(group["row"])}
            for note, group in table[table["note"] != ""].groupby("note", sort=False)
        ],
    }


def _verdict(table: pd.DataFrame, accuracy: str) -> dict[str, Any]:
    known = table[table[f"{accuracy}_inside"].notna()]
    outside = known.loc[~known[f"{accuracy}_inside"].astype(bool), "row"]
    return {"compared": len(known), "inside": len(known) - len(outside), "outside": sorted(outside)}
