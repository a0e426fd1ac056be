"""Which search is ahead at which budget: mean rank of the best selection score so far."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.stats import rankdata

from hpotrial.figures import style
from hpotrial.figures.best_curves import Course, cost_grid, courses, in_rows, scored_trials
from hpotrial.results import Tables

title = "Ranks over the budget"
order = 6
caption = (
    "At every budget of epochs the arms of a panel are ranked, seed by seed, by the best selection score that each had "
    "seen by then; 1 is best, ties share the mean of their ranks. Lines are mean ranks over seeds. A panel needs three "
    "arms at one cv-setting, whose scores are taken on the same rows; it begins where every arm has its first score in "
    "every seed, and an arm whose search has ended goes on with what it has. Ranks say which search is ahead, not by "
    "how much."
)
_MIN_ARMS = 3


def draw(tables: Tables) -> Figure:
    """One panel per dataset and cv-setting with enough arms, two in a row, one line in it per arm."""
    trials = scored_trials(tables, "epochs")
    panels_of: dict[tuple[str, str], tuple[np.ndarray, dict[str, np.ndarray]]] = {}
    for (dataset, cv), mine in trials.groupby(["dataset", "cv"]):
        course = mean_ranks(mine)
        if course is not None:
            panels_of[str(dataset), str(cv)] = course
    if not panels_of:
        return style.in_words(
            style.say("No cv-setting has three arms with scores in the same seed, so there is nothing to rank.")
        )
    looks = style.arm_style(tables.runs["arm"])
    rows = in_rows(pd.DataFrame(list(panels_of), columns=["dataset", "cv"]))
    figure = style.figure(0.8 + 2.3 * len(rows))
    axes = figure.subplots(len(rows), max(map(len, rows)), squeeze=False)
    shown: dict[str, Artist] = {}
    for panels, places in zip(rows, axes, strict=True):
        for axis in places[len(panels) :]:
            axis.set_visible(False)
        for (dataset, cv), axis in zip(panels, places, strict=False):
            spent, ranks = panels_of[dataset, cv]
            for arm, line in ranks.items():
                look = looks[arm]
                (shown[arm],) = axis.plot(
                    spent, line, color=look["color"], dashes=look["dashes"], marker=look["marker"],
                    markevery=[len(spent) - 1], markersize=4,
                )  # fmt: skip
            style.count_axis(axis)
            axis.set_ylim(len(ranks) + 0.3, 0.7)
            axis.yaxis.set_major_locator(MaxNLocator(integer=True))
            axis.set_title(style.dataset_title(trials, dataset))
            axis.set_title(cv, loc="right", weight="normal", fontsize=7.5)
        places[0].set_ylabel(style.say("mean rank (1 is best)"))
    figure.supxlabel(style.say("epochs spent"), fontsize=7.5)
    style.arm_legend(figure, shown)
    return figure


def mean_ranks(trials: pd.DataFrame) -> tuple[np.ndarray, dict[str, np.ndarray]] | None:
    """Epochs spent, and by arm the mean rank over seeds of its best score so far.

    `trials` holds the trials of one dataset and cv-setting, in order. An arm without any score is left out, and so is a
    seed in which another arm lacks one. None where fewer than three arms or no seed remain.
    """
    found: dict[str, dict[int, Course]] = {}
    for arm, of_arm in trials.groupby("arm"):
        if by_seed := courses(of_arm, "epochs"):
            found[str(arm)] = by_seed
    if len(found) < _MIN_ARMS:
        return None
    seeds = set.intersection(*(set(of_arm) for of_arm in found.values()))
    if not seeds:
        return None
    runs = [of_arm[seed] for of_arm in found.values() for seed in seeds]
    grid = cost_grid(max(course.first for course in runs), max(course.last for course in runs))
    scores = np.array([[of_arm[seed].best_at(grid) for seed in seeds] for of_arm in found.values()])
    ranks = rankdata(-scores, axis=0).mean(axis=1)
    return grid, dict(zip(found, ranks, strict=True))
