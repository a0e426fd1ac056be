"""The words and numbers of a figure, in the reader's language.

A figure is written in English; ``figures.yaml`` of another language holds, by the figure's name, its title and caption,
and by the English text what stands in place of a label.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from hpotrial.core.words import ENGLISH, read_words, warn_of


@dataclass(frozen=True)
class Speech:
    """A language that figures are drawn in, and the English texts that it had no words for."""

    language: str = ENGLISH
    labels: dict[str, str] = field(default_factory=dict)
    figures: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


_speech: ContextVar[Speech] = ContextVar("speech", default=Speech())  # noqa: B039


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Figures drawn in this block are in ``language``; what it lacks is in English, and a warning at the end says so.

    Raises
    ------
    HpoTrialError
        There is no such language, or its words cannot be read.
    """
    speech = Speech(language, **({} if language == ENGLISH else read_words("figures", language)))
    token = _speech.set(speech)
    try:
        yield
    finally:
        _speech.reset(token)
        warn_of(speech.missing, language, f"report/words/{language}/figures.yaml")


def say(text: str, /, **values: Any) -> str:
    """An English text in the language that is spoken, its ``{names}`` filled in.

    Examples
    --------
    >>> with speaking("es"):
    ...     say("row {row}", row=3)
    'fila 3'
    """
    translated = _translated(_speech.get().labels, text, text, name=text)
    return translated.format(**values) if values else translated


def say_of(figure: str, part: str, english: str) -> str:
    """A figure's ``title`` or ``caption`` in the language that is spoken."""
    return _translated(_speech.get().figures.get(figure, {}), part, english, name=f"{figure}.{part}")


def _translated(words: dict[str, str], key: str, english: str, name: str) -> str:
    speech = _speech.get()
    if speech.language != ENGLISH and key not in words and name not in speech.missing:
        speech.missing.append(name)
    return words.get(key, english)


def number(value: float, form: str = ".3g") -> str:
    """A number as Python's ``form`` has it: a real minus, the decimal mark of the language, thousands set apart."""
    text = f"{value:{form}}".replace("-", "−").replace(",", "\N{THIN SPACE}")
    return text if _speech.get().language == ENGLISH else text.replace(".", ",")
