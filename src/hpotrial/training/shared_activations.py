"""Activations that are computed side by side and chosen by a number, so that networks that differ in them share one
program.

All are finite with finite gradients, so the choice leaves the chosen one's numbers as they are. Those of one group are
paid for together: relu and tanh cost little more than either, softmax and sigmoid take exponentials.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

GROUPS = (("relu", "tanh"), ("softmax", "sigmoid", "linear"))
# on a small table compiling costs more than training, so sharing pays; on more rows than these it does not
FEW_ROWS = 5_000


def group(activation: str | None) -> int | None:
    """The number of the group that an activation belongs to; None if it shares with none."""
    return next((i for i, names in enumerate(GROUPS) if activation in names), None)


def of_layer(layer: Any) -> tuple[int, int] | None:
    """Group of a hidden layer's activation and its position there; None where the layer does not share.

    Only fully connected layers do: their outputs are small. A linear layer without a bias is a projection, not a
    layer whose activation somebody chose.
    """
    import keras

    if not isinstance(layer, keras.layers.Dense):
        return None
    name = getattr(layer.activation, "__name__", None)
    number = group(name)
    if number is None or name is None or (name == "linear" and not layer.use_bias):
        return None
    return number, GROUPS[number].index(name)


@contextlib.contextmanager
def chosen(layers: list[Any], codes: Any) -> Iterator[None]:
    """While a program is traced: activations of ``layers`` are chosen by the tensor ``codes``, a number for each."""
    before = [layer.activation for layer in layers]
    try:
        for i, layer in enumerate(layers):
            position = of_layer(layer)
            assert position is not None
            layer.activation = _choice(GROUPS[position[0]], codes[i])
        yield
    finally:
        for layer, activation in zip(layers, before, strict=True):
            layer.activation = activation


def _choice(names: tuple[str, ...], code: Any) -> Callable[[Any], Any]:
    import keras
    import tensorflow as tf

    functions = [keras.activations.get(name) for name in names]

    def activation(x: Any) -> Any:
        chosen = functions[0](x)
        for number, function in enumerate(functions[1:], 1):
            chosen = tf.where(tf.equal(code, number), function(x), chosen)
        return chosen

    return activation
