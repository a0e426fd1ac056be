"""The evidence of a claim about one cell: what every seed's run came to, against the number that the claim names."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from hpotrial.figures import style
from hpotrial.figures.evidence_pairs import measure_word
from hpotrial.results import arm_label

_HEIGHT, _ROW_INCHES = 1.45, 0.15
_BAND = "#e3e3e3"


def draw_values(judgement: Mapping[str, Any]) -> Figure:
    """A dot per seed, their mean, the number that the claim names, and the interval or tolerance that it is held to."""
    values = [float(pair["value"]) for pair in judgement.get("pairs") or []]
    figure = Figure(figsize=(style.WIDTH, _HEIGHT))
    axis = figure.subplots()
    handles: list[Any] = []
    limits = _held_to(judgement)
    if limits is not None:
        axis.axvspan(*limits[:2], color=_BAND, linewidth=0, zorder=0)
        handles.append(Patch(color=_BAND, label=limits[2]))
    if judgement["expected"] is not None:
        axis.axvline(judgement["expected"], color=style.INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1)
        handles.append(Line2D([], [], color=style.INK, linestyle=(0, (4, 2)), label=_expected_word(judgement)))
    if values:
        axis.plot(
            values, np.linspace(0.15, 0.85, len(values)) if len(values) > 1 else [0.5], linestyle="none", marker="o",
            markersize=3.5, color="#767676", zorder=2,
        )  # fmt: skip
        handles.append(Line2D([], [], linestyle="none", marker="o", markersize=3.5, color="#767676",
                              label=style.say("one seed")))  # fmt: skip
    if judgement["unit"] == "ratio" and None not in (judgement["low"], judgement["high"]):
        axis.hlines(0.5, judgement["low"], judgement["high"], color=style.INK, linewidth=1.5, zorder=2)
    if judgement["effect"] is not None:
        look = style.VERDICTS[judgement["verdict"]]
        axis.plot(
            [judgement["effect"]], [0.5], linestyle="none", markersize=7, markeredgecolor=style.INK, zorder=3, **look
        )
        word = style.say("mean: {verdict}", verdict=style.verdict_word(judgement["verdict"]))
        handles.append(Line2D([], [], linestyle="none", markersize=6, markeredgecolor=style.INK, label=word, **look))
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    axis.set_ylabel(style.say("seeds") if values else "")
    _value_axis(axis, judgement, [*values, *(limits[:2] if limits else ())])
    axis.set_xlabel(_what(judgement))
    figure.legend(handles=handles, loc="outside upper center", ncols=4, columnspacing=1.4, handletextpad=0.5)
    return figure


def draw_rows(judgement: Mapping[str, Any]) -> Figure:
    """One line per documented value: the prediction interval for one new run, its mean, and the documented value."""
    rows = list(judgement["details"]["rows"])
    figure = Figure(figsize=(style.WIDTH, 0.85 + _ROW_INCHES * len(rows)))
    axis = figure.subplots()
    place = np.arange(len(rows))[::-1]
    named: dict[str, Any] = {
        name: np.array([row[name] for row in rows], dtype=float) for name in ("documented", "mean", "low", "high")
    }
    axis.hlines(place, named["low"], named["high"], color=style.FAINT, linewidth=4, zorder=1)
    axis.plot(named["mean"], place, linestyle="none", marker="|", markersize=7, color=style.INK, zorder=2)
    handles: list[Any] = [
        Line2D([], [], color=style.FAINT, linewidth=4, label=style.say("95 % prediction interval for one run")),
        Line2D(
            [], [], linestyle="none", marker="|", markersize=7, color=style.INK, label=style.say("mean of the runs")
        ),
    ]
    looks = {
        True: {**style.VERDICTS["supported"], "label": style.say("documented, inside")},
        False: {**style.VERDICTS["contradicted"], "label": style.say("documented, outside")},
    }
    inside = np.array([bool(row["inside"]) for row in rows])
    for kind, look in looks.items():
        if (inside == kind).any():
            handles += axis.plot(
                named["documented"][inside == kind],
                place[inside == kind],
                linestyle="none",
                markersize=5,
                zorder=3,
                **look,
            )
    axis.set_yticks(place, [style.say("row {row}", row=row["row"]) for row in rows])
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.grid(False, axis="y")
    style.percent_axis(axis, "x")
    axis.set_xlabel(style.say("validation accuracy, %"))
    figure.legend(handles=handles, loc="outside upper center", ncols=4, columnspacing=1.2, handletextpad=0.5)
    return figure


def _held_to(judgement: Mapping[str, Any]) -> tuple[float, float, str] | None:
    details = judgement.get("details") or {}
    if judgement["unit"] == "share" and judgement["low_alone"] is not None:
        return judgement["low_alone"], judgement["high_alone"], style.say("95 % prediction interval for one run")
    if judgement["margin"] and judgement["expected"]:
        slack = judgement["margin"] * judgement["expected"]
        bound = details.get("bound")
        low, high = (0.0 if bound == "at_most" else slack), (0.0 if bound == "at_least" else slack)
        return judgement["expected"] - low, judgement["expected"] + high, style.say("tolerated")
    return None


def _expected_word(judgement: Mapping[str, Any]) -> str:
    value = judgement["expected"]
    if judgement["unit"] == "share":
        return style.say("documented: {value} %", value=style.number(100 * value, ".2f"))
    shown = style.number(value, ",.6g")
    bound = (judgement.get("details") or {}).get("bound")
    if bound == "at_least" or (bound is None and judgement["unit"] == "ratio"):
        return style.say("claimed: at least {value}", value=shown)
    if bound == "at_most":
        return style.say("claimed: at most {value}", value=shown)
    return style.say("claimed: {value}", value=shown)


def _what(judgement: Mapping[str, Any]) -> str:
    what = measure_word(judgement["measure"])
    if judgement["unit"] == "share":
        what = f"{what}, %"
    cell = str(judgement["a"] or "").split("/")
    return f"{what} ({arm_label(*cell[1:])})" if len(cell) == 3 else what


def _value_axis(axis: Axes, judgement: Mapping[str, Any], shown: list[float]) -> None:
    shown = shown + [value for value in (judgement["effect"], judgement["expected"]) if value is not None]
    low, high = min(shown), max(shown)
    if low > 0 and high > 8 * low:
        axis.set_xscale("log")
        axis.set_xlim(low / 1.3, high * 1.3)
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 3), numticks=10))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(lambda value, _: style.short_count(value))
        return
    counted = judgement["unit"] == "count"
    reach = 0.08 * (high - low) or (1.5 if counted else 0.01)
    axis.set_xlim(low - reach, high + reach)
    if judgement["unit"] == "share":
        style.percent_axis(axis, "x")
    else:
        axis.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=counted))
        style.number_axis(axis, "x")
