"""Sets of rows, and small counts of them, in as few bits as they need: what a run keeps of each row that it scored.

Bits are NumPy's: the first of a byte is its greatest, and what is left of the last byte is 0.
"""

from __future__ import annotations

import numpy as np


def packed_rows(rows: np.ndarray) -> bytes:
    """Row numbers as a bit for each row of their dataset, up to the greatest of them.

    Parameters
    ----------
    rows : ndarray of int
        Row numbers, from 0.

    Examples
    --------
    >>> unpacked_rows(packed_rows(np.array([2, 3, 11])))
    array([ 2,  3, 11])
    """
    among = np.zeros(int(rows.max(initial=-1)) + 1, bool)
    among[rows] = True
    return np.packbits(among).tobytes()


def unpacked_rows(packed: bytes) -> np.ndarray:
    """The row numbers, in their order, that ``packed_rows`` was given."""
    return np.flatnonzero(np.unpackbits(np.frombuffer(packed, np.uint8)))


def packed_counts(counts: np.ndarray, most: int) -> bytes:
    """Counts from 0 to ``most``, each in as many bits as ``most`` has: a single bit where it is 1.

    Parameters
    ----------
    counts : ndarray of int
        One count for each row.
    most : int
        The greatest count that there may be.

    Examples
    --------
    >>> len(packed_counts(np.ones(360, int), most=1))
    45
    >>> unpacked_counts(packed_counts(np.array([0, 20, 7]), most=20), 3, most=20)
    array([ 0, 20,  7])
    """
    bits = counts[:, None] >> _places(most) & 1
    return np.packbits(bits.astype(bool)).tobytes()


def unpacked_counts(packed: bytes, n_rows: int, most: int) -> np.ndarray:
    """The counts that ``packed_counts`` was given.

    Raises
    ------
    ValueError
        If there are not as many, or one is greater than ``most``.
    """
    places = _places(most)
    size = n_rows * len(places)
    if len(packed) != -(-size // 8):
        raise ValueError(f"{len(packed)} bytes do not hold {n_rows} counts from 0 to {most}")
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=size).reshape(n_rows, len(places))
    counts = bits.astype(np.int64) @ (1 << places)
    if counts.max(initial=0) > most:
        raise ValueError(f"a count is {counts.max()}, and may be {most} at most")
    return counts


def _places(most: int) -> np.ndarray:
    return np.arange(most.bit_length())[::-1]
