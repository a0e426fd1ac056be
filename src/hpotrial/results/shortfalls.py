"""Searches that were less than was asked of them: fewer trials, the same configuration again, a single rung.

None of it is a failure: KerasTuner ends a search that has drawn twenty times in a row what it knows, hyperopt and
Optuna draw with replacement, halving stops where the rows end. But who reads a comparison should know.
"""

import pandas as pd

from hpotrial.core.paths import run_id
from hpotrial.core.records import OK, RUN_KEY

CELL = ["dataset", "arm", "cv"]
KINDS = ("fewer_trials", "repeated", "one_rung")


def of_runs(runs: pd.DataFrame, repeats: pd.DataFrame) -> pd.DataFrame:
    """The runs that fell short in one of their searches.

    Parameters
    ----------
    runs, repeats : DataFrame
        The tables of these names; runs that did not end well are left out.

    Returns
    -------
    DataFrame
        In the order of ``runs``: dataset, arm, cv, seed; of its searches ``trials_asked`` (of each; NaN where a budget
        of epochs, or the method itself, ends it), the fewest ``trials`` and ``configurations``, and ``rungs``; and
        whether it is one of each of ``KINDS``.
    """
    least = repeats.groupby(RUN_KEY, as_index=False)[["trials", "configurations"]].min()
    again = repeats[repeats["configurations"] < repeats["trials"]]
    asked = runs.loc[runs["status"] == OK, [*RUN_KEY, "trials_asked", "rungs"]]
    found = asked.merge(least, on=RUN_KEY, how="inner")
    by_rungs = found["rungs"].notna()
    found["fewer_trials"] = found["trials"] < found["trials_asked"]
    # the best of a rung are meant to come again
    found["repeated"] = found.set_index(RUN_KEY).index.isin(again.set_index(RUN_KEY).index) & ~by_rungs
    found["one_rung"] = by_rungs & (found["rungs"] <= 1)
    return found[found[list(KINDS)].any(axis=1)].reset_index(drop=True)


def of_cells(short: pd.DataFrame) -> pd.DataFrame:
    """``of_runs`` by dataset, arm and cv-setting: how many ``runs``, how many of each kind, and the range of numbers.

    ``trials`` and ``configurations`` have a column for the ``_fewest`` and one for the ``_most`` of the runs.
    """
    ranges = {
        f"{name}_{end}": (name, how)
        for name in ("trials", "configurations")
        for end, how in (("fewest", "min"), ("most", "max"))
    }
    return short.groupby(CELL, sort=False, as_index=False).agg(
        runs=("seed", "size"), trials_asked=("trials_asked", "first"), rungs=("rungs", "first"), **ranges,
        **{kind: (kind, "sum") for kind in KINDS},
    )  # fmt: skip


def lines(short: pd.DataFrame) -> list[str]:
    """What is told of ``of_runs`` where the runs are collected: a line for each cell and kind."""
    told = []
    for cell in of_cells(short).to_dict("records"):
        where = "/".join(cell[name] for name in CELL)
        trials, configurations = (
            " to ".join(str(number) for number in sorted({cell[f"{name}_fewest"], cell[f"{name}_most"]}))
            for name in ("trials", "configurations")
        )
        if cell["fewer_trials"]:
            told.append(
                f"{where}: fewer than {cell['trials_asked']:.0f} trials in {cell['fewer_trials']} runs: {trials}"
            )
        if cell["repeated"]:
            told.append(
                f"{where}: the same configuration again in {cell['repeated']} runs: {configurations} different ones of "
                f"{trials} trials"
            )
        if cell["one_rung"]:
            told.append(f"{where}: one rung, so that nothing was halved, in {cell['one_rung']} runs")
    return told


def named(short: pd.DataFrame) -> dict[str, list[str]]:
    """The runs of each kind, by their names."""
    return {kind: [run_id(run) for run in short[short[kind]].to_dict("records")] for kind in KINDS}
