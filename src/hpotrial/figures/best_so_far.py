"""How fast a search finds what it ends with: best selection score so far against epochs spent."""

from matplotlib.figure import Figure

from hpotrial.figures import style
from hpotrial.figures.best_curves import draw_against
from hpotrial.results import Tables

title = "Best selection score so far, by epochs"
order = 4
caption = (
    "The best selection score that a search had seen after spending that many epochs (over all folds, on a logarithmic "
    "axis, refits left out). Lines are interquartile means over seeds, bands reach from the lower to the upper "
    "quartile. A line begins where every seed has its first score, and goes on level after a search has ended. Each "
    "panel is a cv-setting: scores selected on different rows are not the same quantity; compare within a panel only."
)


def draw(tables: Tables) -> Figure:
    """One panel per dataset and cv-setting, two in a row, one line in it per arm."""
    return draw_against(tables, "epochs", style.say("epochs spent"))
