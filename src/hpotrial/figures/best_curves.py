"""Best score so far against a cost, one panel per cv-setting: what the figures of that kind share."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from hpotrial.figures import style
from hpotrial.results import Tables, cv_order

_POINTS, _COLUMNS = 100, 2


def draw_against(tables: Tables, cost: str, cost_label: str) -> Figure:
    """One panel per dataset and cv-setting, two in a row, one line in it per arm.

    Parameters
    ----------
    tables : Tables
        The tables to draw from.
    cost : str
        The column of the trials that is spent.
    cost_label : str
        What that axis is called.
    """
    trials = scored_trials(tables, cost)
    if trials["score"].notna().sum() == 0:
        return style.in_words(style.say("No trial of this study has a score, so there is nothing to draw."))
    looks, metric = style.arm_style(tables.runs["arm"]), style.metric_of(tables.runs)
    rows = in_rows(trials)
    figure = style.figure(0.7 + 2.3 * len(rows))
    axes = figure.subplots(len(rows), max(map(len, rows)), squeeze=False)
    shown: dict[str, Artist] = {}
    for panels, places in zip(rows, axes, strict=True):
        for axis in places[len(panels) :]:
            axis.set_visible(False)
        for (dataset, cv), axis in zip(panels, places, strict=False):
            mine = trials[(trials["dataset"] == dataset) & (trials["cv"] == cv)]
            for arm, of_arm in mine.groupby("arm"):
                curve = best_curve(of_arm, cost)
                if curve is not None:
                    shown[str(arm)] = _draw_curve(axis, curve, looks[str(arm)])
            style.count_axis(axis)
            style.score_axis(axis, "y", metric)
            axis.set_title(style.dataset_title(trials, dataset))
            axis.set_title(cv, loc="right", weight="normal", fontsize=7.5)
        places[0].set_ylabel(style.score_label(style.say("best selection score, %"), metric))
    figure.supxlabel(cost_label, fontsize=7.5)
    style.arm_legend(figure, shown)
    return figure


def scored_trials(tables: Tables, cost: str) -> pd.DataFrame:
    """The trials that cost anything; only those that a search may choose keep their score (a pruned one may not)."""
    trials = tables.trials[tables.trials[cost] > 0]
    return trials.assign(score=trials["score"].where(trials["status"] == "ok"))


def in_rows(frame: pd.DataFrame) -> list[list[tuple[str, str]]]:
    """The (dataset, cv-setting) of each panel, a dataset beginning a row of its own."""
    rows = []
    for dataset, mine in frame.groupby("dataset"):
        panels = [(str(dataset), cv) for cv in sorted(mine["cv"].unique(), key=cv_order)]
        rows += [panels[i : i + _COLUMNS] for i in range(0, len(panels), _COLUMNS)]
    return rows


@dataclass(frozen=True)
class Course:
    """What the searches of one run, most often one, had spent after each trial, and the best score then."""

    searches: tuple[tuple[np.ndarray, np.ndarray], ...]

    @property
    def first(self) -> float:
        """What had been spent when all of them had a score."""
        return float(max(spent[0] for spent, _ in self.searches))

    @property
    def last(self) -> float:
        """What had been spent when the last of them ended."""
        return float(max(spent[-1] for spent, _ in self.searches))

    def best_at(self, grid: np.ndarray) -> np.ndarray:
        """The best score after spending each amount of `grid`, from `first` on; of several searches the mean."""
        return np.mean([best[np.searchsorted(spent, grid, side="right") - 1] for spent, best in self.searches], axis=0)


def courses(trials: pd.DataFrame, cost: str) -> dict[int, Course]:
    """By seed the course of one arm's run at one cv-setting; a seed of which a search has no score is left out.

    `trials` holds the trials of each search in order. Those before its first score are paid for, and have no place.
    """
    found = {}
    for seed, run in trials.groupby("seed"):
        searches = []
        for _, search in run.groupby("repeat"):
            best = np.fmax.accumulate(search["score"].to_numpy(float))
            spent, known = search[cost].to_numpy(float).cumsum(), ~np.isnan(best)
            searches.append((spent[known], best[known]))
        if all(len(best) for _, best in searches):
            found[int(str(seed))] = Course(tuple(searches))
    return found


def cost_grid(first: float, last: float) -> np.ndarray:
    """Amounts from `first` to `last`, at equal distances on a logarithmic axis."""
    if last <= first:
        return np.array([first])
    grid = np.geomspace(first, last, _POINTS)
    grid[0], grid[-1] = first, last  # exactly: rounding must not put the grid before the first score
    return grid


def best_curve(trials: pd.DataFrame, cost: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Cost spent, interquartile mean, lower and upper quartile over seeds of the best score so far.

    `trials` holds the trials of one arm at one cv-setting, in order. None where no seed has a score; a seed without
    any score is left out.
    """
    found = courses(trials, cost).values()
    if not found:
        return None
    grid = cost_grid(max(course.first for course in found), max(course.last for course in found))
    seeds = np.vstack([course.best_at(grid) for course in found])
    low, high = np.quantile(seeds, [0.25, 0.75], axis=0)
    return grid, np.asarray(stats.trim_mean(seeds, 0.25, axis=0)), low, high


def _draw_curve(axis: Axes, curve: tuple[np.ndarray, ...], look: dict[str, Any]) -> Artist:
    spent, middle, low, high = curve
    (line,) = axis.plot(
        spent, middle, color=look["color"], dashes=look["dashes"], marker=look["marker"],
        markevery=[len(spent) - 1], markersize=4,
    )  # fmt: skip
    axis.fill_between(spent, low, high, color=look["color"], alpha=0.12, linewidth=0)
    return line
