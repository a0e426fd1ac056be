"""How a figure becomes files: equal figures give equal bytes."""

from pathlib import Path

from matplotlib.figure import Figure

_PIXELS_PER_INCH = 200


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
