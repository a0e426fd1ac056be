"""The one visual language of all figures: widths, type, and what a colour, a marker and a shade mean.

Every distinction is made twice, by colour and by form, so that it survives grey print and colour blindness.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from hpotrial.core import metrics
from hpotrial.figures.wording import number, say
from hpotrial.results import cv_order

__all__ = ["number", "say"]  # a figure file needs this module only

matplotlib.use("Agg")  # figures are files: no display is needed

WIDTH = 6.5  # inches: the width of the text on an A4 page with margins of 22 mm
HEIGHT = 8.0  # inches, at most: what such a page holds between a figure's title and its caption
_PIXELS_PER_INCH = 200
INK = "#222222"
FAINT = "#b8b8b8"
RC_PARAMS: dict[Any, Any] = {
    **sns.axes_style("whitegrid", {"grid.color": "#e4e4e4", "axes.edgecolor": "#666666"}),
    "svg.fonttype": "path",  # the letters travel with the figure, whatever fonts the reader has
    "svg.hashsalt": "hpotrial",
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "lines.linewidth": 1.3,
    "figure.constrained_layout.use": True,
}
_ALL_COLOURS = sns.color_palette("colorblind", 10)
_PALETTE = [*_ALL_COLOURS[:8], _ALL_COLOURS[9], INK]  # the ninth, yellow, is too light for lines on white
_CV_MARKERS = ("o", "s", "D", "p", "h", "8")  # roomy: a number stands inside them
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")
_DASHES = ((), (5, 1.5), (1.5, 1.2), (6, 1.5, 1.5, 1.5), (3, 1, 1, 1, 1, 1))

# what a judgement came to, in the words of verdicts.json; forms that can be drawn hollow
VERDICTS: dict[str, dict[str, Any]] = {
    "supported": {"color": _PALETTE[2], "marker": "o"},
    "contradicted": {"color": _PALETTE[3], "marker": "X"},
    "equivalent": {"color": _PALETTE[0], "marker": "s"},
    "inconclusive": {"color": "#767676", "marker": "D"},
    "not_judged": {"color": "#a8a8a8", "marker": "v"},
}


def figure(inches: float) -> Figure:
    """An empty figure as wide as a page's text and as high as asked for, or as a page has room for.

    Parameters
    ----------
    inches : float
        Its height.
    """
    return Figure(figsize=(WIDTH, min(inches, HEIGHT)))


def score_looks() -> dict[str, dict[str, Any]]:
    """Colour, form and label of the three scores, everywhere in this order."""
    return {
        "selection": {"color": _PALETTE[1], "marker": "^", "label": say("selection: what the search maximised")},
        "test": {"color": _PALETTE[0], "marker": "s", "label": say("test: the documents' 20 % test set")},
        "audit": {"color": INK, "marker": "o", "label": say("audit: rows nobody tuned on")},
    }


def verdict_word(verdict: str) -> str:
    """What a verdict is called in a figure."""
    return {
        "supported": say("supported"),
        "contradicted": say("contradicted"),
        "equivalent": say("equivalent"),
        "inconclusive": say("inconclusive"),
        "not_judged": say("not judged"),
    }[verdict]


def judged_on_word(on: str) -> str:
    """What a judgement looked at, in words."""
    return {
        "documented": say("as documented"),
        "audited": say("audited"),
        "measured": say("measured"),
    }[on]


def arm_style(arms: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Colour, marker and dashes of each arm; the same for an arm in all figures of one study."""
    styles = {}
    for place, arm in enumerate(sorted(set(arms))):
        turn = place + place // len(_PALETTE)  # when the colours begin again, forms are shifted against them
        forms = {"marker": _MARKERS[turn % len(_MARKERS)], "dashes": _DASHES[turn % len(_DASHES)]}
        styles[arm] = {"color": _PALETTE[place % len(_PALETTE)], **forms}
    return styles


def arm_legend(figure: Figure, shown: Mapping[str, Artist]) -> None:
    """Name the arms above the panels, in as many columns as the longest name leaves room for."""
    names = sorted(shown)
    # points: the line before a name, the space after it, and a letter
    needed = 27 + 9 + 4.4 * max(map(len, names), default=1)
    columns = max(1, int(72 * WIDTH // needed))
    figure.legend(
        [shown[name] for name in names], names, loc="outside upper center", ncols=min(columns, 4), handlelength=3,
        columnspacing=1.2,
    )  # fmt: skip


def cv_style(cvs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Marker and shade of each cv-setting."""
    return {
        cv: {"marker": _CV_MARKERS[place % len(_CV_MARKERS)], "color": _PALETTE[place % len(_PALETTE)]}
        for place, cv in enumerate(sorted(set(cvs), key=cv_order))
    }


def dataset_title(frame: pd.DataFrame, dataset: object) -> str:
    """Title of a dataset's panel; a stand-in is named as one."""
    standin = frame.loc[frame["dataset"] == dataset, "standin"].fillna(False).astype(bool).any()
    return f"{dataset}: {say('STAND-IN DATA')}" if standin else str(dataset)


def ok_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that ended well; the others have no scores to draw."""
    return runs[runs["status"] == "ok"]


def percent_axis(axis: Axes, which: str, signed: bool = False) -> None:
    """Show shares of 1 as per cent (or, signed, as percentage points) on the x or y axis."""
    target = axis.xaxis if which == "x" else axis.yaxis

    def text(value: float, _: int) -> str:
        steps = 100 * np.diff(target.get_majorticklocs())
        # as many decimals as the ticks need: a label must not be rounded
        digits = next((n for n in range(4) if np.allclose(steps, np.round(steps, n), atol=1e-6)), 4)
        shown = round(100 * value, digits) + 0.0  # no minus before a zero
        return number(shown, f"+.{digits}f" if signed and shown else f".{digits}f")

    target.set_major_formatter(FuncFormatter(text))


def metric_of(runs: pd.DataFrame) -> str:
    """The metric of a dataset's runs, by which all that is drawn of it is scored."""
    return str(next(iter(runs["metric"].dropna()), metrics.ACCURACY))


def score_axis(axis: Axes, which: str, metric: str, signed: bool = False) -> None:
    """Scores on the x or y axis: in per cent (or, signed, in points) where they are shares, else in their own unit."""
    if metrics.UNITS.get(metric) == "share":
        percent_axis(axis, which, signed)
    else:
        number_axis(axis, which)


def score_label(said: str, metric: str) -> str:
    """What is said of accuracy, in per cent or points, said of another metric in its own unit."""
    if metric == metrics.ACCURACY:
        return said
    names = {
        "balanced_accuracy": say("balanced accuracy"),
        "macro_f1": say("macro F1"),
        "roc_auc": say("ROC AUC"),
        "log_loss": say("negated log loss"),
    }
    said = said.replace(say("accuracy"), names.get(metric, metric))
    unit = metrics.UNITS.get(metric, "share")
    return said if unit == "share" else said.replace("%", unit).replace(say("percentage points"), unit)


def count_axis(axis: Axes) -> None:
    """A logarithmic x axis of counts, with short labels such as 20k and 5M."""
    axis.set_xscale("log")
    low, high = axis.get_xlim()
    decades = np.log10(high / low)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 1.3 else (1, 3) if decades < 2 else (1,)))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_count(value)))


def short_count(value: float) -> str:
    """A count in at most four characters or so: 950, 20k, 1.5M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return number(value / size) + letter
    return number(value)


def number_axis(axis: Axes, which: str) -> None:
    """Plain numbers on the x or y axis, with the language's decimal mark."""
    target = axis.xaxis if which == "x" else axis.yaxis
    target.set_major_formatter(FuncFormatter(lambda value, _: number(round(value, 9) + 0.0, ",.6g")))


def limits(marks: Any, seen: Any, low: Any, high: Any) -> tuple[float, float]:
    """Ends of an axis that shows all marks, and their intervals as far as these are not much wider than what was seen.

    `marks` are the values drawn, `seen` those of single seeds, `low` and `high` the ends of the intervals; array-likes.
    With two or three seeds an interval can be ten times as wide as all that was seen, and would leave no room for it.
    """
    marks, seen, low, high = (np.asarray(values, dtype=float).ravel() for values in (marks, seen, low, high))
    first, last = float(np.nanmin(seen)), float(np.nanmax(seen))
    reach = 0.5 * (last - first) or 0.01
    bottom = min(np.nanmin(marks), max(np.nanmin([*low, *marks]), first - reach))
    top = max(np.nanmax(marks), min(np.nanmax([*high, *marks]), last + reach))
    margin = 0.05 * (top - bottom) or 0.005
    return float(bottom - margin), float(top + margin)


def bar_ends(mean: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Lengths of error bars (2 x n) for matplotlib; an unknown interval has length 0."""
    return np.nan_to_num(np.vstack([mean - low, high - mean]))


class Words(Figure):
    """A figure that holds words only."""


def in_words(message: str) -> Words:
    """A figure that says why there is nothing to draw."""
    figure = Words(figsize=(WIDTH, 0.9))
    figure.text(0.5, 0.5, message, ha="center", va="center", style="italic")
    return figure


def settle(figure: Figure) -> None:
    """Lay the figure out, once more than saving does: in the room that this leaves, tick labels may come out longer."""
    figure.draw_without_rendering()


def save(figure: Figure, stem: Path) -> None:
    """Write ``{stem}.svg`` and ``{stem}.png``, without a date and without the name of what made them."""
    settle(figure)
    # a dataset's name may have dots
    figure.savefig(f"{stem}.svg", format="svg", metadata={"Date": None, "Creator": None})
    figure.set_layout_engine("none")  # the same places for both, found once
    figure.savefig(f"{stem}.png", format="png", dpi=_PIXELS_PER_INCH, metadata={"Software": None})
