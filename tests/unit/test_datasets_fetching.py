"""Raw files: the order in which they are looked for, and what happens when they are wrong or cannot be had."""

import io
import json
import os
import shutil
import time
from pathlib import Path

import pytest
from dataset_samples import MNIST, NOWHERE, REAL, TELECUST, needs_mnist, needs_telecust

from hpotrial.core.errors import ConfigurationError, DataError
from hpotrial.datasets.fetching import check, data_dir_from, fetch, found_locally
from hpotrial.datasets.kinds import mnist, telecust
from hpotrial.datasets.preparing import prepare
from hpotrial.datasets.raw import RawFile, read_receipt, receipt_path, sha256_of


class Network:
    """Answers addresses from a dictionary, and notes what was asked."""

    def __init__(self, answers: dict[str, bytes] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[str] = []

    def __call__(self, address: str, timeout_seconds: float) -> io.BytesIO:
        self.asked.append(address)
        if address not in self.answers:
            raise OSError("network is unreachable")
        return io.BytesIO(self.answers[address])


@pytest.fixture
def words(monkeypatch) -> bytes:
    """A tiny raw file in the place of telecust's, so that the order of places needs no real data."""
    content = b"the right words\n"
    file = RawFile("words.txt", sha256_of(content), 100, ("https://one.test/w", "https://two.test/w"), ("other.txt",))
    monkeypatch.setattr(telecust.Telecust, "raw_files", lambda self: [file])
    return content


def test_raw_dir_comes_first_and_asks_nobody(tmp_path, words):
    network = Network()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "words.txt").write_bytes(words)
    (tmp_path / "words.txt").write_bytes(b"not even looked at")
    receipt = fetch(TELECUST, tmp_path / "raw", data_dir=tmp_path, opener=network)
    assert (receipt.standin, receipt.files[0].origin, network.asked) == (False, str(tmp_path / "raw"), [])
    assert read_receipt("telecust", "telecust", tmp_path / "raw") == receipt


@pytest.mark.parametrize("name", ["words.txt", "other.txt"])
def test_data_dir_comes_second_and_is_copied(tmp_path, words, name):
    network = Network()
    (tmp_path / name).write_bytes(words)
    receipt = fetch(TELECUST, tmp_path / "raw", data_dir=tmp_path, opener=network)
    assert (receipt.files[0].origin, network.asked) == ("HPO_DATA_DIR", [])
    assert (tmp_path / "raw" / "words.txt").read_bytes() == words


def test_addresses_come_third_in_their_order(tmp_path, words):
    network = Network({"https://two.test/w": words})
    receipt = fetch(TELECUST, tmp_path / "raw", data_dir=tmp_path, opener=network)
    assert network.asked == ["https://one.test/w", "https://two.test/w"]
    assert receipt.files[0].origin == "https://two.test/w"
    assert (tmp_path / "raw" / "words.txt").read_bytes() == words
    assert sorted(os.listdir(tmp_path / "raw")) == ["telecust.json", "words.txt"]


def test_a_wrong_answer_is_passed_over(tmp_path, words):
    network = Network({"https://one.test/w": b"an error page", "https://two.test/w": words})
    assert fetch(TELECUST, tmp_path / "raw", opener=network).files[0].origin == "https://two.test/w"


@pytest.mark.parametrize("answer", [b"an error page", b"x" * 101, b""])
def test_wrong_answers_only_end_in_the_stand_in(tmp_path, words, answer):
    network = Network({"https://one.test/w": answer, "https://two.test/w": answer})
    receipt = fetch(TELECUST, tmp_path / "raw", opener=network)
    assert receipt.standin is True
    assert receipt.files == ()
    assert len(receipt.notes) == 3
    assert os.listdir(tmp_path / "raw") == ["telecust.json"]


@pytest.mark.parametrize("place", ["raw", "data"])
def test_a_wrong_local_copy_is_an_error(tmp_path, words, place):
    (tmp_path / place).mkdir()
    (tmp_path / place / "words.txt").write_bytes(b"other words")
    network = Network({"https://one.test/w": words})
    for step in (
        lambda: fetch(TELECUST, tmp_path / "raw", data_dir=tmp_path / "data", opener=network),
        lambda: check(TELECUST, tmp_path / "raw", data_dir=tmp_path / "data"),
    ):
        with pytest.raises(DataError) as caught:
            step()
        message = str(caught.value)
        assert str(tmp_path / place / "words.txt") in message
        assert f"has sha256 {sha256_of(b'other words')}, expected {sha256_of(words)}" in message
        assert "delete it" in message
        assert "\n" not in message
    assert network.asked == []


def test_standin_never_is_one_error_that_says_it_all(tmp_path, monkeypatch):
    with pytest.raises(DataError) as caught:
        fetch(MNIST, tmp_path / "raw", standin="never", opener=Network())
    message = str(caught.value)
    for file in MNIST.raw_files():
        assert all(part in message for part in (file.name, file.sha256, *file.addresses))
    assert f"put into {tmp_path / 'raw'}" in message
    assert "\n" not in message
    assert not receipt_path("mnist", tmp_path / "raw").exists()


def test_an_unknown_standin_choice(tmp_path):
    with pytest.raises(ConfigurationError, match="standin is 'nevr'"):
        fetch(TELECUST, tmp_path, standin="nevr")


def test_one_missing_file_makes_the_whole_dataset_a_stand_in_and_asks_once(tmp_path):
    network = Network()
    receipt = fetch(MNIST, tmp_path, opener=network)
    assert receipt.standin is True
    assert network.asked == list(MNIST.raw_files()[0].addresses)


@pytest.mark.parametrize(("spec", "module"), [(TELECUST, telecust), (MNIST, mnist)])
def test_without_network_the_stand_in_comes_quickly(tmp_path, monkeypatch, spec, module):
    monkeypatch.setenv("no_proxy", "*")
    if spec is TELECUST:
        monkeypatch.setattr(module, "ADDRESSES", (NOWHERE + "a.csv", NOWHERE + "b.csv"))
    else:
        monkeypatch.setattr(module, "MIRRORS", (NOWHERE + "a/", NOWHERE + "b/"))
    start = time.monotonic()
    receipt = fetch(spec, tmp_path / "raw")
    assert time.monotonic() - start < 5
    assert receipt.standin is True
    assert any("127.0.0.1:9" in note for note in receipt.notes)
    dataset = prepare(spec, tmp_path / "raw", tmp_path / "x.npz", tmp_path / "x.json")
    assert dataset.meta.standin is True
    assert json.loads((tmp_path / "x.json").read_text())["standin"] is True


def test_addresses_that_never_answer_cost_their_time_out(tmp_path, words):
    def silent(address: str, timeout_seconds: float) -> io.BytesIO:
        time.sleep(60)
        raise AssertionError("waited for")

    start = time.monotonic()
    receipt = fetch(TELECUST, tmp_path, timeout_seconds=0.2, opener=silent)
    assert time.monotonic() - start < 2
    assert receipt.standin is True
    assert any("no answer within 0.2 s" in note for note in receipt.notes)


@pytest.mark.parametrize("below", [Path("raw"), Path("raw") / "deeper"])
def test_a_raw_dir_that_cannot_be_written(tmp_path, words, below):
    (tmp_path / "raw").write_text("a file where the folder should be")
    for step in (
        lambda: fetch(TELECUST, tmp_path / below, opener=Network()),
        lambda: check(TELECUST, tmp_path / below),
    ):
        with pytest.raises(DataError) as caught:
            step()
        assert f"{tmp_path / below} cannot be written" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_raw_dir(tmp_path, words):
    (tmp_path / "raw").mkdir(mode=0o555)
    with pytest.raises(DataError, match="cannot be written"):
        fetch(TELECUST, tmp_path / "raw", opener=Network())


def test_an_outdated_stand_in_can_be_told(tmp_path, words):
    fetch(TELECUST, tmp_path, opener=Network())
    assert not found_locally(TELECUST, tmp_path)
    (tmp_path / "words.txt").write_bytes(words)
    assert found_locally(TELECUST, tmp_path)
    assert fetch(TELECUST, tmp_path, opener=Network()).standin is False


def test_what_a_fetch_brings_is_no_reason_to_fetch_again(tmp_path, words):
    """The answer, a parameter of its job, changes when the real data come after a stand-in, and never by a fetch."""
    raw, elsewhere, network = tmp_path / "raw", tmp_path / "data", Network({"https://one.test/w": words})

    def found() -> bool:
        return found_locally(TELECUST, raw, elsewhere)

    assert not found()
    assert fetch(TELECUST, raw, data_dir=elsewhere, opener=network).standin is False
    assert not found()
    shutil.rmtree(raw)
    fetch(TELECUST, raw, data_dir=elsewhere, opener=Network())
    assert not found()
    elsewhere.mkdir()
    (elsewhere / "words.txt").write_bytes(words)
    assert found()
    fetch(TELECUST, raw, data_dir=elsewhere, opener=Network())
    shutil.rmtree(elsewhere)
    assert found()


def test_the_check_writes_nothing(tmp_path, words):
    check(TELECUST, tmp_path / "raw")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("value", "found"), [(None, None), ("", None), ("x/y", Path("x/y"))])
def test_data_dir_from_the_environment(value, found):
    assert data_dir_from({} if value is None else {"HPO_DATA_DIR": value}) == found


def test_receipts_that_do_not_fit(tmp_path):
    with pytest.raises(DataError, match="not found"):
        prepare(TELECUST, tmp_path, tmp_path / "x.npz", tmp_path / "x.json")
    receipt_path("telecust", tmp_path).write_text('{"name": "telecust"}')
    with pytest.raises(DataError, match="is no receipt"):
        prepare(TELECUST, tmp_path, tmp_path / "x.npz", tmp_path / "x.json")
    fetch(MNIST, tmp_path, opener=Network())
    shutil.copy(receipt_path("mnist", tmp_path), receipt_path("telecust", tmp_path))
    with pytest.raises(DataError, match="a receipt for kind 'mnist', not 'telecust'"):
        prepare(TELECUST, tmp_path, tmp_path / "x.npz", tmp_path / "x.json")


@needs_telecust
def test_a_raw_file_that_changes_after_it_was_verified(tmp_path):
    fetch(TELECUST, tmp_path / "raw", data_dir=REAL, opener=Network())
    path = tmp_path / "raw" / "telecust.csv"
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(DataError, match=r"telecust\.csv"):
        prepare(TELECUST, tmp_path / "raw", tmp_path / "x.npz", tmp_path / "x.json")


@needs_mnist
def test_a_raw_file_that_is_gone(tmp_path):
    assert fetch(MNIST, tmp_path / "raw", data_dir=REAL, opener=Network()).standin is False
    (tmp_path / "raw" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="cannot be read"):
        prepare(MNIST, tmp_path / "raw", tmp_path / "x.npz", tmp_path / "x.json")
