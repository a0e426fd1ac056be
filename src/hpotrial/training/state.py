"""All variables of a network in training as two vectors: one of floats, one of integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class State:
    """Weights, then optimiser variables, in two vectors: ``floats`` (float32) and ``integers`` (int32)."""

    floats: np.ndarray
    integers: np.ndarray

    def copy(self) -> State:
        """The same numbers, apart from the array that these may be slices of."""
        return State(self.floats.copy(), self.integers.copy())


class Layout:
    """Where in the two vectors each variable lies.

    Parameters
    ----------
    described : sequence of (tuple of int, str)
        Shape and type of each variable, in their order.

    Attributes
    ----------
    n_floats, n_integers : int
        Lengths of the vectors.
    """

    def __init__(self, described: Sequence[tuple[tuple[int, ...], str]]) -> None:
        # (is real, size, shape, type)
        self._places = [("float" in dtype, int(np.prod(shape)), shape, dtype) for shape, dtype in described]
        self.n_floats, self.n_integers = (sum(p[1] for p in self._places if p[0] is real) for real in (True, False))

    def pack(self, values: Sequence[Any]) -> State:
        """Arrays in the order of the variables -> two vectors."""
        floats = [np.ravel(v) for v, (real, *_) in zip(values, self._places, strict=True) if real]
        integers = [
            np.ravel(v).astype(np.int64) for v, (real, *_) in zip(values, self._places, strict=True) if not real
        ]
        # a random generator's uint32 keeps its bits
        packed = np.concatenate([*integers, np.zeros(0, np.int64)]).astype(np.uint32).view(np.int32)
        return State(np.concatenate(floats).astype(np.float32), packed)

    def unpack(self, state: State) -> list[np.ndarray]:
        """Two vectors -> arrays in the order of the variables."""
        return self._split(state.floats, state.integers, np.reshape, lambda a, dtype: a.view(np.uint32).astype(dtype))

    def unpack_tensors(self, floats: Any, integers: Any) -> list[Any]:
        """The same inside a program, on tensors."""
        import tensorflow as tf

        def restore(tensor: Any, dtype: str) -> Any:
            return tf.bitcast(tensor, tf.uint32) if dtype == "uint32" else tf.cast(tensor, dtype)

        return self._split(floats, integers, tf.reshape, restore)

    def pack_tensors(self, values: Sequence[Any]) -> tuple[Any, Any]:
        """The same inside a program: tensors in the order of the variables -> two vectors."""
        import tensorflow as tf

        def number(tensor: Any) -> Any:
            return tf.bitcast(tensor, tf.int32) if tensor.dtype == tf.uint32 else tf.cast(tensor, tf.int32)

        floats = [tf.reshape(v, [-1]) for v, (real, *_) in zip(values, self._places, strict=True) if real]
        integers = [tf.reshape(number(v), [-1]) for v, (real, *_) in zip(values, self._places, strict=True) if not real]
        return tf.concat(floats, 0), tf.concat(integers, 0) if integers else tf.zeros([0], tf.int32)

    def _split(
        self, floats: Any, integers: Any, reshape: Callable[..., Any], restore: Callable[[Any, str], Any]
    ) -> list[Any]:
        values, at = [], {True: 0, False: 0}
        for real, size, shape, dtype in self._places:
            piece = (floats if real else integers)[at[real] : at[real] + size]
            at[real] += size
            shaped = reshape(piece, shape)
            values.append(shaped if real else restore(shaped, dtype))
        return values
