"""The report: its numbers, and its compilation to PDF with Typst.

The layout (`report/main.typ`, `style.typ`) and the words (`report/words/`) hold no number of any study: every number
that is printed comes from `numbers.json`, which is written next to the PDF.
"""

import shutil
import tempfile
from pathlib import Path

import typst

from hpotrial.core import paths
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.files import read_json, write_json
from hpotrial.core.words import report_words
from hpotrial.report.numbers import assemble
from hpotrial.results import Tables

_EPOCH = 0  # seconds since 1970: a fixed time of making, so that equal inputs give equal bytes


def build(
    tables_dir: Path,
    figures_dir: Path,
    study_json: Path,
    source_dir: Path,
    pdf_path: Path,
    documented_csv: Path | None = None,
    evidence_dir: Path | None = None,
    language: str = "en",
) -> None:
    """Write the report of a study as PDF, and `numbers.json` beside it.

    Parameters
    ----------
    tables_dir, figures_dir : Path
        What `results.collect` and `figures.draw` wrote, a folder for each figure. Where the tables have
        `recommendations.json` or `calibration.json` beside them, the report has their pages.
    study_json : Path
        What was studied (of `Study.to_dict()`), with the datasets' json under `provenance: {dataset: {...}}`.
    source_dir : Path
        Layout and words: `main.typ` and what it includes.
    documented_csv : Path or None
        The figures that document 004 prints for MNIST; by default `data/documented_mnist.csv` beside `source_dir`.
    evidence_dir : Path or None
        The evidence of each claim as `{claim}.svg`, for the verdicts in `verdicts.json` among the tables; None for a
        study without claims, whose report has no verdicts.
    language : str
        One that `words/` has a folder for.

    Raises
    ------
    HpoTrialError
        A figure is not there, the study or the verdicts cannot be read, the report has no words for what they say or
        none in this language, or Typst refuses the source.
    """
    documented = documented_csv or Path(source_dir).resolve().parent / "data" / "documented_mnist.csv"
    study = read_json(Path(study_json), ("name", "seeds", "datasets", "provenance", "libraries"))
    words = report_words(language, Path(source_dir) / "words")
    numbers = assemble(Tables(Path(tables_dir)), study, words, documented, Path(figures_dir), evidence_dir, language)
    pdf_path = Path(pdf_path)
    numbers_json = pdf_path.with_name(paths.NUMBERS)
    write_json(numbers_json, numbers, ensure_ascii=False)
    # compiled in a folder of its own: Typst reads only below its root, and the bytes must not depend on where we are
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(source_dir, root, dirs_exist_ok=True)
        shutil.copy(numbers_json, root)
        write_json(root / "words.json", words)
        drawn = [file for figure in numbers["figures"] for file in figure["files"]]
        _copy(drawn, Path(figures_dir), root / "figures")
        if evidence_dir is not None:
            pictures = [claim["figure"] for claim in numbers["verdicts"]["claims"] if claim["figure"]]
            _copy(pictures, Path(evidence_dir), root / "claims")
        pdf_path.write_bytes(_compile(root / "main.typ"))


def _copy(files: list[str], source: Path, target: Path) -> None:
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / file, target / file)


def _compile(main: Path) -> bytes:
    try:
        pdf = typst.compile(main, root=main.parent, format="pdf", timestamp=_EPOCH, ignore_system_fonts=True)
    except typst.TypstError as error:
        reason = " ".join([error.message, *error.hints])
        raise HpoTrialError(f"Typst cannot compile the report: {reason}; look at the files in report/") from None
    if not isinstance(pdf, bytes):
        raise HpoTrialError("Typst returned no PDF; look at the files in report/")
    return pdf
