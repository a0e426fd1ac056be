"""What a search selects on: a cv-setting, read in this one place."""

import re
from typing import Literal

from hpotrial.core.errors import ConfigurationError, nearest

MAX_FOLDS = 20
Kind = Literal["test", "holdout", "cv"]


class CvSetting(str):
    """``test``, ``holdout`` or ``cv2`` to ``cv20``: a text that knows its kind and its number of folds.

    Being a text, it stands in paths, tables and JSON as it was written.

    Parameters
    ----------
    text : str
        The setting as a study writes it.

    Raises
    ------
    ConfigurationError
        If there is no such setting; names the nearest.

    Examples
    --------
    >>> CvSetting("cv5").kind, CvSetting("cv5").folds
    ('cv', 5)
    >>> sorted(["cv10", "cv3", "holdout", "test"], key=lambda text: CvSetting(text).order)
    ['test', 'holdout', 'cv3', 'cv10']
    """

    __slots__ = ()

    def __new__(cls, text: str) -> "CvSetting":
        """The setting of this name."""
        folds = re.fullmatch(r"cv([1-9]\d*)", text, flags=re.ASCII)
        if not folds and text not in ("test", "holdout"):
            known = nearest(text, ["test", "holdout"], f"choose from test, holdout, cv2 ... cv{MAX_FOLDS}")
            raise ConfigurationError(f"unknown cv-setting {text!r}; {known}")
        if folds and not 2 <= int(folds[1]) <= MAX_FOLDS:
            raise ConfigurationError(f"{text!r} has {folds[1]} folds; choose from cv2 to cv{MAX_FOLDS}")
        return super().__new__(cls, text)

    @property
    def kind(self) -> Kind:
        """What the scored rows are: the test rows, rows set aside once, or each fold in turn."""
        return "test" if self == "test" else "holdout" if self == "holdout" else "cv"

    @property
    def folds(self) -> int:
        """Number of fits that one trial makes."""
        return int(self[2:]) if self.kind == "cv" else 1

    @property
    def parts(self) -> int:
        """Number of parts that the training rows are divided into; each needs a row of every class."""
        return 2 if self.kind == "holdout" else self.folds

    @property
    def order(self) -> tuple[int, int]:
        """Sorting key: ``test``, ``holdout``, then folds by number."""
        return ("test", "holdout", "cv").index(self.kind), self.folds
