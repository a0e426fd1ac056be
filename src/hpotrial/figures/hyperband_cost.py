"""What Hyperband costs beside a loop over the whole grid: by unit, by cap, by size of the space."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hpotrial.figures import style
from hpotrial.results import Tables, mean_interval

PER = "study"
title = "Hyperband's cost beside the loop's, by the cap on a fit's epochs"
order = 13
caption = (
    "Each point is KerasTuner's Hyperband over the loop through all combinations of the same space, where both train a "
    "fit for at most so many epochs: the geometric mean over seeds of the ratio of their costs, with its 95 % "
    "t-interval. Below the line Hyperband is the cheaper. Above: epochs; then processor seconds of training; below: "
    "seconds of the whole search, building networks included. A line is a dataset and cv-setting, with the number of "
    "combinations. Hyperband's schedule follows the cap and not the size of the space, the loop's length is the size: "
    "so which of them costs less is decided by the space that one has."
)
UNITS = ["epochs", "cpu_seconds", "search_seconds"]


def ratios(tables: Tables) -> pd.DataFrame:
    """Of each seed in which Hyperband and the loop ran with one cap: dataset, cv, cap, seed, size, and a ratio for each
    of ``UNITS``; ``size`` is the number of combinations that the loop tried."""
    key = ["dataset", "arm", "cv"]
    caps = tables.trials.groupby(key)["budget_epochs"].max().rename("cap").reset_index()
    runs = style.ok_runs(tables.runs).merge(caps, on=key)
    same = ["dataset", "cv", "cap", "seed"]
    costs = [*same, "trials", *UNITS]
    hyperband, loop = (runs.loc[runs["method"] == name, costs] for name in ("keras_hyperband", "grid_loop"))
    pairs = hyperband.merge(loop, on=same, suffixes=("", "_loop")).rename(columns={"trials_loop": "size"})
    for unit in UNITS:
        pairs[unit] = pairs[unit] / pairs[f"{unit}_loop"].where(pairs[f"{unit}_loop"] > 0)
    return pairs[[*same, "size", *UNITS]]


def draw(tables: Tables) -> Figure:
    """One panel for each unit, one line for each dataset and cv-setting."""
    pairs = ratios(tables)
    if pairs[UNITS].isna().all(axis=None):
        return style.in_words(
            style.say(
                "No arm of Hyperband has a loop over the same space with the same cap, so there is no cost to compare."
            )
        )
    figure = style.figure(6.4)
    panels = figure.subplots(len(UNITS), 1, sharex=True, sharey=True)
    caps = sorted(pairs["cap"].unique())
    groups = list(pairs.groupby(["dataset", "cv"]))
    looks = style.arm_style(f"{dataset} {cv}" for (dataset, cv), _ in groups)
    shown = {}
    labels = [
        style.say("epochs"), style.say("processor seconds of training"), style.say("seconds of the whole search"),
    ]  # fmt: skip
    for axis, unit, label in zip(panels, UNITS, labels, strict=True):
        for (dataset, cv), rows in groups:
            values = [mean_interval(np.log(cost)) for _, cost in rows.groupby("cap")[unit]]
            _, mean, low, high = np.exp(np.array(values, dtype=float).T)
            look = looks[f"{dataset} {cv}"]
            name = f"{style.dataset_title(tables.runs, dataset)}, {cv}: {rows['size'].iloc[0]:.0f}"
            places = [caps.index(cap) for cap in sorted(rows["cap"].unique())]
            form = {"color": look["color"], "marker": look["marker"], "dashes": look["dashes"], "markersize": 4}
            shown[name] = axis.errorbar(places, mean, yerr=style.bar_ends(mean, low, high), **form)[0]
        axis.axhline(1, color=style.INK, linewidth=1, zorder=1)
        axis.set_yscale("log")
        axis.set_xticks(range(len(caps)), [style.number(cap) for cap in caps])
        axis.minorticks_off()
        style.number_axis(axis, "y")
        axis.set_title(label)
        axis.set_ylabel(style.say("Hyperband over the loop"))
    panels[-1].set_xlabel(style.say("epochs of a fit, at most"))
    style.arm_legend(figure, shown)
    return figure
