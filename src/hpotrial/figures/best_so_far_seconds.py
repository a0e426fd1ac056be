"""How long a search takes to find what it ends with: best selection score so far against seconds of training."""

from matplotlib.figure import Figure

from hpotrial.figures import style
from hpotrial.figures.best_curves import draw_against
from hpotrial.results import Tables

title = "Best selection score so far, by seconds"
order = 5
caption = (
    "The best selection score that a search had seen after training for so many seconds on one core, on a logarithmic "
    "axis: wall time of the fits of its trials, without compiling, without the time that the method itself thinks, "
    "without refits. Lines are interquartile means over seeds, bands reach from the lower to the upper quartile. A "
    "line begins where every seed has its first score, and goes on level after a search has ended. Seconds are those "
    "of the machine that ran the study; epochs are not."
)


def draw(tables: Tables) -> Figure:
    """One panel per dataset and cv-setting, two in a row, one line in it per arm."""
    return draw_against(tables, "wall_seconds", style.say("seconds of training"))
