"""Datasets on disk: the same bytes every time, no pickles, and a clear error for what is broken."""

import json
import zipfile

import numpy as np
import pytest
from dataset_samples import MNIST, REAL, TELECUST, needs_mnist, needs_telecust, small_dataset

from hpotrial.core.errors import DataError
from hpotrial.core.files import replacing, save_npz
from hpotrial.datasets import dataset as stored
from hpotrial.datasets.dataset import load, load_meta
from hpotrial.datasets.fetching import fetch
from hpotrial.datasets.preparing import prepare


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


@pytest.mark.parametrize("dataset", [TELECUST.standin(), MNIST.standin(), small_dataset((3, 4))])
def test_read_again_as_it_was_written(tmp_path, dataset):
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
