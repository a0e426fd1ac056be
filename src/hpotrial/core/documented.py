"""A table of documented configurations with their accuracies: read, or refused with one line."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hpotrial.core.columns import column
from hpotrial.core.errors import DataError
from hpotrial.core.files import read_bounded

COLUMNS = ("source", "method", "lr", "hidden_size", "batch_size", "epochs", "train_accuracy", "validation_accuracy")
MAX_VALUE = 1_000_000
MAX_BYTES = 10_000_000


@dataclass(frozen=True)
class DocumentedRow:
    """One configuration of a document, and the accuracies that the document prints for it."""

    number: int = column("place of the documented row in its table, from 1", name="row")
    source: str = column("the document")
    method: str = column("the search that made the row there")
    lr: float = column("learning rate")
    hidden_size: int = column("hidden units")
    batch_size: int = column("rows of a batch")
    epochs: int = column("passes over the training rows")
    train_accuracy: float | None = column("as printed, a share of 1; none where the document has none", in_table=False)
    validation_accuracy: float = column("as printed, a share of 1", in_table=False)


def read_documented(path: Path) -> list[DocumentedRow]:
    """Read a CSV with the columns ``COLUMNS``; lines that start with ``#`` are comments, accuracies are in per cent.

    ``train_accuracy`` may be left empty; further columns are not looked at.

    Raises
    ------
    DataError
        The file cannot be read, has no rows, lacks a column, or a cell is no number or out of range.
    """
    try:
        content = read_bounded(path, MAX_BYTES)
    except FileNotFoundError:
        raise DataError(
            f"{path} cannot be read (No such file or directory): give `replicate.file` a table of documented "
            "configurations"
        ) from None
    if len(content) > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES:,} bytes: no table of documented configurations is")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text: save it as UTF-8") from None
    numbered = [(at, line) for at, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    cells = [_cells(path, at, line) for at, line in numbered]
    if len(cells) < 2:
        raise DataError(f"{path} has no rows: give it a header ({','.join(COLUMNS)}) and one line per configuration")
    header = [name.strip() for name in cells[0]]
    for name in COLUMNS:
        if header.count(name) != 1:
            fault = "lacks the column" if name not in header else "has more than one column"
            raise DataError(f"{path} {fault} {name!r}: its header must name {', '.join(COLUMNS)}")
    rows = []
    for number, ((at, _), values) in enumerate(zip(numbered[1:], cells[1:], strict=True), 1):
        place = f"{path}, line {at}"
        if len(values) != len(header):
            raise DataError(f"{place}: {len(values)} cells under {len(header)} columns; correct the line")
        rows.append(_row(number, dict(zip(header, map(str.strip, values), strict=True)), place))
    return rows


def _cells(path: Path, at: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise DataError(f"{path}, line {at}: is not a line of a CSV file ({error}); correct the line") from None


def _row(number: int, cell: dict[str, str], place: str) -> DocumentedRow:
    def value(name: str, allowed: Callable[[float], bool], wanted: str) -> float:
        try:
            found = float(cell[name])
        except ValueError:
            raise DataError(f"{place}: {name} is {cell[name]!r}; {wanted} is needed") from None
        if not math.isfinite(found) or not allowed(found):
            raise DataError(f"{place}: {name} is {cell[name]}, which is out of range; {wanted} is needed")
        return found

    def whole(name: str) -> int:
        wanted = f"a whole number from 1 to {MAX_VALUE:,}"
        return int(value(name, lambda found: 1 <= found <= MAX_VALUE and found == int(found), wanted))

    def share(name: str) -> float:
        # a share of 1 given for per cent would pass for an accuracy worse than any guess
        wanted = "an accuracy in per cent, above 1 and up to 100,"
        return round(value(name, lambda found: 1 < found <= 100, wanted) / 100, 12)

    return DocumentedRow(
        number=number,
        source=cell["source"],
        method=cell["method"],
        lr=value("lr", lambda found: found > 0, "a number above 0"),
        hidden_size=whole("hidden_size"),
        batch_size=whole("batch_size"),
        epochs=whole("epochs"),
        train_accuracy=share("train_accuracy") if cell["train_accuracy"] else None,
        validation_accuracy=share("validation_accuracy"),
    )
