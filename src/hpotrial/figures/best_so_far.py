"""How fast a search finds what it ends with: best selection score so far against epochs spent."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from hpotrial.figures import style
from hpotrial.tables import Tables, cv_order

title = "Best selection score so far"
order = 4
caption = (
    "The best selection score that a search had seen after spending that many epochs (over all folds, on a logarithmic "
    "axis, refits left out). Lines are interquartile means over seeds, bands reach from the lower to the upper "
    "quartile. A line begins where every seed has its first score, and goes on level after a search has ended. Each "
    "panel is a cv-setting: scores selected on different rows are not the same quantity; compare within a panel only."
)
_POINTS, _COLUMNS = 100, 2


def draw(tables: Tables) -> Figure:
    """One panel per dataset and cv-setting, two in a row, one line in it per arm."""
    trials = tables.trials
    trials = trials[trials["epochs"] > 0]
    if trials["score"].notna().sum() == 0:
        return style.in_words("No trial of this study has a score, so there is nothing to draw.")
    looks = style.arm_style(tables.runs["arm"])
    rows = _in_rows(trials)
    figure = Figure(figsize=(style.WIDTH, min(0.7 + 2.3 * len(rows), 8.3)))
    axes = figure.subplots(len(rows), max(map(len, rows)), squeeze=False)
    shown: dict[str, Artist] = {}
    for panels, places in zip(rows, axes, strict=True):
        for axis in places[len(panels) :]:
            axis.set_visible(False)
        for (dataset, cv), axis in zip(panels, places, strict=False):
            mine = trials[(trials["dataset"] == dataset) & (trials["cv"] == cv)]
            for arm, of_arm in mine.groupby("arm"):
                curve = best_curve(of_arm)
                if curve is not None:
                    shown[str(arm)] = _draw_curve(axis, curve, looks[str(arm)])
            style.count_axis(axis)
            style.percent_axis(axis, "y")
            axis.set_title(style.dataset_title(trials, dataset))
            axis.set_title(cv, loc="right", weight="normal", fontsize=7.5)
        places[0].set_ylabel("best selection score, %")
    figure.supxlabel("epochs spent", fontsize=7.5)
    order = sorted(shown)
    figure.legend([shown[arm] for arm in order], order, loc="outside upper center", ncols=4, handlelength=3)
    return figure


def _in_rows(trials: pd.DataFrame) -> list[list[tuple[str, str]]]:
    """The (dataset, cv-setting) of each panel, a dataset beginning a row of its own."""
    rows = []
    for dataset, mine in trials.groupby("dataset"):
        panels = [(str(dataset), cv) for cv in sorted(mine["cv"].unique(), key=cv_order)]
        rows += [panels[i : i + _COLUMNS] for i in range(0, len(panels), _COLUMNS)]
    return rows


def _draw_curve(axis: Axes, curve: tuple[np.ndarray, ...], look: dict[str, Any]) -> Artist:
    epochs, middle, low, high = curve
    (line,) = axis.plot(
        epochs, middle, color=look["color"], dashes=look["dashes"], marker=look["marker"],
        markevery=[len(epochs) - 1], markersize=4,
    )  # fmt: skip
    axis.fill_between(epochs, low, high, color=look["color"], alpha=0.12, linewidth=0)
    return line


def best_curve(trials: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Epochs spent, interquartile mean, lower and upper quartile over seeds of the best score so far.

    `trials` holds the trials of one arm at one cv-setting, in order. None where no seed has a score; a seed without
    any score is left out.
    """
    steps = []
    for _, run in trials.groupby("seed"):
        best = np.fmax.accumulate(run["score"].to_numpy(float))
        spent = run["epochs"].to_numpy(float).cumsum()
        known = ~np.isnan(best)
        if known.any():
            steps.append((spent[known], best[known]))
    if not steps:
        return None
    first, last = max(spent[0] for spent, _ in steps), max(spent[-1] for spent, _ in steps)
    grid = np.geomspace(first, last, _POINTS) if last > first else np.array([first])
    grid[0], grid[-1] = first, last  # exactly: rounding must not put the grid before the first score
    seeds = np.vstack([best[np.searchsorted(spent, grid, side="right") - 1] for spent, best in steps])
    low, high = np.quantile(seeds, [0.25, 0.75], axis=0)
    return grid, np.asarray(stats.trim_mean(seeds, 0.25, axis=0)), low, high
