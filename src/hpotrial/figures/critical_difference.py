"""Which arms' mean ranks on the audit rows are told apart: the critical-difference diagram after Nemenyi's test."""

import numpy as np
import pandas as pd
import scikit_posthocs
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import studentized_range

from hpotrial.figures import style
from hpotrial.results import Tables, arm_label, cv_order

title = "Critical differences of mean audit ranks"
order = 7
caption = (
    "Arms by their mean rank on the audit rows (1 is best), with that rank; blocks are seeds. Arms that one thick bar "
    "joins are not told apart by Nemenyi's test at the 5 % level; CD is the difference of mean ranks that it asks for. "
    "Its usual blocks are datasets, and then it speaks of datasets; here the blocks are splits of one dataset, so it "
    "speaks of such splits of these rows only. Arms with fewer than half of the seeds, and seeds in which another arm "
    "has no run, are left out."
)
_LEVEL = 0.05


def draw(tables: Tables) -> Figure:
    """One panel per dataset with two arms or more and two complete seeds or more."""
    runs = tables.runs
    found = {str(dataset): complete_blocks(audit_matrix(mine)) for dataset, mine in runs.groupby("dataset")}
    found = {dataset: blocks for dataset, blocks in found.items() if min(blocks.shape) >= 2}
    if not found:
        return style.in_words(
            style.say("No dataset has two arms with runs in the same two seeds, so there are no ranks to compare.")
        )
    heights = [1.0 + 0.16 * (blocks.shape[1] + 1) for blocks in found.values()]
    figure = style.figure(sum(heights))
    axes = figure.subplots(len(found), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axis, (dataset, blocks) in zip(axes, found.items(), strict=True):
        _draw_panel(axis, blocks)
        axis.set_title(style.dataset_title(runs, dataset), pad=8)
        note = style.say("{seeds} seeds, {arms} arms", seeds=blocks.shape[0], arms=blocks.shape[1])
        axis.set_title(note, loc="right", weight="normal", fontsize=7.5, pad=8)
    return figure


def audit_matrix(runs: pd.DataFrame) -> pd.DataFrame:
    """Audit scores of the runs of one dataset that ended well: a row per seed, a column per arm and cv-setting.

    A run that is missing is NaN. Columns are labels of arms, by cv-setting and name; an arm without any score is not
    there.
    """
    ok = style.ok_runs(runs).dropna(subset="audit_score")
    keys = sorted({*zip(ok["arm"], ok["cv"], strict=True)}, key=lambda key: (cv_order(key[1]), key[0]))
    wide = ok.pivot(index="seed", columns=["arm", "cv"], values="audit_score").sort_index()
    wide = wide.reindex(columns=pd.MultiIndex.from_tuples(keys, names=["arm", "cv"])) if keys else wide
    return wide.set_axis([arm_label(arm, cv) for arm, cv in keys], axis=1)


def complete_blocks(matrix: pd.DataFrame) -> pd.DataFrame:
    """The seeds in which every arm has a score.

    An arm with fewer than half of the seeds is left out first, since it would take them from all others.
    """
    enough = matrix.loc[:, matrix.notna().mean() >= 0.5]
    return enough.dropna()


def critical_difference(arms: int, blocks: int) -> float:
    """Nemenyi's critical difference of mean ranks at the 5 % level (J. Demšar, JMLR 7, 2006, section 3.2.2)."""
    quantile = studentized_range.ppf(1 - _LEVEL, arms, np.inf) / np.sqrt(2)
    return float(quantile * np.sqrt(arms * (arms + 1) / (6 * blocks)))


def _draw_panel(axis: Axes, blocks: pd.DataFrame) -> None:
    ranks = blocks.rank(axis=1, ascending=False).mean()
    p_values = scikit_posthocs.posthoc_nemenyi_friedman(blocks)
    # the library writes numbers in English: ours stand in the labels
    named = {arm: f"{arm} ({style.number(rank, '.1f')})" for arm, rank in ranks.items()}
    difference = critical_difference(blocks.shape[1], blocks.shape[0])
    drawn = scikit_posthocs.critical_difference_diagram(
        ranks.rename(named),
        p_values.rename(index=named, columns=named),
        cd=difference,
        alpha=_LEVEL,
        ax=axis,
        label_fmt_left="{label}",
        label_fmt_right="{label}",
        color_palette=dict.fromkeys(named.values(), style.INK),
        label_props={"fontsize": 6.8},
        marker_props={"s": 12},
        elbow_props={"linewidth": 0.8},
        crossbar_props={"color": style.INK, "linewidth": 2.4},
        text_h_margin=0.03 * (ranks.max() - ranks.min()) or 0.03,
    )
    # above the numbers of the axis, which the library's place for it is among
    axis.lines[-1].set_ydata([1.7, 1.7])
    label = axis.texts[-1]
    label.set(y=1.85, va="bottom", text=style.say("CD = {difference}", difference=style.number(difference, ".2f")))
    axis.set_ylim(top=3.0)
    for elbow in drawn["elbows"]:
        elbow.set_color(style.FAINT)
    for (bar,) in drawn["crossbars"]:
        # the library joins the arms in the order of a set, which differs from one process to the next
        bar.set_xdata(np.sort(np.asarray(bar.get_xdata(), dtype=float)))
    style.number_axis(axis, "x")
    axis.grid(False)
