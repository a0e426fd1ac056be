"""How often one arm beats another on the audit rows of the same split, for all pairs of arms."""

import itertools

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hpotrial.figures import style
from hpotrial.figures.critical_difference import audit_matrix
from hpotrial.results import Tables
from hpotrial.results.statistics.paired import holm, wilcoxon

title = "Probability of winning, arm against arm"
order = 8
caption = (
    "The share of seeds, in per cent, in which the row's arm has a higher audit score than the column's on the same "
    "split; a tie counts half. Arms are ordered by their mean share, which stands beside their name, and the columns "
    "have the rows' numbers. A frame marks the pairs in which Wilcoxon's signed-rank test finds a difference at the "
    "5 % level after Holm's correction over all pairs of the dataset; the line below says what that asks of so many "
    "seeds. Without a frame nothing is shown either way: few seeds and many pairs hide all but the largest differences."
)
_LEVEL = 0.05


def draw(tables: Tables) -> Figure:
    """One square per dataset with two arms or more."""
    runs = tables.runs
    found = {str(dataset): audit_matrix(mine) for dataset, mine in runs.groupby("dataset")}
    found = {dataset: matrix for dataset, matrix in found.items() if np.isfinite(wins(matrix)).any()}
    if not found:
        return style.in_words(style.say("No two arms have runs in the same seed, so nobody wins and nobody loses."))
    heights = [1.0 + 0.21 * matrix.shape[1] for matrix in found.values()]
    figure = style.figure(sum(heights))
    axes = figure.subplots(len(found), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axis, (dataset, matrix) in zip(axes, found.items(), strict=True):
        _draw_panel(axis, matrix)
        axis.set_title(style.dataset_title(runs, dataset))
    return figure


def wins(matrix: pd.DataFrame) -> np.ndarray:
    """Probability that each arm (row) beats each other (column) in one seed; ties half, NaN without common seeds.

    `matrix` has a row per seed and a column per arm; the answer has the shape (arms, arms), NaN on its diagonal.
    """
    values = matrix.to_numpy(float)
    arms = values.shape[1]
    found = np.full((arms, arms), np.nan)
    for i, j in itertools.permutations(range(arms), 2):
        gain = values[:, i] - values[:, j]
        gain = gain[~np.isnan(gain)]
        if len(gain):
            found[i, j] = np.mean(gain > 0) + 0.5 * np.mean(gain == 0)
    return found


def adjusted_p(matrix: pd.DataFrame) -> dict[tuple[int, int], float]:
    """Wilcoxon's p of each pair of columns with two common seeds or more, by Holm's correction over those pairs.

    Keys are pairs of column numbers, the smaller first. Columns that are equal in every seed have p = 1.
    """
    values = matrix.to_numpy(float)
    raw = {}
    for i, j in itertools.combinations(range(values.shape[1]), 2):
        gain = values[:, i] - values[:, j]
        gain = gain[~np.isnan(gain)]
        if len(gain) >= 2:
            raw[i, j] = wilcoxon(gain)
    return dict(zip(raw, holm(list(raw.values())).tolist(), strict=True))


def _draw_panel(axis: Axes, matrix: pd.DataFrame) -> None:
    probability = wins(matrix)
    share = np.nanmean(probability, axis=1)
    order = np.argsort(-np.nan_to_num(share, nan=-1.0), kind="stable")
    matrix, share, probability = matrix.iloc[:, order], share[order], probability[np.ix_(order, order)]
    sns.heatmap(
        100 * probability, ax=axis, annot=True, fmt=".0f", annot_kws={"fontsize": 6}, square=False,
        cmap="PuOr", vmin=0, vmax=100, cbar=False, linewidths=0.6, linecolor="white",
    )  # fmt: skip
    axis.grid(False)
    numbers = range(1, len(share) + 1)
    names = [
        f"{number:>2}  {arm}  {style.number(100 * mean, '.0f')}"
        for number, arm, mean in zip(numbers, matrix.columns, share, strict=True)
    ]
    axis.set_yticks(np.arange(len(names)) + 0.5, names, rotation=0)
    axis.set_xticks(np.arange(len(names)) + 0.5, [str(number) for number in numbers])
    tested = adjusted_p(matrix)
    for (i, j), p in tested.items():
        if p < _LEVEL:
            for place in ((j, i), (i, j)):
                axis.add_patch(Rectangle(place, 1, 1, fill=False, edgecolor=style.INK, linewidth=1.4, zorder=3))
    axis.set_xlabel(_note(tested, len(matrix)))


def _note(tested: dict[tuple[int, int], float], seeds: int) -> str:
    if not tested:
        return style.say("One seed: nothing can be tested.")
    # the signs of all differences the same: two of 2 to the number of seeds
    least = min(1.0, len(tested) * 2.0 ** (1 - seeds))
    return style.say(
        "{pairs} pairs, {found} different; a difference in all {seeds} seeds would have a corrected p of {least}",
        pairs=len(tested),
        found=sum(p < _LEVEL for p in tested.values()),
        seeds=seeds,
        least=style.number(least, ".2g"),
    )
