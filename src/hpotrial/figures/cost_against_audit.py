"""What an arm costs against what it is worth on rows that nobody tuned on."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hpotrial.figures import style
from hpotrial.results import Tables, arm_label, cv_order, mean_interval

title = "Cost against audit accuracy"
order = 2
caption = (
    "Cost is the number of training examples processed in one run (epochs times rows, over all fits and the refit), "
    "which does not depend on the machine; the axis is logarithmic. Numbers name the arms as listed beside the panel; "
    "form and colour give the cv-setting. Marks are means over seeds, bars 95 % t-intervals of the mean in both "
    "directions (a cost bar ends at the smallest cost seen; a bar that reaches the edge goes on beyond it). The "
    "stepped line joins the Pareto front, in bold in the list: arms that no other arm beats, in the means, on one of "
    "the two without losing on the other."
)


def draw(tables: Tables) -> Figure:
    """One panel per dataset."""
    runs = style.ok_runs(tables.runs).dropna(subset=["audit_score", "examples"])
    runs = runs[runs["examples"] > 0]
    if runs.empty:
        return style.in_words(style.say("No run has both a cost and an audit score, so there is nothing to draw."))
    datasets = list(runs.groupby("dataset"))
    sizes = [len(rows[["arm", "cv"]].drop_duplicates()) for _, rows in datasets]
    heights = [max(2.1, 0.45 + 0.15 * size) for size in sizes]
    figure = style.figure(sum(heights) + 0.5)
    axes = figure.subplots(len(datasets), 1, squeeze=False, height_ratios=heights)[:, 0]
    looks = style.cv_style(runs["cv"])
    for axis, (dataset, rows) in zip(axes, datasets, strict=True):
        points = _points(rows)
        _draw_panel(axis, points, looks)
        worths, low, high = ([point[end] for point in points] for end in ("worth", "low", "high"))
        axis.set_ylim(style.limits(worths, rows["audit_score"], low, high))
        axis.set_title(style.dataset_title(rows, dataset))
        style.score_axis(axis, "y", style.metric_of(rows))
        axis.set_ylabel(style.score_label(style.say("audit accuracy, %"), style.metric_of(rows)))
    axes[-1].set_xlabel(style.say("training examples processed in one run"))
    marks = [Line2D([], [], linestyle="none", markersize=6, **look) for look in looks.values()]
    figure.legend(
        marks, list(looks), loc="outside upper center", ncols=6, title=style.say("cv-setting"), title_fontsize=7
    )
    return figure


def pareto(cost: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Which points no other point beats: none costs at most as much and is worth at least as much, one of them more."""
    no_dearer = cost[:, None] >= cost[None, :]
    no_worse = worth[:, None] <= worth[None, :]
    better = (cost[:, None] > cost[None, :]) | (worth[:, None] < worth[None, :])
    return np.asarray(~(no_dearer & no_worse & better).any(axis=1))


def _points(rows: pd.DataFrame) -> list[dict[str, Any]]:
    points = []
    keys = sorted({*zip(rows["arm"], rows["cv"], strict=True)}, key=lambda key: (key[0], cv_order(key[1])))
    for arm, cv in keys:
        mine = rows[(rows["arm"] == arm) & (rows["cv"] == cv)]
        _, cost, cost_low, cost_high = mean_interval(mine["examples"])
        _, worth, low, high = mean_interval(mine["audit_score"])
        cost_low = max(cost_low, float(mine["examples"].min()))
        points.append(
            {"arm": arm, "cv": cv, "cost": cost, "cost_low": cost_low, "cost_high": cost_high}
            | {"worth": worth, "low": low, "high": high}
        )
    return points


def _draw_panel(axis: Axes, points: list[dict[str, Any]], looks: dict[str, Any]) -> None:
    cost, worth = (np.array([point[name] for point in points]) for name in ("cost", "worth"))
    front = pareto(cost, worth)
    order = np.argsort(cost[front])
    axis.step(cost[front][order], worth[front][order], where="post", color=style.INK, linewidth=0.9, zorder=1)
    for number, (point, best) in enumerate(zip(points, front, strict=True), start=1):
        look = looks[point["cv"]]
        spans = [np.atleast_1d(x) for x in (point["cost"], point["cost_low"], point["cost_high"])]
        rises = [np.atleast_1d(x) for x in (point["worth"], point["low"], point["high"])]
        bars: dict[str, Any] = {"xerr": style.bar_ends(*spans), "yerr": style.bar_ends(*rises)}
        axis.errorbar(spans[0], rises[0], fmt="none", ecolor=look["color"], alpha=0.6, elinewidth=0.8, zorder=2, **bars)
        above = 3 + number + len(points) * bool(best)  # marks over all bars, those of the front over all marks
        edge = style.INK if best else "white"
        axis.plot(
            spans[0],
            rises[0],
            linestyle="none",
            markersize=12.5 if look["marker"] == "p" else 10,
            markeredgecolor=edge,
            zorder=above,
            **look,
        )
        centred: dict[str, Any] = {"ha": "center", "va": "center", "color": "white", "weight": "bold", "fontsize": 6}
        axis.text(point["cost"], point["worth"], str(number), zorder=above + 0.5, **centred)
        axis.text(
            1.03, 1.0 - (number - 0.5) / max(len(points), 12), f"{number:>2}  {arm_label(point['arm'], point['cv'])}",
            transform=axis.transAxes, va="center", fontsize=6.8, weight="bold" if best else "normal",
        )  # fmt: skip
    style.count_axis(axis)
