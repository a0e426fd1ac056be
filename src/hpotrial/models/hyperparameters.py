"""What a hyperparameter of a model may be: its default and its bounds, said once, in the model's own file.

What would only fail in a fit is refused before any job. The upper ends keep a slip of the pen (a batch of a billion
rows, a million layers) from filling a machine's memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hpotrial.core.errors import ConfigurationError


@dataclass(frozen=True)
class Hyperparameter:
    """One value of any kind: for what a model's own ``check``, or its library, looks at.

    Attributes
    ----------
    default : bool, int, float, str or None
        What a fit takes where neither the search nor ``fixed`` says a value.
    """

    default: Any

    def check(self, name: str, value: Any) -> None:
        """Look at a value for the hyperparameter that is called ``name``.

        Raises
        ------
        ConfigurationError
            If it is a list or a mapping, of another kind than the hyperparameter, or out of its bounds.
        """
        if isinstance(value, list | tuple | dict):
            raise ConfigurationError(f"{name} has one value, not {value!r}")
        wanted = self._wanted(value)
        if wanted:
            raise ConfigurationError(f"{name} {wanted}")

    def _wanted(self, value: Any) -> str | None:
        """What the hyperparameter is instead, where this value is none of its."""
        return None


@dataclass(frozen=True)
class Whole(Hyperparameter):
    """A whole number from ``least`` to ``most``.

    Attributes
    ----------
    least, most : int
        Both are included.
    or_float : bool
        Whether a whole number may come as a float, as hyperopt's ``quniform`` draws it.

    Examples
    --------
    >>> Whole(64, least=1, most=100_000).check("neurons", 0)
    Traceback (most recent call last):
    hpotrial.core.errors.ConfigurationError: neurons is a whole number from 1 to 100,000, not 0
    """

    least: int
    most: int
    or_float: bool = False

    def _wanted(self, value: Any) -> str | None:
        whole = _is_number(value) and float(value).is_integer() and (isinstance(value, int) or self.or_float)
        if whole and self.least <= value <= self.most:
            return None
        return f"is a whole number from {self.least:,} to {self.most:,}, not {value!r}"


@dataclass(frozen=True)
class Real(Hyperparameter):
    """A number from ``least`` to ``most``.

    Attributes
    ----------
    least, most : float
        Both are included.
    or_null : bool
        Whether null stands for a default of the library's.
    """

    least: float
    most: float
    or_null: bool = False

    def _wanted(self, value: Any) -> str | None:
        if (value is None and self.or_null) or (_is_number(value) and self.least <= value <= self.most):
            return None
        return f"is a number from {self.least:g} to {self.most:g}{', or null' if self.or_null else ''}, not {value!r}"


@dataclass(frozen=True)
class Word(Hyperparameter):
    """One of ``words``.

    Attributes
    ----------
    words : tuple of str or None
        In the order in which a message lists them; None is null.
    spelt : callable
        Another spelling of a word, or any other text, to the word as it stands in ``words``.
    """

    words: tuple[str | None, ...]
    spelt: Callable[[str], str] = str

    def _wanted(self, value: Any) -> str | None:
        if (self.spelt(value) if isinstance(value, str) else value) in self.words:
            return None
        words = ", ".join("null" if word is None else word for word in self.words)
        return f"has no {value!r}; there are {words}"


@dataclass(frozen=True)
class Flag(Hyperparameter):
    """True or false."""

    def _wanted(self, value: Any) -> str | None:
        return None if isinstance(value, bool) else f"is true or false, not {value!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
