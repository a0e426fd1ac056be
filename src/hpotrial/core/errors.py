"""Errors that a user can act on: one line that says what, where and what to do."""

import difflib
from collections.abc import Iterable

# that of a dataset none of whose files can be had names them all, with their checksums and addresses
MAX_LINE = 4_000


class HpoTrialError(Exception):
    """Base of the errors that are shown as one line, without a traceback.

    Whatever a file's content brings into the message (line ends, control characters, a megabyte), it stays one line.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(one_line(str(message)))


class ConfigurationError(HpoTrialError):
    """The study's configuration asks for something that cannot be done."""


class DataError(HpoTrialError):
    """A raw file, a dataset or a split is not what it should be."""


class BudgetSpent(BaseException):
    """The arm's budget of epochs is used up.

    Not an ``Exception``: search libraries take those for a failed trial and go on.
    """


class NotFiniteLoss(ArithmeticError):
    """Training diverged: the loss is infinite or not a number."""


class FitTimeout(Exception):
    """A fit used more time than the study gives it."""


def one_line(text: str) -> str:
    """``text`` with line ends and all else that cannot be printed written as escapes; a long one without its middle."""
    if len(text) > MAX_LINE:
        text = f"{text[: MAX_LINE // 2]} ... {text[-MAX_LINE // 3 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def nearest(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Say which of the known words was probably meant; where none is near, list them all, or say something else.

    Examples
    --------
    >>> nearest("grid_lop", ["grid_loop", "genetic"])
    "did you mean 'grid_loop'?"
    """
    known = sorted(known)
    close = difflib.get_close_matches(str(word), known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return otherwise or ("choose from " + ", ".join(known) if known else "none is known here")
