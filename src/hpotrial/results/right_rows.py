"""Which rows each run of an arm got right, as a matrix of seeds and rows: what an analysis that crosses them reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Literal

import numpy as np
import pandas as pd

from hpotrial.core.packing import unpacked_counts, unpacked_rows
from hpotrial.core.records import RightRows

Part = Literal["test", "audit"]


def rows_and_counts(right: RightRows, part: Part) -> tuple[np.ndarray, np.ndarray]:
    """The row numbers of a part of a run's split, and of each how many of the run's models were right.

    Parameters
    ----------
    right : RightRows
        Which of its rows a run got right.
    part : {"test", "audit"}
        The part.

    Raises
    ------
    ValueError
        If there is not a count for each row.
    """
    rows = unpacked_rows(getattr(right, f"{part}_rows"))
    return rows, unpacked_counts(getattr(right, f"{part}_right"), len(rows), right.models)


def right_matrix(
    table: pd.DataFrame, dataset: str, arm: str, cv: str, parts: Collection[Part] = ("test", "audit")
) -> pd.DataFrame:
    """The share of an arm's models that were right, for each seed and row: 0 or 1 where a run has one model.

    Parameters
    ----------
    table : DataFrame
        ``rows.parquet``, as ``Tables.rows`` has it.
    dataset, arm, cv : str
        The arm at one cv-setting.
    parts : collection of str
        ``test``, ``audit`` or both. Where an arm selected on the test rows, only its audit rows are unseen.

    Returns
    -------
    DataFrame of float
        Seeds (of the runs that ended well) by numbers of the dataset's rows (of those that any of them scored); NaN
        where a seed did not score the row.

    Examples
    --------
    >>> mine = right_matrix(tables.rows, "telecust", "grid_loop", "test", ["audit"])  # doctest: +SKIP
    >>> mine.mean(axis=1)  # the audit accuracy of each seed  # doctest: +SKIP
    """
    mine = table[(table["dataset"] == dataset) & (table["arm"] == arm) & (table["cv"] == cv)]
    of_seeds = {}
    for seed, *packed in mine[["seed", *(field.name for field in fields(RightRows))]].itertuples(index=False):
        right = RightRows(*packed)
        found = [rows_and_counts(right, part) for part in parts]
        rows, counts = (np.concatenate(told) for told in zip(*found, strict=True))
        of_seeds[seed] = pd.Series(counts / right.models, rows)
    return pd.DataFrame.from_dict(of_seeds, orient="index", dtype=float).sort_index().sort_index(axis=1)
