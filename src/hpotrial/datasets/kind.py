"""What a kind of dataset is: the base of the classes in ``datasets/kinds``, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from hpotrial.datasets.dataset import Dataset, DatasetMeta, checksum_of
from hpotrial.datasets.raw import RawFile


@dataclass(frozen=True)
class DatasetKind:
    """Where one dataset of a study comes from. A file of ``datasets/kinds`` holds one subclass of it.

    The fields that a subclass adds are the keys that a dataset of this kind has in the configuration, with their types
    and defaults; the file's name is what ``kind:`` says there.

    Attributes
    ----------
    name : str
        The dataset's name in every path and table.
    own_test_set : bool
        Of the class: whether the source says which rows are for training and which for the test.
    has_standin : bool
        Of the class: whether ``standin`` makes synthetic data for a machine that cannot have the real ones.

    Examples
    --------
    One file of the user's own, named by the key ``path``, whose last column is the class:

    >>> @dataclass(frozen=True)
    ... class LastColumn(DatasetKind):
    ...     path: str
    ...
    ...     def raw_files(self):
    ...         return [RawFile(self.path, None, max_bytes=1_000_000, own=True)]
    ...
    ...     def build(self, contents):
    ...         rows = np.loadtxt(contents[self.path].decode().splitlines(), delimiter=",", ndmin=2)
    ...         codes = rows[:, -1].astype(np.int32)
    ...         return self.dataset(rows[:, :-1], codes, classes=("no", "yes"), source=self.path, licence="mine")
    >>> LastColumn("mine", path="mine.csv").build({"mine.csv": b"1,2,0\\n3,4,1"}).y.tolist()
    [0, 1]
    """

    name: str

    own_test_set: ClassVar[bool] = False
    has_standin: ClassVar[bool] = False

    @classmethod
    def kind(cls) -> str:
        """The kind's name, which is its file's."""
        return cls.__module__.rpartition(".")[2]

    def keys(self) -> dict[str, Any]:
        """What the configuration says of this dataset, defaults filled in."""
        return {key: value for key, value in asdict(self).items() if key != "name"}

    def raw_files(self) -> list[RawFile]:
        """The raw files that the dataset is built of."""
        raise NotImplementedError

    def build(self, contents: Mapping[str, bytes]) -> Dataset:
        """The dataset of its raw files.

        Parameters
        ----------
        contents : mapping of str to bytes
            The content of each of ``raw_files``, by its name; verified as far as its checksum says.

        Raises
        ------
        DataError
            If a content is not what it should be: one line that names the file and says what to do.
        """
        raise NotImplementedError

    def standin(self) -> Dataset:
        """Synthetic data of the same form, always the same, for a class that says ``has_standin``."""
        raise NotImplementedError

    def dataset(self, X: np.ndarray, y: np.ndarray, *, standin: bool = False, **facts: Any) -> Dataset:
        """A dataset of this name and kind.

        Parameters
        ----------
        X : ndarray
            Features, shape (rows, features), stored as float32; or images, shape (rows, height, width), of uint8.
        y : ndarray
            Class codes from 0, shape (rows,), stored as int32.
        standin : bool
            Whether the data are synthetic.
        **facts
            The other fields of ``DatasetMeta``: ``source``, ``licence`` and ``classes`` are needed.
        """
        images = X.ndim > 2
        X, y = np.ascontiguousarray(X, None if images else np.float32), np.ascontiguousarray(y, np.int32)
        meta = DatasetMeta(
            name=self.name,
            kind=self.kind(),
            standin=standin,
            n_rows=len(X),
            n_features=int(np.prod(X.shape[1:])),
            image_shape=X.shape[1:] if images else None,
            sha256=checksum_of(X, y),
            **facts,
        )
        return Dataset(X, y, meta)


__all__ = ["DatasetKind", "RawFile"]
