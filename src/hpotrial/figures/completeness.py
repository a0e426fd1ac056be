"""What became of the planned runs, arm by arm."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from hpotrial.figures import style
from hpotrial.results import Tables, arm_label, cv_order

PER = "study"
title = "Completeness: planned, done, failed"
order = 12
caption = (
    "One bar per arm and cv-setting, as long as the runs that were planned. Dark: runs that ended well. Hatched: runs "
    "that failed, all their trials or the search itself. Crossed: runs that left files which cannot be read. Empty: "
    "runs that are missing. Only the first count anywhere else in this report; arms that are priced and not run are "
    "not here."
)
_ROW_INCHES = 0.155


def draw(tables: Tables) -> Figure:
    """One block of bars per dataset."""
    runs = tables.runs
    if runs.empty:
        return style.in_words(style.say("No run was planned."))
    kinds, counts = _kinds(), fates(runs)
    blocks = [(str(dataset), rows) for dataset, rows in counts.groupby(level="dataset", sort=False)]
    lines = len(counts) + 1.6 * len(blocks)
    figure = style.figure(0.8 + _ROW_INCHES * lines)
    axis = figure.subplots()
    place, places, labels = 0.0, [], []
    for dataset, rows in blocks:
        axis.text(
            0, place, " " + style.dataset_title(runs, dataset), weight="bold", fontsize=7.5, va="center", zorder=5
        )
        place += 1.0
        ordered = sorted(rows.reset_index().to_dict("records"), key=lambda row: (row["arm"], cv_order(row["cv"])))
        for row in ordered:
            start = 0
            for kind, look in kinds.items():
                axis.barh(place, row[kind], left=start, height=0.66, linewidth=0.6, edgecolor=style.INK, **look)
                start += int(row[kind])
            axis.text(start, place, f"  {row['ok']}/{start}", va="center", fontsize=6.5)
            places.append(place)
            labels.append(arm_label(row["arm"], row["cv"]))
            place += 1.0
        place += 0.6
    axis.set_yticks(places, labels, fontsize=6.5)
    axis.set_ylim(place - 0.6, -0.8)
    axis.set_xlim(0, 1.12 * int(counts.sum(axis=1).max()))
    axis.grid(False, axis="y")
    axis.set_xticks(np.unique(np.linspace(0, counts.sum(axis=1).max(), 6).round().astype(int)))
    axis.set_xlabel(style.say("runs"))
    handles = [Patch(linewidth=0.6, edgecolor=style.INK, **look) for look in kinds.values()]
    names = [f"{_fate_word(kind)}: {int(counts[kind].sum())}" for kind in kinds]
    figure.legend(handles, names, loc="outside upper center", ncols=4)
    return figure


def fates(runs: pd.DataFrame) -> pd.DataFrame:
    """How many runs of each dataset, arm and cv-setting are ``ok``, ``failed``, ``unreadable`` and ``missing``."""
    fate = runs["status"].map({"ok": "ok", "missing": "missing", "unreadable": "unreadable"}).fillna("failed")
    counts = runs.assign(fate=fate).groupby(["dataset", "arm", "cv", "fate"]).size().unstack(fill_value=0)
    return counts.reindex(columns=list(_kinds()), fill_value=0)


def _kinds() -> dict[str, dict[str, Any]]:
    return {
        "ok": {"facecolor": "#5b7f95"},
        "failed": {"facecolor": "#e7a37d", "hatch": "/////"},
        "unreadable": {"facecolor": "#f4e3c1", "hatch": "xxxxx"},
        "missing": {"facecolor": "white"},
    }


def _fate_word(kind: str) -> str:
    return {
        "ok": style.say("done"),
        "failed": style.say("failed"),
        "unreadable": style.say("unreadable"),
        "missing": style.say("missing"),
    }[kind]
