"""Which hyperparameters the selection score depends on: fANOVA on the trials of every run."""

import numpy as np
from matplotlib.figure import Figure

from hpotrial.figures import style
from hpotrial.results import Tables, mean_interval

title = "Importance of the hyperparameters"
order = 10
caption = (
    "The share of the variance of the selection score that a hyperparameter explains on its own, by functional ANOVA "
    "on a forest that is fitted to the trials of a run; the shares of a run are scaled to a sum of 100 %. Small marks "
    "are seeds (means over the arms of the dataset whose runs can be assessed), the large mark is their mean, the bar "
    "its 95 % t-interval. The faint line is the share that each would have if all mattered alike. Shares are within "
    "the space that was searched: a hyperparameter whose values were all chosen well explains little. An arm with a "
    "space of its own counts for the hyperparameters that it searched."
)
_ROW_INCHES = 0.22


def draw(tables: Tables) -> Figure:
    """One panel per dataset, one line per hyperparameter."""
    importance = tables.importance
    if importance.empty:
        return style.in_words(style.say("No run has trials enough to say which hyperparameters matter."))
    sizes = importance.groupby("dataset")["hyperparameter"].nunique()
    heights = [0.75 + _ROW_INCHES * size for size in sizes]
    figure = style.figure(0.2 + sum(heights))
    axes = figure.subplots(len(sizes), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axis, (dataset, rows) in zip(axes, importance.groupby("dataset"), strict=True):
        by_seed = rows.groupby(["hyperparameter", "seed"])["importance"].mean()
        means = by_seed.groupby(level="hyperparameter").mean().sort_values(kind="stable")
        for place, name in enumerate(means.index):
            values = by_seed.loc[name].to_numpy(float)
            _, mean, low, high = (np.atleast_1d(part) for part in mean_interval(values))
            axis.hlines(place, 0, mean, color=style.FAINT, linewidth=2.5, zorder=1)
            axis.plot(
                values, np.full(len(values), place), linestyle="none", marker="o", markersize=2.5, alpha=0.55,
                color="#767676", zorder=2,
            )  # fmt: skip
            axis.errorbar(
                mean, [place], xerr=style.bar_ends(mean, low, high), marker="D", markersize=4.5, color=style.INK,
                zorder=3,
            )  # fmt: skip
        # runs whose spaces differ in size have different equal shares: theirs is the mean
        alike = 1 / rows.groupby(["arm", "cv", "seed"]).size().mean()
        axis.axvline(alike, color="#767676", linewidth=0.9, linestyle=(0, (2, 2)), zorder=0)
        axis.set_yticks(range(len(means)), list(means.index))
        axis.set_ylim(-0.6, len(means) - 0.4)
        axis.set_xlim(0, min(1.0, 1.05 * max(by_seed.max(), alike)))
        axis.grid(False, axis="y")
        axis.set_title(style.dataset_title(tables.runs, dataset))
        runs = len(rows[["arm", "cv", "seed"]].drop_duplicates())
        note = style.say("{runs} runs, {seeds} seeds", runs=runs, seeds=rows["seed"].nunique())
        axis.set_title(note, loc="right", weight="normal", fontsize=7.5)
        style.percent_axis(axis, "x")
    axes[-1].set_xlabel(style.say("share of the explained variance, %"))
    return figure
