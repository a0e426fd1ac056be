"""A CSV file of one's own: what it becomes, and every refusal in one line."""

from pathlib import Path

import numpy as np
import pytest

from hpotrial.core.errors import ConfigurationError, DataError
from hpotrial.datasets import kinds
from hpotrial.datasets.dataset import Dataset, checksum_of
from hpotrial.datasets.fetching import check, fetch
from hpotrial.datasets.kind import DatasetKind
from hpotrial.datasets.preparing import prepare
from hpotrial.datasets.raw import read_own, sha256_of

GOOD = "a,kind,b\n1,dog,2.5\n3,cat,-4e1\n5,dog,6\n"


def own(path: Path, **options: str) -> DatasetKind:
    return kinds.make("own", "csv", {"path": str(path), "target": "kind", **options})


def read(spec: DatasetKind) -> dict[str, bytes]:
    return {file.name: read_own(file, spec.name) for file in spec.raw_files()}


def built(tmp_path: Path, text: str | bytes, **options: str) -> Dataset:
    path = tmp_path / "own.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    spec = own(path, **options)
    return spec.build(read(spec))


def test_string_classes_in_sorted_order(tmp_path):
    dataset = built(tmp_path, GOOD)
    assert dataset.X.tolist() == [[1, 2.5], [3, -40], [5, 6]]
    assert dataset.X.dtype == np.float32
    assert dataset.y.tolist() == [1, 0, 1]
    assert dataset.meta.classes == ("cat", "dog")
    assert dataset.meta.feature_names == ("a", "b")
    assert dataset.meta.sha256 == checksum_of(dataset.X, dataset.y)


def test_whole_numbers_are_sorted_as_numbers(tmp_path):
    dataset = built(tmp_path, "a,kind\n1,10\n2,9\n3,9.0\n4,-1\n")
    assert dataset.meta.classes == ("-1", "9", "10")
    assert dataset.y.tolist() == [2, 1, 1, 0]


@pytest.mark.parametrize("text", [GOOD.replace("\n", "\r\n"), GOOD[:-1], "\ufeff" + GOOD, GOOD.replace("\n", "\n\n")])
def test_other_spellings_of_the_same_table(tmp_path, text):
    dataset = built(tmp_path, text)
    assert dataset.X.tolist() == [[1, 2.5], [3, -40], [5, 6]]
    assert dataset.meta.classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,kind,b\n", "no rows"),
        (GOOD.replace("kind", "sort"), "has no class column 'kind': correct `target`; the columns are a, sort, b"),
        (GOOD.replace("-4e1", "four"), "no number in column 'b', line 3: 'four'"),
        (GOOD.replace("-4e1", "1_000"), "no number in column 'b', line 3: '1_000'"),
        (GOOD.replace("-4e1", ""), "an empty cell in column 'b', line 3"),
        (GOOD.replace("-4e1", "NaN"), "a missing value in column 'b', line 3"),
        (GOOD.replace("-4e1", "-inf"), "an infinite or too large number in column 'b', line 3"),
        (GOOD.replace("-4e1", "1e39"), "an infinite or too large number in column 'b', line 3"),
        (GOOD.replace("cat", "dog"), "has one class only ('dog')"),
        (GOOD.replace("cat", ""), "has no class in column 'kind', line 3"),
        ("a,kind\n1,nan\n2,3\n3,4\n", "has no class in column 'kind', line 2"),
        ("a,kind\n1,0.5\n2,3\n3,4\n", "has the class '0.5' in column 'kind', line 2"),
        ("a,kind\n1,inf\n2,3\n3,4\n", "has the class 'inf' in column 'kind', line 2"),
        (GOOD.replace("b", "a", 1), "has the column 'a' more than once"),
        (GOOD.replace("dog,6", "dog,6,7"), "has 4 cells in line 4, but 3 columns"),
        (GOOD.replace(",", ";"), "not to be separated by commas"),
        ("kind\n1\n2\n", "no column besides the class column"),
        (b"a,kind\n1,caf\xe9\n", "is not UTF-8 text (byte 12)"),
        (b"PK\x03\x04\x00\x00\xff", "is not UTF-8 text"),
        ("a,kind\n1," + "x" * 200_000 + "\n", "is not a CSV file (line"),
    ],
)
def test_refusals(tmp_path, text, reason):
    with pytest.raises(DataError) as caught:
        built(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "own.csv"))
    assert reason in message
    assert "\n" not in message


def test_missing_file(tmp_path):
    spec = own(tmp_path / "none.csv")
    for step in (lambda: fetch(spec, tmp_path / "raw"), lambda: check(spec, tmp_path / "raw")):
        with pytest.raises(DataError, match=r"none\.csv not found: correct `path` of dataset 'own'"):
            step()


def test_a_folder_is_no_file(tmp_path):
    spec = own(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        read(spec)


def test_checksum(tmp_path):
    right = sha256_of(GOOD.encode())
    assert built(tmp_path, GOOD, sha256=right).meta.n_rows == 3
    with pytest.raises(DataError, match=f"has sha256 .*, expected {'0' * 64}"):
        built(tmp_path, GOOD, sha256="0" * 64)


def test_fewer_rows_of_a_class_than_needed(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(GOOD)
    spec = own(path)
    check(spec, tmp_path / "raw", rows_per_class=1)
    with pytest.raises(DataError, match=r"has 1 rows of class 'cat', but the splits and folds need 5"):
        check(spec, tmp_path / "raw", rows_per_class=5)


def test_a_file_that_changes_after_it_was_verified(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(GOOD)
    spec = own(path)
    receipt = fetch(spec, tmp_path / "raw", standin="allow")
    assert receipt.standin is False
    assert prepare(spec, tmp_path / "raw", tmp_path / "own.npz", tmp_path / "own.json").meta.n_rows == 3
    path.write_text(GOOD + "7,cat,8\n")
    with pytest.raises(DataError, match="is not the file that was verified"):
        prepare(spec, tmp_path / "raw", tmp_path / "own.npz", tmp_path / "own.json")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "own", "kind": "cvs"}, "unknown kind 'cvs'; did you mean 'csv'"),
        ({"name": "own", "kind": "csv", "path": "x.csv"}, "needs target"),
        ({"name": "own", "kind": "csv"}, "needs path and target"),
        ({"name": "own", "kind": "csv", "path": "x", "target": "y", "sha256": "abc"}, "64 lower-case"),
        ({"name": "own", "kind": "csv", "path": 3, "target": "y"}, "own.path: must be text, not 3"),
        ({"name": "own", "kind": "csv", "path": "", "target": "y"}, "own.path: is empty"),
        ({"name": "own", "kind": "csv", "pth": "x", "target": "y"}, "unknown key 'pth' .*did you mean 'path'"),
        ({"name": "own", "kind": "mnist", "path": "x"}, "path belong to kind 'csv'"),
        ({"name": "../own", "kind": "mnist"}, "a name has letters"),
    ],
)
def test_spec_refusals(fields, reason):
    with pytest.raises(ConfigurationError, match=reason):
        kinds.make(fields.pop("name"), fields.pop("kind"), fields)
