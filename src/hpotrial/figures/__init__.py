"""The study's figures: one file each, found by name; `style` is what they share.

A figure file holds `title`, `order` (its place in the report), `caption` (how to read it) and
`draw(tables) -> matplotlib Figure`. It draws whatever the tables hold, and says so in words where there is nothing to
draw. It is given the arms that select on accuracy: scores by another metric have no place on the same axis.
"""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import matplotlib

from hpotrial import metrics
from hpotrial.errors import HpoTrialError
from hpotrial.tables import Tables

_SHARED = {"style"}
_PIXELS_PER_INCH = 200


def names() -> list[str]:
    """Names of the figures, sorted: the files of this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name not in _SHARED)


def load(name: str) -> ModuleType:
    """The module of one figure.

    Raises
    ------
    HpoTrialError
        There is no such figure.
    """
    if name not in names():
        raise HpoTrialError(f"there is no figure called {name}; the figures are {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{name}")


def draw(name: str, tables_dir: Path, svg_path: Path, png_path: Path) -> None:
    """Draw one figure from the collected tables, as SVG (for the report) and as PNG. Equal tables give equal bytes."""
    figure_file = load(name)
    from hpotrial.figures import style

    with matplotlib.rc_context(style.RC_PARAMS):
        figure = figure_file.draw(Tables(Path(tables_dir)).selecting_on(metrics.ACCURACY))
        for path in (svg_path, png_path):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(svg_path, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png_path, format="png", dpi=_PIXELS_PER_INCH, metadata={"Software": None})
