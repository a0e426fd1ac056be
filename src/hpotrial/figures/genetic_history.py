"""What became of a genetic algorithm's population, generation by generation."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hpotrial.figures import style
from hpotrial.results import Tables, cv_order

title = "Genetic algorithm: the population by generation"
order = 11
caption = (
    "Each row is one arm that evolves a population; generation 0 is drawn at random. Left: the selection score of the "
    "population's best configuration (solid line), the population's mean (dashed line), and a band of one standard "
    "deviation of the population around the mean. Right: diversity, the share of hyperparameters in which two "
    "configurations of the population differ, averaged over all pairs; 0 where all are alike. All values are means "
    "over seeds; a seed whose search ended early goes on level. Lines of different cv-settings are selected on "
    "different rows: compare their courses, not their heights."
)
_FIELDS = ["best", "mean", "spread", "diversity"]


def draw(tables: Tables) -> Figure:
    """One row of two panels per dataset and arm, one line in each per cv-setting."""
    generations = tables.generations
    if generations["best"].notna().sum() == 0:
        return style.in_words(style.say("No arm of this study evolves a population, so there is no history to draw."))
    arms = list(generations.groupby(["dataset", "arm"]))
    figure = style.figure(0.6 + 1.75 * len(arms))
    panels = figure.subplots(len(arms), 2, squeeze=False, width_ratios=(1.35, 1))
    looks = style.cv_style(generations["cv"])
    shown: dict[str, Artist] = {}
    for (scores, diversity), ((dataset, arm), rows) in zip(panels, arms, strict=True):
        for cv in sorted(rows["cv"].unique(), key=cv_order):
            course = mean_course(rows[rows["cv"] == cv])
            look = {"color": looks[cv]["color"], "marker": looks[cv]["marker"], "markersize": 3}
            (shown[cv],) = scores.plot(course.index, course["best"], **look)
            scores.plot(course.index, course["mean"], linestyle="--", linewidth=1.0, **look)
            low, high = course["mean"] - course["spread"], course["mean"] + course["spread"]
            scores.fill_between(course.index, low, high, color=look["color"], alpha=0.15, linewidth=0)
            diversity.plot(course.index, course["diversity"], **look)
        if rows["best"].between(0, 1).all():
            style.percent_axis(scores, "y")
            scores.set_ylabel(style.say("selection score, %"))
        else:
            style.number_axis(scores, "y")
            scores.set_ylabel(style.say("selection score"))
        diversity.set_ylim(-0.03, 1.03)
        style.number_axis(diversity, "y")
        diversity.set_ylabel(style.say("diversity"))
        for axis in (scores, diversity):
            _whole_generations(axis)
        scores.set_title(f"{style.dataset_title(tables.runs, dataset)}, {arm}")
    for axis in panels[-1]:
        axis.set_xlabel(style.say("generation"))
    order = sorted(shown, key=cv_order)
    figure.legend([shown[cv] for cv in order], order, loc="outside upper center", ncols=6)
    return figure


def mean_course(generations: pd.DataFrame) -> pd.DataFrame:
    """Best, mean, spread and diversity by generation, averaged over seeds and their searches, of one arm at one
    cv-setting.

    A search that ended before others keeps its last values; one without the first generations (where all had failed)
    is left out of their mean.
    """
    last = int(generations["generation"].max())
    searches = [
        search.set_index("generation")[_FIELDS].reindex(np.arange(last + 1)).ffill()
        for _, search in generations.groupby(["seed", "repeat"])
    ]
    return pd.concat(searches).groupby(level=0).mean()


def _whole_generations(axis: Axes) -> None:
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
