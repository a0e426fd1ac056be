"""Tables of records as files: Parquet, and CSV beside it for whoever has no reader of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from hpotrial.core.columns import Column

_KINDS = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), bytes: pa.binary()}


def schema(columns: Sequence[Column]) -> pa.Schema:
    """The columns as Arrow says them; every value may be absent."""
    return pa.schema([(one.name, _KINDS[one.kind]) for one in columns])


def table(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table with these columns; a value that a row lacks is absent."""
    return pa.Table.from_pylist(list(rows), schema=schema(columns))


def write(found: pa.Table, parquet: Path, csv: Path | None = None) -> None:
    """Write a table as Parquet and, where it is asked for, as CSV; equal tables give equal bytes."""
    parquet.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(found, parquet)
    if csv is not None:
        pyarrow.csv.write_csv(found, csv)


def read(path: Path, columns: Sequence[Column]) -> pa.Table:
    """The table in a Parquet file, its columns in this order.

    Raises
    ------
    ValueError
        The file cannot be read, lacks a column, has one that is not among these, or holds values of another type.
    """
    try:
        found = pq.ParquetFile(path).read().replace_schema_metadata(None)
        if unknown := sorted(set(found.column_names) - {one.name for one in columns}):
            raise ValueError(f"it has {', '.join(unknown)}, which no column is called")
        return found.select([one.name for one in columns]).cast(schema(columns))
    except (OSError, KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(str(error).splitlines()[0]) from None
