"""Hundreds of broken CSV, idx and npz files: each is what it says after all, or is refused in one clear line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bounded import accepted_or_refused, bounded
from drawing import drawn
from hypothesis import given
from hypothesis import strategies as st

from hpotrial.core.documented import COLUMNS, read_documented
from hpotrial.core.errors import DataError
from hpotrial.core.files import load_npz, save_npz
from hpotrial.datasets import dataset as stored
from hpotrial.datasets import kinds
from hpotrial.datasets.dataset import Dataset
from hpotrial.datasets.fetching import check
from hpotrial.datasets.kind import DatasetKind
from hpotrial.datasets.kinds import mnist
from hpotrial.datasets.kinds.csv import MAX_BYTES
from hpotrial.datasets.raw import read_receipt

ROWS = [("a", "kind", "b"), *((str(i), "cat" if i % 3 else "dog", f"{i / 7:.3f}") for i in range(30))]
TABLE = "".join(",".join(row) + "\n" for row in ROWS).encode()
ODD_CELLS = [
    "", " ", "nan", "NaN", "inf", "-inf", "1e39", "1e-400", "1e999999", "1_000", "0x10", "١٢", "½", "1,5",
    "1.5.2", "--1", "+", "four", "\0",
    "\u2028", "'", '"', '"a\nb"', "=1+1", "9" * 400, "x" * 1_000, "x" * 200_000, "🦆", "true", "None", "1 2",
    "\ufeff1", "\x1a",
]  # fmt: skip


def own(folder: Path) -> DatasetKind:
    return kinds.make("own", "csv", {"path": str(folder / "own.csv"), "target": "kind"})


def require_what_it_says(dataset: Dataset, content: bytes) -> None:
    """A table that was accepted holds just the numbers and classes of its file, as another reader finds them."""
    rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row]
    header = [name.strip() for name in rows[0]]
    label = header.index("kind")
    numbers = [[np.float32(float(cell)) for i, cell in enumerate(row) if i != label] for row in rows[1:]]
    assert np.array_equal(dataset.X, np.array(numbers, dtype=np.float32))
    assert np.isfinite(dataset.X).all()
    told = [dataset.meta.classes[code] for code in dataset.y]
    for cell, name in zip((row[label].strip() for row in rows[1:]), told, strict=True):
        assert cell == name or float(cell) == float(name)
    assert len(set(told)) == len(dataset.meta.classes) >= 2


def judge_table(content: bytes, folder: Path) -> str | None:
    """The line with which a table is refused; None, and it holds what its file says, if it is not."""
    spec = own(folder)
    path = str(folder / "own.csv")
    Path(path).write_bytes(content)
    _, line = accepted_or_refused(lambda: check(spec, folder / "raw", rows_per_class=3))
    if line is None:
        require_what_it_says(spec.build({path: content}), content)
    else:
        assert line.startswith(path)
    return line


@st.composite
def broken_tables(draw: Any) -> bytes:
    """The table with one to three faults in its cells, its lines or its bytes."""
    rows = [list(row) for row in ROWS]
    content: bytes | None = None
    for _ in range(draw(st.integers(1, 3))):
        fault = draw(st.sampled_from(["cell", "cell", "cell", "row", "column", "class", "bytes", "bytes", "header"]))
        if fault == "cell":
            row = draw(st.sampled_from(rows))
            if row:
                row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(ODD_CELLS) | st.text(max_size=5))
        elif fault == "row":
            at = draw(st.integers(0, len(rows) - 1))
            rows[at : at + draw(st.integers(0, 40))] = draw(
                st.sampled_from([[], [[]], [["1"]], [["1"] * 9], [rows[0]]])
            )
            rows = rows or [[]]
        elif fault == "column":
            at = draw(st.integers(0, 3))
            rows = (
                [row[:at] + row[at + 1 :] for row in rows]
                if draw(st.booleans())
                else [row[:at] + row[:1] + row[at:] for row in rows]
            )
        elif fault == "class":
            one = draw(st.sampled_from(["dog", "1", "1.0", "0.5", "nan", "9007199254740993", "1e300", "", "é"]))
            rows = [
                [one if cell in ("cat", *draw(st.sampled_from([("dog",), ()]))) else cell for cell in row]
                for row in rows
            ]
        elif fault == "header":
            rows[0] = draw(
                st.sampled_from(
                    [["kind"], ["a", "a", "kind"], ["kind"] * 3, ["a", " kind ", "b"], ["", "kind", ""], ["a;kind;b"]]
                )
            )
        else:
            content = draw(broken_bytes(content or text_of(rows)))
    return text_of(rows) if content is None else content


def text_of(rows: list[list[str]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in rows).encode("utf-8", "surrogatepass")


@st.composite
def broken_bytes(draw: Any, content: bytes) -> bytes:
    """The bytes cut, doubled, or with others in them."""
    at = draw(st.integers(0, len(content)))
    to = at + draw(st.sampled_from([0, 1, 2, 9, 100]))
    odd = st.sampled_from(
        [
            b"",
            b"\0",
            b"\0" * 50,
            b"\xff",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"\r",
            b"\r\n",
            b"\n\n",
            b'"',
            b",",
            b";",
            b"\x1f\x8b",
            b"PK",
        ]
    )
    return draw(
        st.sampled_from([content[:at], content[at:], content * 2, content[:at] + content, content[::-1]])
        | (odd | st.binary(max_size=9)).map(lambda put: content[:at] + put + content[to:])
    )


@pytest.mark.slow
@given(content=broken_tables())
@drawn(350)
def test_a_broken_table(content, tmp_path_factory):
    judge_table(content, tmp_path_factory.getbasetemp())


def test_the_table_itself_is_sound(tmp_path):
    assert judge_table(TABLE, tmp_path) is None


LARGE_TABLES = {
    "a header of many columns": (",".join(f"c{i}" for i in range(300_000)) + ",kind\n").encode(),
    "a header of one name": ("a," * 300_000 + "kind\n").encode(),
    "one long line": b"x" * 3_000_000,
    "nothing but NULs": b"\0" * 3_000_000,
    "nothing but quotes": b'"' * 3_000_000,
    "nothing but line ends": b"\n" * 3_000_000,
    "nothing but commas": b"," * 1_000_000,
    "a quote that never ends": b'a,kind\n1,"' + b"dog\n" * 500_000,
    "a class for every row": b"a,kind\n" + b"".join(b"%d,k%d\n" % (i, i) for i in range(200_000)),
}


@pytest.mark.parametrize("fault", LARGE_TABLES)
def test_a_large_broken_table(fault, tmp_path):
    assert judge_table(LARGE_TABLES[fault], tmp_path) is not None


def test_a_table_larger_than_can_be_read(tmp_path):
    """Sparse: it takes no room on the disk, and would take fifty gigabytes in memory."""
    with open(tmp_path / "own.csv", "wb") as file:
        file.truncate(50 * 10**9)
    _, line = accepted_or_refused(lambda: check(own(tmp_path), tmp_path / "raw"))
    assert f"is larger than {MAX_BYTES:,} bytes" in line


@pytest.mark.parametrize(
    "path", ["/dev/zero", "/dev/null", "/", "x" * 5_000, "a\0b", "~", "$(touch pwned)", "; touch pwned"]
)
def test_a_path_that_is_no_table(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = kinds.make("own", "csv", {"path": path, "target": "kind"})
    _, line = accepted_or_refused(lambda: check(spec, tmp_path / "raw"))
    assert line is not None
    assert not Path("pwned").exists()


def test_a_pipe_is_no_table(tmp_path):
    """It would be waited for."""
    import os

    os.mkfifo(tmp_path / "own.csv")
    _, line = accepted_or_refused(lambda: check(own(tmp_path), tmp_path / "raw"))
    assert "it is no file" in line
    os.mkfifo(tmp_path / "telecust.csv")
    _, line = accepted_or_refused(lambda: check(kinds.make("telecust", "telecust", {}), tmp_path))
    assert "it is no file" in line


IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 4), dtype=np.uint8)
UNPACKED = bytes((0, 0, 8, 3)) + struct.pack(">3I", *IMAGES.shape) + IMAGES.tobytes()


@pytest.mark.slow
@given(data=st.data())
@drawn(250)
def test_a_broken_idx_file(data):
    """Broken before it was packed, after, or both."""
    unpacked = data.draw(broken_bytes(UNPACKED) | st.just(UNPACKED))
    packed = gzip.compress(unpacked, mtime=0)
    content = data.draw(broken_bytes(packed) | st.just(packed) | st.just(unpacked))
    found, line = accepted_or_refused(lambda: mnist.parse_idx(content, IMAGES.shape))
    if line is None:
        assert gzip.decompress(content) == bytes((0, 0, 8, 3)) + struct.pack(">3I", *IMAGES.shape) + found.tobytes()


def test_a_gzip_bomb_is_not_unpacked():
    """A fifth of a megabyte that unpacks to 200: no more is read than the file should hold."""
    bomb = gzip.compress(UNPACKED + bytes(200_000_000), compresslevel=6, mtime=0)
    tracemalloc.start()
    try:
        _, line = accepted_or_refused(lambda: mnist.parse_idx(bomb, IMAGES.shape))
        assert "unpacks to more than" in line
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", [name for name, _, _ in mnist.FILES.values()])
def test_no_raw_file_but_the_documented_one_passes(name, tmp_path):
    """Whatever its content: the checksum is asked first, so nothing of it is read as images."""
    spec = kinds.make("mnist", "mnist", {})
    for content in (b"", UNPACKED, gzip.compress(UNPACKED, mtime=0), b"PK\x03\x04", bytes(17_000_000)):
        (tmp_path / name).write_bytes(content)
        _, line = accepted_or_refused(lambda: check(spec, tmp_path))
        assert line.startswith(str(tmp_path / name))


def npz_bytes(folder: Path) -> bytes:
    save_npz(folder / "good.npz", {"X": IMAGES, "y": np.arange(5, dtype=np.int32)})
    return (folder / "good.npz").read_bytes()


@pytest.mark.slow
@given(data=st.data())
@drawn(200)
def test_a_broken_npz(data, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    content = data.draw(broken_bytes(npz_bytes(folder)))
    (folder / "broken.npz").write_bytes(content)
    found, line = accepted_or_refused(lambda: load_npz(folder / "broken.npz", ("X", "y")))
    if line is None:
        # zip keeps a checksum of every entry, so what was read is what was written
        assert np.array_equal(found["X"], IMAGES)
    else:
        assert line.startswith(str(folder / "broken.npz"))


JSONS = [
    "",
    "{",
    "[]",
    "null",
    "3",
    '{"files": 3}',
    '{"name": "own"}',
    "[" * 100_000,
    '{"a": NaN}',
    "\0",
    '{"classes": 3}',
    '"' * 9,
]


@pytest.mark.parametrize("text", JSONS, ids=lambda text: text[:9])
def test_a_broken_receipt_or_provenance(text, tmp_path):
    (tmp_path / "own.json").write_text(text)
    for read in (lambda: read_receipt("own", "csv", tmp_path), lambda: stored.load_meta(tmp_path / "own.json")):
        _, line = accepted_or_refused(read)
        assert line.startswith(str(tmp_path / "own.json"))


def test_a_provenance_whose_lists_are_numbers(tmp_path):
    from dataset_samples import small_dataset

    stored.save(small_dataset((3, 4)), tmp_path / "x.npz", tmp_path / "x.json")
    text = json.loads((tmp_path / "x.json").read_text())
    (tmp_path / "x.json").write_text(json.dumps({**text, "classes": 3}))
    with pytest.raises(DataError, match="lists no classes"):
        stored.load_meta(tmp_path / "x.json")


DOCUMENTED = (",".join(COLUMNS) + "\n" + "doc,grid,0.1,64,64,5,99.1,97.0\n" * 5).encode()


@pytest.mark.slow
@given(content=broken_bytes(DOCUMENTED))
@drawn(100)
def test_a_broken_table_of_documented_configurations(content, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / "documented.csv"
    file.write_bytes(content)
    rows, line = accepted_or_refused(lambda: read_documented(file))
    if line is None:
        assert all(0 < row.validation_accuracy <= 1 and row.lr > 0 for row in rows)
    else:
        assert line.startswith(str(file))


@pytest.mark.parametrize("path", ["/dev/zero", "/", "x" * 5_000, "a\0b"])
def test_a_path_that_is_no_table_of_documented_configurations(path):
    with bounded(), pytest.raises(DataError):
        read_documented(Path(path))


def test_a_cell_too_large_for_a_table_of_documented_configurations(tmp_path):
    (tmp_path / "documented.csv").write_bytes(DOCUMENTED + b"x" * 200_000)
    with pytest.raises(DataError, match=r"documented\.csv, line 7: is not a line of a CSV file"):
        read_documented(tmp_path / "documented.csv")
