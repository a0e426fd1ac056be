"""All claims at a glance: the effect of each judgement against its margin, in the form and colour of its verdict."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hpotrial.figures import style
from hpotrial.figures.margins import COMPARED, InMargins, in_margins
from hpotrial.results import Tables

PER = "study"
title = "All claims against their margins"
order = 0
caption = (
    "One line per claim. Marks are the mean paired effects over seeds, bars the intervals that verdicts rest on, in "
    "units of the claim's margin: differences of scores divided by it, ratios of costs over the expected ratio on a "
    "logarithmic scale. Within the band, from −1 to 1, nobody would care. Hollow marks: judged on the score that the "
    "document looked at; filled marks: on the audit rows, or measured. Colour and form give the verdict, which the "
    "column on the right repeats. An arrow: the mark, or a bar that is cut, lies beyond the edge. What is counted or "
    "looked up, and has no paired effect, stands in words."
)
_ROW_INCHES = 0.165
_EDGE = 6.0  # in margins: farther out an effect is beyond doubt, and would leave no room for the others
_COLUMNS = {"documented": 1.03, "audited": 1.075, "measured": 1.075}


def draw(tables: Tables) -> Figure:
    """One line per claim, grouped by kind, all in one panel."""
    verdicts = tables.verdicts
    claims = verdicts["claims"] if verdicts else []
    if not claims:
        return style.in_words(style.say("No claim was judged in this study, so there is nothing to draw."))
    headings = _headings()
    groups = [(kind, [claim for claim in claims if claim["kind"] == kind]) for kind in headings]
    groups = [(kind, mine) for kind, mine in groups if mine]
    lines = len(claims) + 1.3 * len(groups)
    figure = style.figure(1.1 + _ROW_INCHES * lines)
    axis = figure.subplots()
    axis.axvspan(-1, 1, color="#ececec", zorder=0)
    axis.axvline(0, color=style.INK, linewidth=0.9, zorder=1)
    place, labels = 0.0, {}
    for kind, mine in groups:
        axis.text(
            -_EDGE, place, headings[kind], fontsize=6.8, weight="bold", va="center", ha="left",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6}, zorder=2,
        )  # fmt: skip
        place += 1.0
        for claim in mine:
            _draw_claim(axis, place, claim)
            labels[place] = claim["id"]
            place += 1.0
        place += 0.3
    axis.set_yticks(list(labels), list(labels.values()), fontsize=6.3)
    axis.set_ylim(place - 0.5, -0.7)
    axis.set_xlim(-1.04 * _EDGE, 1.04 * _EDGE)
    axis.set_xticks([-6, -4, -2, -1, 0, 1, 2, 4, 6])
    style.number_axis(axis, "x")
    axis.grid(False, axis="y")
    axis.set_xlabel(style.say("effect, in margins"))
    _legend(figure, claims)
    return figure


def _headings() -> dict[str, str]:
    return {
        "superiority": style.say("superiority: claimed to lie to the right of 0"),
        "equivalence": style.say("equivalence: claimed to lie within the band, or not above it"),
        "ratio": style.say("ratio of costs: 0 is the ratio that the claim names"),
        "count": style.say("counts"),
        "interval": style.say("documented values"),
        "fact": style.say("facts"),
    }


def _draw_claim(axis: Axes, place: float, claim: Mapping[str, Any]) -> None:
    axis.axhline(place, color="#f0f0f0", linewidth=0.5, zorder=0.5)
    judgements = [one for one in claim["judgements"] if one["on"] in _COLUMNS]
    for number, judgement in enumerate(judgements):
        height = place + (0.2 * (2 * number - 1) if len(judgements) > 1 else 0.0)
        look = _look(judgement)
        axis.plot(
            [_COLUMNS[judgement["on"]]], [place], transform=axis.get_yaxis_transform(), clip_on=False,
            linestyle="none", markersize=4.2, **look,
        )  # fmt: skip
        found = in_margins(judgement) if claim["kind"] in COMPARED else None
        if found is not None:
            _draw_effect(axis, height, found, look)
        elif number == 0:
            axis.text(
                0, place, _in_short(judgement), fontsize=6.2, va="center", ha="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            )  # fmt: skip


def _draw_effect(axis: Axes, height: float, found: InMargins, look: dict[str, Any]) -> None:
    mark = float(np.clip(found.effect, -_EDGE, _EDGE))
    ends = [mark if end is None else float(np.clip(end, -_EDGE, _EDGE)) for end in (found.low, found.high)]
    axis.hlines(height, ends[0], ends[1], color=look["color"], linewidth=1.0, zorder=2)
    known = [end for end in (found.effect, found.low, found.high) if end is not None]
    for sign in (-1, 1):
        if max(sign * end for end in known) > _EDGE:
            axis.plot(
                [sign * _EDGE * 1.025], [height], marker=">" if sign > 0 else "<", markersize=3.6, color=look["color"],
                linestyle="none", clip_on=False, zorder=2,
            )  # fmt: skip
    if abs(found.effect) <= _EDGE:
        axis.plot([mark], [height], linestyle="none", markersize=3.9, zorder=3, **look)


def _look(judgement: Mapping[str, Any]) -> dict[str, Any]:
    look = style.VERDICTS[judgement["verdict"]]
    hollow = judgement["on"] == "documented"
    return {**look, "markerfacecolor": "white" if hollow else look["color"], "markeredgewidth": 0.9}


def _in_short(judgement: Mapping[str, Any]) -> str:
    """A judgement without a paired effect: what was found and what was expected."""
    if judgement["verdict"] == "not_judged" or judgement["effect"] is None:
        return style.say("not judged") if judgement["verdict"] == "not_judged" else style.say("no effect to show")
    if judgement["expected"] is None:
        return style.say("found {found}", found=_shown(judgement, "effect"))
    return style.say(
        "found {found}, expected {expected}",
        found=_shown(judgement, "effect"),
        expected=_shown(judgement, "expected"),
    )


def _shown(judgement: Mapping[str, Any], name: str) -> str:
    value = judgement[name]
    if judgement["unit"] == "share":
        return style.number(100 * value, ".2f") + " %"
    return style.short_count(value) if abs(value) >= 10_000 else style.number(value, ",.4g")


def _legend(figure: Figure, claims: list[dict[str, Any]]) -> None:
    seen = {judgement["verdict"] for claim in claims for judgement in claim["judgements"]}
    handles = [
        Line2D([], [], linestyle="none", markersize=5, label=style.verdict_word(verdict), **look)
        for verdict, look in style.VERDICTS.items()
        if verdict in seen
    ]
    plain: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 5, "color": style.INK}
    handles += [
        Line2D([], [], markerfacecolor="white", label=style.say("hollow: as documented"), **plain),
        Line2D([], [], label=style.say("filled: audited, or measured"), **plain),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, columnspacing=1.2, handletextpad=0.3)
