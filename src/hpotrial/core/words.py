"""The words of the report and its figures: a folder for each language, in it ``report.yaml`` and ``figures.yaml``.

What a language lacks is said in English, with one warning that names it. The report's English is a file like the
others'; a figure's stands in the figure's own file.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hpotrial.core.errors import HpoTrialError
from hpotrial.core.files import bundled

ENGLISH = "en"
SHOWN = 3  # missing texts that a warning names
_log = logging.getLogger(__name__)


def words_folder() -> Path:
    """The folder of the languages."""
    return bundled("report/words")


def languages(folder: Path | None = None) -> list[str]:
    """The languages that there are words in, sorted.

    Parameters
    ----------
    folder : Path or None
        The folder of the languages; by default the library's own.
    """
    return sorted(path.name for path in (folder or words_folder()).iterdir() if path.is_dir())


def read_words(file: str, language: str, folder: Path | None = None) -> dict[str, Any]:
    """The words of one file of a language; empty where the language has no such file.

    Parameters
    ----------
    file : {"report", "figures"}
        Which of them.
    language : str
        One of ``languages(folder)``.
    folder : Path or None
        The folder of the languages; by default the library's own.

    Raises
    ------
    HpoTrialError
        There is no such language, or its file cannot be read.
    """
    folder = folder or words_folder()
    if language not in languages(folder):
        known = ", ".join(languages(folder))
        raise HpoTrialError(f"the report has no words in {language!r}: set report.language to one of {known}")
    path = folder / language / f"{file}.yaml"
    try:
        return _parsed(path, path.stat().st_mtime_ns) if path.is_file() else {}
    except (yaml.YAMLError, OSError, TypeError, ValueError) as error:
        raise HpoTrialError(f"the words in {path} cannot be read: {' '.join(str(error).split())}") from None


@cache
def _parsed(path: Path, _modified: int) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def report_words(language: str, folder: Path | None = None) -> dict[str, Any]:
    """The words of the report in a language, those that it lacks in English; parameters as of :func:`read_words`.

    Raises
    ------
    HpoTrialError
        There is no such language, or a file of words cannot be read.
    """
    english = read_words("report", ENGLISH, folder)
    if language == ENGLISH:
        return english
    found = read_words("report", language, folder)
    warn_of(list(_lacking(found, english)), language, f"report/words/{language}/report.yaml")
    return _filled(found, english)


def warn_of(missing: Sequence[str], language: str, place: str) -> None:
    """Say in one line which texts a language lacks, and in which ``place`` they belong; nothing where it lacks none."""
    if missing:
        first = ", ".join(repr(name) for name in missing[:SHOWN]) + (", ..." if len(missing) > SHOWN else "")
        told = "said in English, since %r has no words for them: %s (%d in all); add them to %s"
        _log.warning(told, language, first, len(missing), place)


def _lacking(found: Mapping[str, Any], english: Mapping[str, Any], place: str = "") -> Iterator[str]:
    for key, text in english.items():
        if key not in found:
            yield f"{place}{key}"
        elif isinstance(text, Mapping):
            yield from _lacking(found[key], text, f"{place}{key}.")


def _filled(found: Mapping[str, Any], english: Mapping[str, Any]) -> dict[str, Any]:
    return {**english, **found} | {
        key: _filled(found[key], text) for key, text in english.items() if isinstance(text, Mapping) and key in found
    }
