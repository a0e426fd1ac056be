"""The idx files of MNIST: read exactly, or refused."""

import gzip
import struct

import numpy as np
import pytest
from dataset_samples import MNIST, REAL, needs_mnist

from hpotrial.core.errors import DataError
from hpotrial.datasets.kinds import mnist
from hpotrial.datasets.raw import sha256_of


def idx(array: np.ndarray, *, magic: bytes | None = None, dimensions: tuple[int, ...] | None = None) -> bytes:
    head = magic or bytes((0, 0, 8, array.ndim))
    dims = dimensions or array.shape
    return gzip.compress(head + struct.pack(f">{len(dims)}I", *dims) + array.tobytes(), mtime=0)


IMAGES = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def test_reads_what_was_written():
    assert np.array_equal(mnist.parse_idx(idx(IMAGES), (2, 3, 3)), IMAGES)
    assert np.array_equal(mnist.parse_idx(idx(IMAGES[:, 0, 0]), (2,)), IMAGES[:, 0, 0])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (idx(IMAGES, magic=b"\0\0\x0d\x03"), "begins with '00000d03'"),
        (idx(IMAGES[:, 0, 0]), "begins with '00000801'"),
        (idx(IMAGES, dimensions=(3, 3, 3)), "has the dimensions (3, 3, 3), expected (2, 3, 3)"),
        (idx(IMAGES[:1], dimensions=(2, 3, 3)), "unpacks to 25 bytes, fewer than the 34 bytes"),
        (idx(np.zeros((900, 3, 3), np.uint8), dimensions=(2, 3, 3)), "unpacks to more than the 34 bytes"),
        (idx(IMAGES)[:-9], "is not a whole gzip file"),
        (b"<html>not here</html>", "is not a whole gzip file"),
        (b"", "begins with ''"),
        (gzip.compress(b"\0\0\x08\x03\0\0", mtime=0), "has the dimensions"),
    ],
)
def test_refuses_what_is_no_such_file(content, reason):
    with pytest.raises(DataError) as caught:
        mnist.parse_idx(content, (2, 3, 3))
    assert reason in str(caught.value)


def test_refuses_a_label_that_is_no_digit():
    arrays = {
        "x_train": IMAGES,
        "y_train": np.array([1, 10], np.uint8),
        "x_test": IMAGES,
        "y_test": np.array([0, 1], np.uint8),
    }
    with pytest.raises(DataError, match="label 10 is not a digit"):
        MNIST.assemble(arrays, standin=False, source="", licence="")


@needs_mnist
def test_the_dataset_is_the_documented_one():
    contents = {file.name: (REAL / file.name).read_bytes() for file in MNIST.raw_files()}
    assert [file.refusal(contents[file.name]) for file in MNIST.raw_files()] == [None] * 4
    dataset = MNIST.build(contents)
    assert dataset.X.shape == (70_000, 28, 28)
    assert dataset.X.dtype == np.uint8
    assert dataset.meta.documented_train_rows == 60_000
    parts = (dataset.X[:60_000], dataset.y[:60_000], dataset.X[60_000:], dataset.y[60_000:])
    shortened = [sha256_of(part.astype(np.uint8).tobytes())[:8] for part in parts]
    assert shortened == ["741c9888", "1feba77c", "6d87418d", "ddeff807"]
    train = dataset.X[:60_000] / np.float32(255)
    assert train.mean() == pytest.approx(0.1307, abs=5e-5)
    assert train.std() == pytest.approx(0.3081, abs=5e-5)
