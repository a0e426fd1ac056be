"""MNIST: 70,000 handwritten digits in the four original idx files."""

import gzip
import io
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hpotrial.core.errors import DataError
from hpotrial.datasets.dataset import Dataset
from hpotrial.datasets.kind import DatasetKind, RawFile
from hpotrial.datasets.standins import digits

CLASSES = tuple("0123456789")
TRAIN_ROWS, TEST_ROWS, SIDE = 60_000, 10_000, 28
HOME = "(http://yann.lecun.com/exdb/mnist/)"
LICENCE = "(c) Yann LeCun and Corinna Cortes; CC BY-SA 3.0 as commonly stated"
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
# name of the array: (file, sha256 of the file, shape)
FILES: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "x_train": (
        "train-images-idx3-ubyte.gz",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        (TRAIN_ROWS, SIDE, SIDE),
    ),
    "y_train": (
        "train-labels-idx1-ubyte.gz",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        (TRAIN_ROWS,),
    ),
    "x_test": (
        "t10k-images-idx3-ubyte.gz",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        (TEST_ROWS, SIDE, SIDE),
    ),
    "y_test": (
        "t10k-labels-idx1-ubyte.gz",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        (TEST_ROWS,),
    ),
}


def parse_idx(content: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """An array of unsigned bytes from a gzip-compressed idx file (http://yann.lecun.com/exdb/mnist/).

    The file must hold exactly `shape`; no more than that is ever unpacked. Raises DataError with a clause that says
    what is wrong with it.
    """
    n_header = 4 + 4 * len(shape)
    expected = n_header + math.prod(shape)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            data = file.read(expected + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"is not a whole gzip file ({type(error).__name__}): fetch it again") from None
    magic = bytes((0, 0, 0x08, len(shape)))
    if data[:4] != magic:
        raise DataError(f"begins with {data[:4].hex()!r}, an idx file of bytes with {magic.hex()!r}: fetch it again")
    dimensions = tuple(int(n) for n in np.frombuffer(data[4:n_header].ljust(n_header - 4, b"\0"), dtype=">u4"))
    if dimensions != shape:
        raise DataError(f"has the dimensions {dimensions}, expected {shape}: fetch it again")
    if len(data) != expected:
        much = "more" if len(data) > expected else f"{len(data):,} bytes, fewer"
        raise DataError(f"unpacks to {much} than the {expected:,} bytes of its dimensions: fetch it again")
    return np.frombuffer(data, dtype=np.uint8, offset=n_header).reshape(shape)


@dataclass(frozen=True)
class Mnist(DatasetKind):
    """The MNIST database: four files, no keys in the configuration."""

    own_test_set: ClassVar[bool] = True
    has_standin: ClassVar[bool] = True

    def raw_files(self) -> list[RawFile]:
        """The four idx files, images and labels, each with its sha256."""
        return [
            RawFile(name, sha256, max_bytes=16_000_000, addresses=tuple(mirror + name for mirror in MIRRORS))
            for name, sha256, _ in FILES.values()
        ]

    def build(self, contents: Mapping[str, bytes]) -> Dataset:
        """The dataset of its verified raw files: X 70000 x 28 x 28 uint8, training images first; y int32."""
        arrays: dict[str, np.ndarray] = {}
        for key, (name, _, shape) in FILES.items():
            try:
                arrays[key] = parse_idx(contents[name], shape)
            except DataError as error:
                raise DataError(f"{name} {error}") from None
        return self.assemble(
            arrays, standin=False, source="the four idx files of the MNIST database " + HOME, licence=LICENCE
        )

    def standin(self) -> Dataset:
        """scikit-learn's own digits, enlarged to 28 x 28; see `standins.digits`."""
        arrays = digits.draw(SIDE, TRAIN_ROWS / (TRAIN_ROWS + TEST_ROWS))
        return self.assemble(arrays, standin=True, source=digits.SOURCE, licence=digits.LICENCE)

    def assemble(self, arrays: Mapping[str, np.ndarray], *, standin: bool, source: str, licence: str) -> Dataset:
        """One dataset of `x_train`, `y_train`, `x_test`, `y_test` (uint8). Raises DataError for a label above 9."""
        y = np.concatenate([arrays["y_train"], arrays["y_test"]])
        if y.max() >= len(CLASSES):
            raise DataError(f"dataset {self.name!r}: label {y.max()} is not a digit: fetch the label files again")
        return self.dataset(
            np.concatenate([arrays["x_train"], arrays["x_test"]]),
            y,
            standin=standin,
            source=source,
            licence=licence,
            classes=CLASSES,
            documented_train_rows=len(arrays["x_train"]),
            documented_table="documented_mnist.csv",
        )
