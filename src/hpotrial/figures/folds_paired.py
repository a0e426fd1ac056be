"""Does selecting on five folds beat selecting on three? The same arm and seed, paired."""

import numpy as np
from matplotlib.figure import Figure

from hpotrial.figures import style
from hpotrial.results import Tables, fold_gains, mean_interval

title = "3-fold against 5-fold, paired by seed"
order = 3
caption = (
    "Arms that ran with both cv3 and cv5. Left: audit accuracy of each seed, a line joining the two runs of one seed; "
    "solid where 5-fold is the better, dashed where it is not. Right: the paired differences, 5-fold minus 3-fold, in "
    "percentage points: small marks are seeds, the large mark is their mean, the bar its 95 % t-interval. To the right "
    "of the zero line 5-fold is the better."
)


def draw(tables: Tables) -> Figure:
    """One row of two panels per dataset: slopes, and paired differences."""
    pairs = fold_gains(tables.runs)
    if pairs.empty:
        return style.in_words(
            style.say("No arm of this study has runs with both cv3 and cv5, so there is nothing to pair.")
        )
    looks = style.arm_style(tables.runs["arm"])
    sizes = pairs.groupby("dataset")["arm"].nunique()
    figure = style.figure(0.35 + sum(max(1.9, 0.6 + 0.4 * size) for size in sizes))
    panels = figure.subplots(len(sizes), 2, squeeze=False, width_ratios=(1.15, 1))
    for (slopes, gains), (dataset, rows) in zip(panels, pairs.groupby("dataset"), strict=True):
        arms = sorted(rows["arm"].unique())
        for place, arm in enumerate(arms):
            mine = rows[rows["arm"] == arm]
            color, marker = looks[arm]["color"], looks[arm]["marker"]
            for before, after in zip(mine["cv3"], mine["cv5"], strict=True):
                slopes.plot(
                    [place - 0.22, place + 0.22],
                    [before, after],
                    linestyle="-" if after > before else "--",
                    linewidth=0.9,
                    markersize=2.5,
                    color=color,
                    marker=marker,
                )
            _, mean, low, high = (np.atleast_1d(part) for part in mean_interval(mine["gain"]))
            height = len(arms) - 1 - place
            gains.plot(
                mine["gain"],
                np.full(len(mine), height),
                linestyle="none",
                marker=marker,
                ms=2.5,
                alpha=0.5,
                color=color,
            )
            gains.errorbar(
                mean,
                [height],
                xerr=style.bar_ends(mean, low, high),
                marker=marker,
                color=color,
                markersize=5.5,
                markeredgecolor=style.INK,
                ecolor=style.INK,
            )
        ticks = [place + side for place in range(len(arms)) for side in (-0.22, 0.22)]
        slopes.set_xticks(ticks, ["cv3", "cv5"] * len(arms))
        slopes.set_xlim(-0.5, len(arms) - 0.5)
        slopes.grid(False, axis="x")
        metric = style.metric_of(tables.runs)
        slopes.set_ylabel(style.score_label(style.say("audit accuracy, %"), metric))
        slopes.set_title(style.dataset_title(tables.runs, dataset))
        style.score_axis(slopes, "y", metric)
        gains.axvline(0, color=style.INK, linewidth=1, zorder=1)
        gains.set_yticks(range(len(arms)), arms[::-1])
        gains.set_ylim(-0.5, len(arms) - 0.5)
        style.score_axis(gains, "x", metric, signed=True)
    told = style.say("cv5 minus cv3, percentage points")
    panels[-1, 1].set_xlabel(style.score_label(told, style.metric_of(tables.runs)))
    return figure
