"""The evidence of a claim that compares two cells: both values of every seed, and the effect against its margin."""

import re
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from hpotrial.figures import style
from hpotrial.figures.margins import band
from hpotrial.results import arm_label

HEIGHT = 2.0
_LOWER = "#767676"  # where a's value is the lower; dashed as well
_LETTERS = {1: 20, 2: 13}  # of a tick label before it is broken, by the judgements that share the panel


def draw_pairs(judgements: list[Mapping[str, Any]]) -> Figure:
    """Left the values by seed, the rival's beside a's; right the effect of each judgement, its interval and margin.

    `judgements` are of one claim, and have pairs.
    """
    figure = Figure(figsize=(style.WIDTH, HEIGHT))
    slopes, effects = figure.subplots(1, 2, width_ratios=(1.25, 1))
    _draw_slopes(slopes, judgements)
    _draw_effects(effects, judgements)
    return figure


def measure_word(measure: str) -> str:
    """What was compared or counted, in words."""
    known = {
        "selection_score": style.say("selection score"),
        "test_score": style.say("test score"),
        "audit_score": style.say("audit score"),
        "trials": style.say("trials"),
        "fits": style.say("fits"),
        "epochs": style.say("epochs"),
        "examples": style.say("training examples"),
        "space_size": style.say("size of the space"),
        "seconds": style.say("seconds, by the plan"),
        "wall_seconds": style.say("seconds of training"),
        "cpu_seconds": style.say("processor seconds of training"),
        "search_seconds": style.say("seconds of the whole search"),
        "trials_to_level": style.say("trials until the score that both reach"),
        "validation_accuracy": style.say("validation accuracy"),
        "hyperparameters_varied": style.say("hyperparameters that vary"),
        "grid_size": style.say("configurations of the grid"),
        "importance": style.say("first importance over the mean of the others"),
    }
    return " − ".join(known.get(part, part.replace("_", " ")) for part in measure.split(", "))


def _draw_slopes(axis: Axes, judgements: list[Mapping[str, Any]]) -> None:
    places, names = [], []
    values = [pair[side] for judgement in judgements for pair in judgement["pairs"] for side in ("a", "b")]
    if judgements[0]["unit"] == "ratio" and min(values) > 0 and max(values) > 4 * min(values):
        _logarithmic(axis)
    for number, judgement in enumerate(judgements):
        left, right = 1.9 * number, 1.9 * number + 1
        for pair in judgement["pairs"]:
            up = pair["a"] > pair["b"]
            axis.plot(
                [left, right], [pair["b"], pair["a"]], color=style.INK if up else _LOWER, linewidth=0.8,
                linestyle="-" if up else (0, (3, 2)), marker="o", markersize=2.2,
            )  # fmt: skip
        for place, side in ((left, "b"), (right, "a")):
            found = np.array([pair[side] for pair in judgement["pairs"]], dtype=float)
            # ratios are of geometric means
            geometric = judgement["unit"] == "ratio" and found.min() > 0
            mean = float(np.exp(np.log(found).mean()) if geometric else found.mean())
            axis.plot([place - 0.14, place + 0.14], [mean, mean], color=style.INK, linewidth=2.4, zorder=3)
        axis.text(
            left + 0.5, 1.03, style.judged_on_word(judgement["on"]), transform=axis.get_xaxis_transform(), ha="center",
            va="bottom", fontsize=7, weight="bold",
        )  # fmt: skip
        places += [left, right]
        names += [_broken(name, _LETTERS[len(judgements)]) for name in _names(judgement)]
    axis.set_xticks(places, names, fontsize=6.2)
    axis.set_xlim(-0.45, places[-1] + 0.45)
    axis.grid(False, axis="x")
    unit = judgements[0]["unit"]
    if unit == "share":
        style.percent_axis(axis, "y")
        axis.set_ylabel(style.say("score, %"))
    elif unit == "ratio":
        axis.set_ylabel(textwrap.fill(measure_word(judgements[0]["measure"]), _LETTERS[1]))
        axis.yaxis.set_major_formatter(lambda value, _: style.short_count(value))
    else:
        style.number_axis(axis, "y")
        axis.set_ylabel(style.say("score"))


def _names(judgement: Mapping[str, Any]) -> list[str]:
    """What stands below the rival's values and below a's."""
    a, rival = str(judgement["a"]), str(judgement["rival"] or "")
    measures = str(judgement["measure"]).split(", ")
    if a == rival and len(measures) == 2:
        return [measure_word(measure) for measure in (measures[1], measures[0])]
    cells = [cell.split("/") for cell in (rival, a)]
    datasets = {cell[0] for cell in cells}
    # the cells' dataset is said where they differ in it
    return [arm_label(*cell[-2:]) if len(datasets) == 1 else "/".join(cell) for cell in cells]


def _broken(label: str, letters: int) -> str:
    """A label in lines of few letters, broken after an underscore, a comma, a slash or a space."""
    lines = [""]
    for word in re.findall(r"[^_ ,/]*[_ ,/]?", label):
        if lines[-1] and len(lines[-1]) + len(word.strip()) > letters:
            lines.append("")
        lines[-1] += word
    return "\n".join(line.strip() for line in lines)


def _draw_effects(axis: Axes, judgements: list[Mapping[str, Any]]) -> None:
    unit = judgements[0]["unit"]
    known = [one for one in judgements if one["effect"] is not None]
    shown = [value for one in known for value in (one["effect"], one["low"], one["high"]) if value is not None]
    for number, judgement in enumerate(judgements):
        place = len(judgements) - 1 - number
        limits = band(judgement)
        if limits is not None:
            expected, low, high = limits
            shown += [expected, low, high]
            axis.fill_betweenx([place - 0.5, place + 0.5], low, high, color="#e3e3e3", linewidth=0, zorder=0)
            axis.plot([expected, expected], [place - 0.5, place + 0.5], color=style.INK, linewidth=0.9, zorder=1)
        if judgement["effect"] is not None:
            look = style.VERDICTS[judgement["verdict"]]
            if judgement["low"] is not None and judgement["high"] is not None:
                axis.hlines(place, judgement["low"], judgement["high"], color=look["color"], linewidth=1.5, zorder=2)
            axis.plot([judgement["effect"]], [place], linestyle="none", markersize=6, zorder=3, **look)
    words = [f"{style.judged_on_word(one['on'])}:\n{style.verdict_word(one['verdict'])}" for one in judgements]
    axis.set_yticks(range(len(judgements)), words[::-1])
    axis.set_ylim(-0.5, len(judgements) - 0.5)
    axis.grid(False, axis="y")
    if not shown:
        axis.text(0.5, 0.5, style.say("no effect to show"), transform=axis.transAxes, ha="center", style="italic")
    elif unit == "ratio" and min(shown) > 0:
        _ratio_axis(axis, shown)
    else:
        reach = 0.07 * (max(shown) - min(shown))
        axis.set_xlim(min(shown) - reach, max(shown) + reach)
        if unit == "share":
            style.percent_axis(axis, "x", signed=True)
            axis.set_xlabel(style.say("difference, percentage points"))
        else:
            style.number_axis(axis, "x")
            axis.set_xlabel(style.say("ratio of the costs") if unit == "ratio" else style.say("difference"))


def _ratio_axis(axis: Axes, shown: list[float]) -> None:
    axis.set_xscale("log")
    axis.set_xlim(min(shown) / 1.15, max(shown) * 1.15)
    wide = max(shown) / min(shown) > 30
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 3) if wide else (1, 1.5, 2, 3, 5, 7), numticks=12))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(lambda value, _: style.number(value))
    axis.set_xlabel(style.say("ratio of the costs"))


def _logarithmic(axis: Axes) -> None:
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 3), numticks=8))
    axis.yaxis.set_minor_locator(NullLocator())
