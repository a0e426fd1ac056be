"""Tables of numbers as CSV text, read strictly: every refusal names the line or the column."""

import csv
import io
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hpotrial.core.errors import DataError

# features are float32: what that cannot hold would become infinite later
LARGEST = float(np.finfo(np.float32).max)


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
    refuse(lambda cell: abs(number(cell)) > LARGEST, "an infinite or too large number")
    return values


def _is_text(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return True
    return False
