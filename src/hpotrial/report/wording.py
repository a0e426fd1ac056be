"""The words of the report in one language, read from its source."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hpotrial.core.errors import HpoTrialError


def words_of(source_dir: Path, language: str) -> dict[str, Any]:
    """The words of ``text/{language}.yaml`` below the report's source.

    Raises
    ------
    HpoTrialError
        The report has no such language, or its file cannot be read.
    """
    file = Path(source_dir) / "text" / f"{language}.yaml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in file.parent.glob("*.yaml")))
        raise HpoTrialError(f"the report has no words in {language!r}: set report.language to one of {known}")
    try:
        return dict(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, OSError, TypeError, ValueError) as error:
        raise HpoTrialError(f"the report's words {file} cannot be read: {' '.join(str(error).split())}") from None


def in_language(texts: Mapping[str, str], language: str) -> str:
    """A text given by language; in English where the language has none, and empty where there is none at all.

    A per cent sign stays on the line of its number.
    """
    text = texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
    return text.replace(" %", "\N{NO-BREAK SPACE}%")
