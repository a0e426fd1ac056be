"""A CSV file of one's own: numbers in every column but one, which holds the class. Every refusal names its line."""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import MinLen

from hpotrial.core.errors import ConfigurationError, DataError
from hpotrial.datasets.dataset import Dataset
from hpotrial.datasets.kind import DatasetKind, RawFile

# a table takes some twenty times its file while it is read
MAX_BYTES = 50_000_000
# beyond it different whole numbers are the same real
MAX_CLASS = 2**53
# features are float32: what that cannot hold would become infinite later
MAX_VALUE = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Table:
    """A header, and the cells as text, column by column; `lines[i]` is the line of row i in the file, from 1."""

    header: tuple[str, ...]
    columns: dict[str, list[str]]
    lines: list[int]


def parse(content: bytes) -> Table:
    """Read comma-separated UTF-8 text (either line end, with or without a last one; blank lines are skipped).

    Raises DataError with a clause such as "is empty": the caller puts the file's name before it.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"is not UTF-8 text (byte {error.start:,}): save it as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"holds a NUL byte (line {line}), so it is no text: save it as comma-separated text")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if row]
    except csv.Error as error:
        raise DataError(
            f"is not a CSV file (line {reader.line_num}, {error}): save it as comma-separated text"
        ) from None
    if not rows:
        raise DataError("is empty: give it a header line and at least a few rows")
    header = tuple(rows[0][1])
    twice = sorted(name for name, count in Counter(header).items() if count > 1)
    if twice:
        raise DataError(f"has the column {twice[0]!r} more than once: rename or remove one of them")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise DataError(f"seems not to be separated by commas (header {header[0][:60]!r}): save it with commas")
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise DataError(
                f"has {len(row)} cells in line {line}, but {len(header)} columns in its header: mend that line"
            )
    if len(rows) == 1:
        raise DataError("has a header line but no rows: add the data")
    columns = {name: [row[i] for _, row in rows[1:]] for i, name in enumerate(header)}
    return Table(header, columns, [line for line, _ in rows[1:]])


def number(cell: str) -> float:
    """A cell as a number. Raises ValueError for anything else, `1_000` included, which Python would take."""
    if "_" in cell:
        raise ValueError(cell)
    return float(cell)


def numbers(table: Table, name: str) -> list[float]:
    """One column as finite numbers (float64). Raises DataError with the first line that has another thing."""

    def refuse(is_bad: Callable[[str], bool], what: str) -> None:
        bad = next((i for i, cell in enumerate(cells) if is_bad(cell)), None)
        if bad is not None:
            raise DataError(
                f"has {what} in column {name!r}, line {table.lines[bad]}: {cells[bad][:40]!r}; "
                f"mend the cell, or leave that row or column out"
            )

    cells = table.columns[name]
    try:
        values = [number(cell) for cell in cells]
    except ValueError:
        refuse(lambda cell: not cell, "an empty cell")
        refuse(_is_text, "a cell that is no number")
        raise
    refuse(lambda cell: math.isnan(number(cell)), "a missing value")
    refuse(lambda cell: abs(number(cell)) > MAX_VALUE, "an infinite or too large number")
    return values


def _is_text(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return True
    return False


@dataclass(frozen=True)
class Csv(DatasetKind):
    """A table with a header line and numbers in all columns but the class.

    Attributes
    ----------
    path : str
        Where the file lies; it stays there.
    target : str
        The column that holds the class: names or whole numbers.
    sha256 : str or None
        If given, the file must be this very one: 64 lower-case hexadecimal digits.
    """

    path: Annotated[str, MinLen(1)]
    target: Annotated[str, MinLen(1)]
    sha256: str | None = None

    def __post_init__(self) -> None:
        if self.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ConfigurationError(
                f"dataset {self.name!r}: sha256 must be 64 lower-case hexadecimal digits, not {self.sha256!r}"
            )

    def raw_files(self) -> list[RawFile]:
        """The user's file."""
        return [RawFile(self.path, self.sha256, MAX_BYTES, own=True)]

    def build(self, contents: Mapping[str, bytes]) -> Dataset:
        """X rows x other columns float32; y the class column's codes from 0, in sorted order.

        Raises
        ------
        DataError
            For a missing class column, cells that are no finite numbers, duplicate column names, an empty file or one
            class only.
        """
        try:
            table = parse(contents[self.path])
            classes, y = _labels(table, self.target)
            features = tuple(name for name in table.header if name != self.target)
            if not features:
                raise DataError(f"has no column besides the class column {self.target!r}: add the features")
            X = np.array([numbers(table, name) for name in features], dtype=np.float32).T
        except DataError as error:
            raise DataError(f"{self.path} {error}") from None
        return self.dataset(
            X,
            y,
            source=self.path,
            licence="that of the user's own file",
            classes=classes,
            feature_names=features,
        )


def _labels(table: Table, target: str) -> tuple[tuple[str, ...], np.ndarray]:
    if target not in table.header:
        columns = ", ".join(table.header[:20]) + (", ..." if len(table.header) > 20 else "")
        raise DataError(f"has no class column {target!r}: correct `target`; the columns are {columns}")
    cells = table.columns[target]
    unlabelled = [line for cell, line in zip(cells, table.lines, strict=True) if cell.lower() in ("", "nan")]
    if unlabelled:
        raise DataError(
            f"has no class in column {target!r}, line {unlabelled[0]}: fill the cell, or leave that row out"
        )
    try:
        values = [number(cell) for cell in cells]
    except ValueError:
        names = sorted(set(cells))
    else:
        fractions = [i for i, value in enumerate(values) if not value.is_integer() or abs(value) > MAX_CLASS]
        if fractions:
            raise DataError(
                f"has the class {cells[fractions[0]]!r} in column {target!r}, line {table.lines[fractions[0]]}: "
                f"a class is a name or a whole number; choose another `target`"
            )
        cells = [str(int(value)) for value in values]  # 1 and 1.0 are one class
        names = sorted(set(cells), key=int)
    if len(names) < 2:
        raise DataError(f"has one class only ({names[0]!r}) in column {target!r}: a classifier needs two or more")
    codes = {name: code for code, name in enumerate(names)}
    return tuple(names), np.array([codes[cell] for cell in cells], dtype=np.int32)
