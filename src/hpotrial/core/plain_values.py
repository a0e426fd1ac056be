"""A configuration as plain values: mappings, lists, text, numbers, true, false and null, all of bounded size.

What a file says comes through ``reading``; what Snakemake has read, or the command line said, comes through here alone.
"""

import math
from collections.abc import Mapping
from typing import Any

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.validation import place

# config/full.yaml has 700 values, with its aliases written out
LARGEST = 30_000
DEEPEST = 50
LONGEST_TEXT = 4_000
LARGEST_WHOLE_NUMBER = 2**63 - 1
_KINDS = (Mapping, list, tuple, str, bool, int, float, type(None))


def plain_values(content: Any) -> Any:
    """A copy of ``content`` whose mappings are dictionaries with text for keys, and whose sequences are lists.

    Raises
    ------
    ConfigurationError
        One line: a value that is none of these kinds (a date, a set), no finite number, a number that no computer has
        64 bits for, a text that is too long or cannot be written to a file, two keys that are the same text, or more
        values or levels than any study has.
    """
    return _Copy().of(content, ())


class _Copy:
    def __init__(self) -> None:
        self.seen = 0

    def of(self, value: Any, path: tuple[str, ...]) -> Any:
        self.seen += 1
        if self.seen > LARGEST or len(path) > DEEPEST:
            self._refuse(path[:9], f"the configuration has more than {LARGEST:,} values or {DEEPEST} levels")
        if isinstance(value, Mapping):
            copied: dict[str, Any] = {}
            for key, item in value.items():
                name = self._text(key if isinstance(key, str) else str(key), path)
                if name in copied:
                    self._refuse(path, f"the key {name!r} is said twice; rename one of them")
                copied[name] = self.of(item, (*path, name))
            return copied
        if isinstance(value, list | tuple):
            return [self.of(item, (*path, str(i))) for i, item in enumerate(value)]
        return self._scalar(value, path)

    def _scalar(self, value: Any, path: tuple[str, ...]) -> Any:
        if not isinstance(value, _KINDS):
            self._refuse(path, f"{value!r} is neither text nor a number; put it in quotes")
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, float) and not math.isfinite(value):
            self._refuse(path, f"{value!r} is no finite number")
        if isinstance(value, int) and abs(value) > LARGEST_WHOLE_NUMBER:
            self._refuse(path, "is a whole number of more than 64 bits")
        return value

    def _text(self, text: str, path: tuple[str, ...]) -> str:
        if len(text) > LONGEST_TEXT:
            self._refuse(path, f"{text[:20]!r}... has more than {LONGEST_TEXT:,} characters")
        # neither can be part of a file's name, nor be written to every file
        if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
            self._refuse(path, f"{text[:60]!r} holds a character that cannot be written to a file")
        return text

    def _refuse(self, path: tuple[str, ...], what: str) -> None:
        raise ConfigurationError(f"{place(path)}: {what}")
