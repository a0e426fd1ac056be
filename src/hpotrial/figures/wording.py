"""The words and numbers of a figure, in the reader's language.

Figures are written in English; a file of ``translations`` holds, for another language, what stands in place of each
English text. A test keeps those files complete.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hpotrial.core.errors import HpoTrialError

ENGLISH = "en"
_FOLDER = Path(__file__).parent / "translations"
_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


def languages() -> list[str]:
    """The languages that figures can be drawn in, sorted."""
    return sorted([ENGLISH, *(file.stem for file in _FOLDER.glob("*.yaml"))])


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Figures drawn in this block are in ``language``.

    Raises
    ------
    HpoTrialError
        There is no translation into that language.
    """
    if language not in languages():
        raise HpoTrialError(f"figures cannot be drawn in the language {language}; choose {', '.join(languages())}")
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def say(text: str, /, **values: Any) -> str:
    """An English text in the language that is spoken, its ``{names}`` filled in.

    Raises
    ------
    KeyError
        The text has no translation.
    """
    told = text if _language.get() == ENGLISH else translations(_language.get())[text]
    return told.format(**values) if values else told


@cache
def translations(language: str) -> dict[str, str]:
    """The English texts and what stands in their place in another language."""
    found: dict[str, str] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return found


def number(value: float, form: str = ".3g") -> str:
    """A number as Python's ``form`` has it: a real minus, the decimal mark of the language, thousands set apart."""
    text = f"{value:{form}}".replace("-", "−").replace(",", "\N{THIN SPACE}")
    return text if _language.get() == ENGLISH else text.replace(".", ",")
