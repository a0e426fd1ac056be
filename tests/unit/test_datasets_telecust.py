"""Every spelling of the telecust table is the same dataset; everything else is refused, with the reason."""

import csv
import io

import numpy as np
import pytest
from dataset_samples import REAL, TELECUST, needs_telecust

from hpotrial.datasets.dataset import checksum_of
from hpotrial.datasets.kinds import telecust
from hpotrial.datasets.raw import sha256_of

pytestmark = needs_telecust


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    return list(csv.reader(io.StringIO((REAL / "telecust.csv").read_text())))


def spelt(rows: list[list[str]], *, end: str = "\n", cell: type | None = None, last: bool = True) -> bytes:
    body = [[str(cell(float(c))) for c in row] for row in rows[1:]] if cell else rows[1:]
    text = end.join(",".join(row) for row in [rows[0], *body])
    return (text + (end if last else "")).encode()


def with_index(rows: list[list[str]], first: int, name: str) -> list[list[str]]:
    return [[name, *rows[0]], *([str(i + first), *row] for i, row in enumerate(rows[1:]))]


def test_spellings_in_circulation_are_the_documented_files(rows):
    whole = (REAL / "telecust.csv").read_bytes()
    assert sha256_of(whole) == TELECUST.raw_files()[0].sha256
    assert sha256_of(spelt(rows, end="\r\n", last=False)).startswith("c54d2230")
    assert sha256_of(spelt(rows, end="\r\n", cell=int)).startswith("7afe52f5")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("cell", [None, int, float])
def test_accepts_every_spelling(rows, end, last, cell):
    content = spelt(rows, end=end, cell=cell, last=last)
    assert TELECUST.raw_files()[0].refusal(content) is None
    same = TELECUST.build({"telecust.csv": content})
    reference = TELECUST.build({"telecust.csv": spelt(rows)})
    assert np.array_equal(same.X, reference.X)
    assert np.array_equal(same.y, reference.y)
    assert same.meta == reference.meta


@pytest.mark.parametrize(("first", "name"), [(0, ""), (1, "Unnamed: 0"), (0, "index")])
def test_accepts_an_index_column(rows, first, name):
    content = spelt(with_index(rows, first, name))
    assert telecust.content_refusal(content) is None
    assert TELECUST.build({"telecust.csv": content}).X.shape == (1000, 11)


def test_the_order_of_the_columns_does_not_matter(rows):
    turned = [row[::-1] for row in rows]
    assert telecust.content_refusal(spelt(turned)) is None
    turned_set = TELECUST.build({"telecust.csv": spelt(turned)})
    assert np.array_equal(turned_set.X, TELECUST.build({"telecust.csv": spelt(rows)}).X)


def _broken(rows: list[list[str]]) -> dict[str, tuple[bytes, str]]:
    i = {name: k for k, name in enumerate(rows[0])}
    keep = [k for name, k in i.items() if name not in ("tenure", "employ")]
    changed = [rows[0], [*rows[1][:1], "14", *rows[1][2:]], *rows[2:]]
    worded = [rows[0], [*rows[1][:1], "many", *rows[1][2:]], *rows[2:]]
    doubled = [rows[0], *(row for row in rows[1:] for _ in range(2))]
    return {
        "doubled line by line": (spelt(doubled), "has 2,000 rows, expected 1,000 (every line twice?)"),
        "doubled as a whole": (spelt([*rows, *rows[1:]]), "(every line twice?)"),
        "truncated": (spelt(rows[:50]), "has 49 rows, expected 1,000 (truncated?)"),
        "cut inside a line": (spelt(rows)[:-3], "has 11 cells in line 1001"),
        "without columns": (spelt([[row[k] for k in keep] for row in rows]), "lacks the columns tenure and employ"),
        "one cell changed": (spelt(changed), "other values"),
        "rows in another order": (spelt([rows[0], *rows[:0:-1]]), "another order"),
        "a word for a number": (spelt(worded), "no number in column 'tenure', line 2"),
        "a column too many": (spelt([[*row, "1"] for row in rows]), "columns that do not belong to it ('1')"),
        "an error page": (b"<html><body>404</body></html>\n", "has a header line but no rows"),
        "nothing": (b"", "is empty"),
    }


@pytest.mark.parametrize("case", list(_broken([["tenure", "employ"], ["1", "2"], ["3", "4"]])))
def test_refuses_broken_copies(rows, case):
    content, reason = _broken(rows)[case]
    refusal = TELECUST.raw_files()[0].refusal(content)
    assert refusal is not None
    assert reason in refusal
    assert sha256_of(content) in refusal
    assert "\n" not in refusal


def test_refuses_a_far_too_large_file():
    assert "larger than" in TELECUST.raw_files()[0].refusal(b"1" * 1_000_001)


def test_the_dataset_is_the_documented_one(rows):
    dataset = TELECUST.build({"telecust.csv": spelt(rows)})
    assert dataset.X.dtype == np.float32
    assert dataset.y.dtype == np.int32
    assert np.bincount(dataset.y).tolist() == [266, 217, 281, 236]
    assert dataset.meta.classes == ("Basic Service", "E-Service", "Plus Service", "Total Service")
    assert dataset.meta.sha256 == checksum_of(dataset.X, dataset.y)
    assert dataset.meta.standin is False
    assert dataset.X[0].tolist() == [2, 13, 44, 1, 9, 64, 4, 5, 0, 0, 2]
