"""Datasets on disk: the same bytes every time, no pickles, and a clear error for what is broken."""

import json
import zipfile

import numpy as np
import pytest
from dataset_samples import MNIST, REAL, TELECUST, needs_mnist, needs_telecust, small_dataset

from hpotrial.core.errors import DataError
from hpotrial.core.files import replacing, save_npz
from hpotrial.datasets import dataset as stored
from hpotrial.datasets import preparing
from hpotrial.datasets.dataset import load, load_meta
from hpotrial.datasets.fetching import fetch
from hpotrial.datasets.kinds import csv, make
from hpotrial.datasets.preparing import content, prepare


def unreachable(address: str, timeout_seconds: float):
    raise OSError("no network in this test")


@pytest.mark.parametrize(
    ("spec", "real"),
    [
        pytest.param(TELECUST, True, marks=needs_telecust),
        pytest.param(MNIST, True, marks=needs_mnist),
        (TELECUST, False),
        (MNIST, False),
    ],
)
def test_prepared_twice_gives_the_same_bytes(tmp_path, spec, real):
    written = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        fetch(spec, folder / "raw", data_dir=REAL if real else None, opener=unreachable)
        prepare(spec, folder / "raw", folder / "x.npz", folder / "x.json")
        written.append(((folder / "x.npz").read_bytes(), (folder / "x.json").read_bytes()))
    assert written[0] == written[1]
    found = load(folder / "x.npz", folder / "x.json")
    assert found.meta.standin is not real
    assert found.X.shape[0] == found.y.shape[0] == found.meta.n_rows


def test_what_preparing_hangs_on_changes_with_the_data_alone(tmp_path, monkeypatch):
    """From before the first fetch: a cluster's jobs are asked for when nothing is there."""
    own = make("own", "csv", {"path": str(tmp_path / "own.csv"), "target": "y"})
    (tmp_path / "own.csv").write_text("x,y\n1,a\n2,b\n")
    npz, facts = tmp_path / "arrays.npz", tmp_path / "facts.json"

    def asked() -> str:
        return content(own, tmp_path, facts)

    def prepared(with_content: str) -> None:
        fetch(own, tmp_path, opener=unreachable)
        prepare(own, tmp_path, npz, facts, with_content)

    assert asked() == ""
    prepared("")
    assert asked() == ""
    # other code, the same data
    monkeypatch.setattr(preparing, "_made_of", lambda *_: "edited")
    assert asked() == ""
    # and other data
    monkeypatch.setattr(csv, "number", lambda cell: 2 * float(cell))
    others = asked()
    assert len(others) == 64
    prepared(others)
    assert asked() == others
    assert load_meta(facts).digest() == others
    # raw files that are gone change nothing
    (tmp_path / "own.csv").unlink()
    monkeypatch.setattr(preparing, "_made_of", lambda *_: "edited again")
    assert asked() == others


@pytest.mark.parametrize("made", [TELECUST.standin, MNIST.standin, lambda: small_dataset((3, 4))])
def test_read_again_as_it_was_written(tmp_path, made):
    dataset = made()
    stored.save(dataset, tmp_path / "x.npz", tmp_path / "x.json")
    again = load(tmp_path / "x.npz", tmp_path / "x.json")
    assert np.array_equal(again.X, dataset.X)
    assert np.array_equal(again.y, dataset.y)
    assert (again.X.dtype, again.y.dtype) == (dataset.X.dtype, dataset.y.dtype)
    assert again.meta == dataset.meta == load_meta(tmp_path / "x.json")


def test_the_json_has_the_documented_keys(tmp_path):
    stored.save(small_dataset((3, 4)), tmp_path / "x.npz", tmp_path / "x.json")
    found = json.loads((tmp_path / "x.json").read_text())
    documented = "name kind standin source licence sha256 n_rows n_features classes feature_names documented_train_rows"
    assert set(documented.split()) <= set(found)
    assert found["classes"] == ["class 0", "class 1"]


def test_entries_carry_no_time(tmp_path):
    save_npz(tmp_path / "x.npz", {"a": np.arange(3)})
    with zipfile.ZipFile(tmp_path / "x.npz") as archive:
        assert [entry.date_time for entry in archive.infolist()] == [(1980, 1, 1, 0, 0, 0)]


def test_no_pickles(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle=False"):
        save_npz(tmp_path / "x.npz", {"a": np.array([{}], dtype=object)})
    assert list(tmp_path.iterdir()) == []
    np.savez(tmp_path / "x.npz", X=np.array([{}], dtype=object), y=np.zeros(1))
    stored.save(small_dataset((3, 4)), tmp_path / "good.npz", tmp_path / "x.json")
    with pytest.raises(DataError, match="is not a readable npz"):
        load(tmp_path / "x.npz", tmp_path / "x.json")


def test_broken_artefacts(tmp_path):
    npz, js = tmp_path / "x.npz", tmp_path / "x.json"
    with pytest.raises(DataError, match=r"x\.json not found"):
        load(npz, js)
    stored.save(small_dataset((3, 4)), npz, js)
    stored.save(small_dataset((3, 5)), tmp_path / "y.npz", tmp_path / "y.json")
    with pytest.raises(DataError, match=r"has 8 rows and 8 labels, .* says 7"):
        load(tmp_path / "y.npz", js)
    save_npz(npz, {"X": np.zeros(7)})
    with pytest.raises(DataError, match="lacks the array 'y'"):
        load(npz, js)
    for text, reason in (("{", "cannot be read as JSON"), ("[]", "no JSON object"), ("{}", "lacks .*name")):
        js.write_text(text)
        with pytest.raises(DataError, match=reason):
            load(npz, js)


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")

    def interrupted() -> None:
        with replacing(path) as file:
            file.write(b"half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        save_npz(tmp_path / "file" / "x.npz", {"a": np.arange(3)})
