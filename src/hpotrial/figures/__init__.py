"""The study's figures: one file each, found by name; `style` is what they share.

A figure file holds `title`, `order` (its place in the report), `caption` (how to read it) and
`draw(tables) -> matplotlib Figure`. It draws whatever the tables hold, and says so in words where there is nothing to
draw. It is given one dataset at a time, and the arms that select on accuracy: scores by another metric have no place on
the same axis.
"""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import matplotlib
from matplotlib.figure import Figure

from hpotrial import metrics
from hpotrial.errors import HpoTrialError
from hpotrial.tables import Tables

_SHARED = {"style"}
_PIXELS_PER_INCH = 200
# in place of a dataset; a dataset's name cannot begin so
NOTHING = "_nothing"


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


def draw(name: str, tables_dir: Path, folder: Path) -> list[str]:
    """Draw one figure from the collected tables into ``folder``, as SVG (for the report) and as PNG, one per dataset.

    Where no dataset has anything to draw, ``_nothing.svg`` and ``.png`` say so. Equal tables give equal bytes.

    Returns
    -------
    list of str
        The datasets that were drawn.
    """
    figure_file = load(name)
    from hpotrial.figures import style

    tables = Tables(Path(tables_dir)).selecting_on(metrics.ACCURACY)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with matplotlib.rc_context(style.RC_PARAMS):
        for dataset in dict.fromkeys(tables.runs["dataset"]):
            figure = figure_file.draw(tables.of_dataset(str(dataset)))
            if not isinstance(figure, style.Words):
                drawn.append(str(dataset))
                _save(figure, folder / str(dataset))
        if not drawn:
            _save(figure_file.draw(tables), folder / NOTHING)
    return drawn


def _save(figure: Figure, stem: Path) -> None:
    # a dataset's name may have dots
    figure.savefig(f"{stem}.svg", format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(f"{stem}.png", format="png", dpi=_PIXELS_PER_INCH, metadata={"Software": None})
