"""The study's figures: one file each, found by name; `style` is what they share.

A figure file holds `title`, `order` (its place in the report), `caption` (how to read it) and
`draw(tables) -> matplotlib Figure`. It draws whatever the tables hold, and says so in words where there is nothing to
draw. It is given one dataset at a time, and the arms that select on the metric of most of them: scores by another
metric have no place on the same axis. One that says `PER = "study"` is given all tables, once.

Whatever a figure says goes through `style.say`, which says it in the reader's language.
"""

import importlib
from pathlib import Path
from types import ModuleType

from hpotrial.core import plugins, provenance
from hpotrial.core.errors import HpoTrialError

# in place of a dataset; a dataset's name cannot begin so
NOTHING = "_nothing"
# in place of a dataset, where a figure is of the study as a whole
STUDY = "study"


def names() -> list[str]:
    """Names of the figures, sorted: the files of this folder that have a caption; the others are what they share."""
    return [name for name in plugins.names(__path__) if provenance.constant(f"{__name__}.{name}", "caption")]


def load(name: str) -> ModuleType:
    """The module of one figure.

    Raises
    ------
    HpoTrialError
        There is no such figure.
    """
    return importlib.import_module(_module(name))


def _module(name: str) -> str:
    if name not in names():
        raise HpoTrialError(f"there is no figure called {name}; the figures are {', '.join(names())}")
    return f"{__name__}.{name}"


def draw(name: str, tables_dir: Path, folder: Path, language: str = "en") -> list[str]:
    """Draw one figure from the collected tables into ``folder``, as SVG (for the report) and as PNG.

    One of ``PER = "study"`` is drawn once, as ``study.svg``; the others once per dataset. Where there is nothing to
    draw, ``_nothing.svg`` and ``.png`` say so. Equal tables give equal bytes.

    Parameters
    ----------
    name : str
        One of ``names()``.
    tables_dir : Path
        What ``results.collect`` wrote.
    folder : Path
        Where to; it is made.
    language : str
        One of ``core.words.languages()``.

    Returns
    -------
    list of str
        The datasets that were drawn, or ``study``.

    Raises
    ------
    HpoTrialError
        There is no such figure, or it cannot be drawn in that language.
    """
    figure_file = load(name)
    import matplotlib

    from hpotrial.figures import style
    from hpotrial.figures.wording import speaking
    from hpotrial.results import Tables

    tables = Tables(Path(tables_dir))
    per_study = getattr(figure_file, "PER", "dataset") == STUDY
    if not per_study:
        tables = tables.by_main_metric()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    parts = (
        {STUDY: tables}
        if per_study
        else {str(one): tables.of_dataset(str(one)) for one in dict.fromkeys(tables.runs["dataset"])}
    )
    drawn = []
    with speaking(language), matplotlib.rc_context(style.RC_PARAMS):
        for part, its_tables in parts.items():
            figure = figure_file.draw(its_tables)
            if not isinstance(figure, style.Words):
                drawn.append(part)
                style.save(figure, folder / part)
        if not drawn:
            style.save(figure_file.draw(tables), folder / NOTHING)
    return drawn


def words(name: str, language: str = "en") -> dict[str, str]:
    """A figure's title and caption in one of ``core.words.languages()``, read without importing the figure.

    Raises
    ------
    HpoTrialError
        There is no such figure, or no such language.
    """
    module = _module(name)
    from hpotrial.figures.wording import say_of, speaking

    with speaking(language):
        return {part: say_of(name, part, provenance.constant(module, part)) for part in ("title", "caption")}
