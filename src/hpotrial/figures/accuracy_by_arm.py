"""Selection, test and audit accuracy of every arm side by side."""

import numpy as np
from matplotlib.figure import Figure

from hpotrial.figures import style
from hpotrial.results import Tables, arm_label

title = "Accuracy by arm: three scores side by side"
order = 1
caption = (
    "Each line is one arm at one cv-setting, ordered by mean audit accuracy. Marks are means over seeds, bars 95 % "
    "t-intervals of the mean; a bar that reaches the edge goes on beyond it. Triangle: the selection score, what the "
    "search itself maximised. Square: accuracy on the documents' test set, on which the arms with cv-setting “test” "
    "also selected. Circle: accuracy on the audit rows, which nothing ever touched. Only the circles can be compared "
    "across all arms."
)
_ROW_INCHES = 0.235


def draw(tables: Tables) -> Figure:
    """One panel per dataset, one line per arm and cv-setting."""
    arms = tables.arms[tables.arms["seeds"] > 0]
    if arms.empty:
        return style.in_words(style.say("No run of this study has ended well, so there are no scores to draw."))
    runs = style.ok_runs(tables.runs)
    sizes = arms.groupby("dataset").size()
    figure = style.figure(0.9 + 0.55 * len(sizes) + _ROW_INCHES * int(sizes.sum()))
    axes = figure.subplots(len(sizes), 1, squeeze=False, height_ratios=list(sizes + 1.0))[:, 0]
    looks = style.score_looks()
    for axis, (dataset, rows) in zip(axes, arms.groupby("dataset"), strict=True):
        rows = rows.sort_values(["audit", "arm", "cv"], ascending=[True, False, False])
        place = np.arange(len(rows))
        for shift, (score, look) in zip((0.24, 0.0, -0.24), looks.items(), strict=True):
            mean, low, high = (rows[f"{score}{end}"].to_numpy(float) for end in ("", "_low", "_high"))
            axis.errorbar(
                mean,
                place + shift,
                xerr=style.bar_ends(mean, low, high),
                linestyle="none",
                markersize=4,
                elinewidth=1.0,
                **look,
            )
        axis.hlines(place[:-1] + 0.5, 0, 1, transform=axis.get_yaxis_transform(), color="#efefef", linewidth=0.6)
        axis.set_yticks(place, [arm_label(arm, cv) for arm, cv in zip(rows["arm"], rows["cv"], strict=True)])
        seen = runs.loc[runs["dataset"] == dataset, [f"{score}_score" for score in looks]]
        ends = (rows[[f"{score}{end}" for score in looks]] for end in ("", "_low", "_high"))
        axis.set_xlim(style.limits(next(ends), seen, *ends))
        axis.set_ylim(-0.6, len(rows) - 0.4)
        axis.grid(False, axis="y")
        axis.set_title(style.dataset_title(rows, dataset))
        style.score_axis(axis, "x", style.metric_of(runs))
    axes[-1].set_xlabel(style.score_label(style.say("accuracy, %"), style.metric_of(runs)))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, columnspacing=1.2, handletextpad=0.4)
    return figure
