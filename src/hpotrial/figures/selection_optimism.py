"""How much better a search believes its choice to be than it is: selection score minus audit score."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from hpotrial.figures import style
from hpotrial.results import Tables, arm_label, cv_order, mean_interval

title = "Selection optimism by arm"
order = 9
caption = (
    "Selection score minus audit score of the same run, in percentage points: to the right of the zero line the search "
    "promised more than the audit rows confirmed. Small marks are single seeds; the large mark is their mean, the bar "
    "its 95 % t-interval; a bar that reaches the edge goes on beyond it. Colour and form of the mark give the "
    "cv-setting."
)
_ROW_INCHES = 0.18


def draw(tables: Tables) -> Figure:
    """One panel per dataset, one line per arm and cv-setting."""
    runs = style.ok_runs(tables.runs)
    runs = runs.assign(optimism=runs["selection_score"] - runs["audit_score"]).dropna(subset="optimism")
    if runs.empty:
        return style.in_words(
            style.say("No run has both a selection score and an audit score, so there is no optimism to draw.")
        )
    looks = style.cv_style(runs["cv"])
    sizes = runs[["dataset", "arm", "cv"]].drop_duplicates().groupby("dataset").size()
    figure = style.figure(0.9 + 0.5 * len(sizes) + _ROW_INCHES * int(sizes.sum()))
    axes = figure.subplots(len(sizes), 1, squeeze=False, height_ratios=list(sizes + 1.0))[:, 0]
    for axis, (dataset, rows) in zip(axes, runs.groupby("dataset"), strict=True):
        named = [((str(arm), str(cv)), values) for (arm, cv), values in rows.groupby(["arm", "cv"])["optimism"]]
        groups = sorted(named, key=lambda item: (cv_order(item[0][1]), item[0][0]), reverse=True)
        for place, ((_, cv), values) in enumerate(groups):
            _, mean, low, high = (np.atleast_1d(part) for part in mean_interval(values))
            axis.plot(
                values, np.full(len(values), place), linestyle="none", markersize=2.5, alpha=0.45, zorder=2, **looks[cv]
            )
            axis.errorbar(
                mean,
                [place],
                xerr=style.bar_ends(mean, low, high),
                markersize=5,
                markeredgecolor=style.INK,
                ecolor=style.INK,
                linestyle="none",
                zorder=3,
                label=cv,
                **looks[cv],
            )
        ends = np.array([mean_interval(values)[2:] for _, values in groups])
        axis.set_xlim(style.limits([*rows["optimism"], 0.0], rows["optimism"], ends[:, 0], ends[:, 1]))
        axis.axvline(0, color=style.INK, linewidth=1, zorder=1)
        axis.set_yticks(range(len(groups)), [arm_label(*key) for key, _ in groups])
        axis.set_ylim(-0.6, len(groups) - 0.4)
        axis.set_title(style.dataset_title(rows, dataset))
        style.score_axis(axis, "x", style.metric_of(runs), signed=True)
    told = style.say("selection minus audit accuracy, percentage points")
    axes[-1].set_xlabel(style.score_label(told, style.metric_of(runs)))
    shown: dict[str, Artist] = {}
    for axis in axes:
        shown |= {label: handle for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    order = sorted(shown, key=cv_order)
    figure.legend(
        [shown[cv] for cv in order],
        order,
        loc="outside upper center",
        ncols=6,
        title=style.say("cv-setting"),
        title_fontsize=7,
    )
    return figure
