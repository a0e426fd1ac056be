"""telecust: 1,000 customers of a telecommunications firm and the service each chose (IBM's teaching data)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hpotrial.core.errors import DataError
from hpotrial.datasets.dataset import Dataset
from hpotrial.datasets.kind import DatasetKind, RawFile
from hpotrial.datasets.kinds.csv import Table, numbers, parse
from hpotrial.datasets.raw import sha256_of
from hpotrial.datasets.standins import customers

FEATURES = (
    "region",
    "tenure",
    "age",
    "marital",
    "address",
    "income",
    "ed",
    "employ",
    "retire",
    "gender",
    "reside",
)
TARGET = "custcat"
CLASSES = ("Basic Service", "E-Service", "Plus Service", "Total Service")
N_ROWS = 1000
CONTENT_SHA256 = "897b947131f8d8c1011489adccd4dac1f90ebc60ecd65e21e2d063907de43852"
LICENCE = "none stated for the data; IBM course material, to be fetched and not passed on"
ADDRESSES = (
    "https://cf-courses-data.s3.us.cloud-object-storage.appdomain.cloud/"
    "IBMDeveloperSkillsNetwork-ML0101EN-SkillsNetwork/labs/Module%203/data/teleCust1000t.csv",
    "https://s3-api.us-geo.objectstorage.softlayer.net/cf-courses-data/CognitiveClass/ML0101ENv3/labs/teleCust1000t.csv",
)


def content_refusal(content: bytes) -> str | None:
    """None if the table is the published one, however it is spelt; else a clause that says what is wrong.

    Line ends, a last line end, integers or decimals, the order of the columns and an index column do not matter.
    """
    try:
        table = parse(content)
        return _table_refusal(table)
    except DataError as error:
        return str(error).split(": ")[0]


def _table_refusal(table: Table) -> str | None:
    absent = [name for name in (*FEATURES, TARGET) if name not in table.header]
    if absent:
        return f"lacks the column{'s' if len(absent) > 1 else ''} {' and '.join(absent)}"
    extra = [name for name in table.header if name not in (*FEATURES, TARGET)]
    if len(extra) > 1 or (extra and not _is_index(table, extra[0])):
        return f"has columns that do not belong to it ({', '.join(map(repr, extra))})"
    n = len(table.lines)
    if n != N_ROWS:
        rows = list(zip(*(table.columns[name] for name in table.header), strict=True))
        guess = " (truncated?)" if n < N_ROWS else ""
        if n == 2 * N_ROWS and len(set(rows)) <= N_ROWS:
            guess = " (every line twice?)"
        return f"has {n:,} rows, expected {N_ROWS:,}{guess}"
    if _content_sha256(table) != CONTENT_SHA256:
        return "has the right columns and number of rows but other values or another order of the rows"
    return None


def _is_index(table: Table, name: str) -> bool:
    values = numbers(table, name)
    return any(values == [float(i + first) for i in range(len(values))] for first in (0, 1))


def _content_sha256(table: Table) -> str:
    # the text that pandas' `df.astype(float).to_csv(index=False, lineterminator="\n")` writes
    names = (*FEATURES, TARGET)
    rows = zip(*(numbers(table, name) for name in names), strict=True)
    lines = [",".join(names), *(",".join(map(repr, row)) for row in rows)]
    return sha256_of("".join(f"{line}\n" for line in lines).encode())


@dataclass(frozen=True)
class Telecust(DatasetKind):
    """IBM's table of customers: one file in any spelling, no keys in the configuration."""

    has_standin: ClassVar[bool] = True

    def raw_files(self) -> list[RawFile]:
        """The one raw file, in any spelling of its content."""
        return [
            RawFile(
                name="telecust.csv",
                aliases=("teleCust1000t.csv",),
                sha256="157391eb147a4a83612db3a3162c43aaac0dcaae3601ab9aa13ebee3ff91ca29",
                max_bytes=1_000_000,
                addresses=ADDRESSES,
                content_refusal=content_refusal,
            )
        ]

    def build(self, contents: Mapping[str, bytes]) -> Dataset:
        """The dataset of its verified raw file: X 1000 x 11 float32, y the code of `custcat` (0 to 3)."""
        table = parse(contents["telecust.csv"])
        return self.dataset(
            np.array([numbers(table, name) for name in FEATURES], dtype=np.float32).T,
            np.array(numbers(table, TARGET), dtype=np.int32) - 1,
            source="teleCust1000t.csv, IBM's machine learning course ML0101EN",
            licence=LICENCE,
            classes=CLASSES,
            feature_names=FEATURES,
        )

    def standin(self) -> Dataset:
        """Always the same 1,000 made-up customers with the published table's moments; see `standins.customers`."""
        X, y = customers.draw()
        return self.dataset(
            X,
            y,
            standin=True,
            source=customers.SOURCE,
            licence=customers.LICENCE,
            classes=tuple(customers.moments()["classes"]),
            feature_names=FEATURES,
        )
