"""Layers in forms that XLA runs fast on a CPU, and activations that networks share a program for.

XLA's own convolution gradients and its gradient of max pooling are slow there. A convolution is the product of a
matrix of patches with the kernel; where 2 x 2 pooling follows, the products for the four places of every window are
kept apart, so that pooling is the elementwise maximum of four arrays and its gradient a comparison. The numbers are
those of Keras's layers, up to the order of sums.

TensorFlow's random numbers take XLA half a microsecond each. Dropout's are a mix of the generator's state and each
value's position instead: as reproducible, and vectorised.

Networks that differ in activations of one group share one program: all of the group are computed side by side, and one
is chosen by a number. All are finite with finite gradients, so the choice leaves the chosen one's numbers as they are.
Those of one group are paid for together: relu and tanh cost little more than either, softmax and sigmoid take
exponentials.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

ACTIVATION_GROUPS = (("relu", "tanh"), ("softmax", "sigmoid", "linear"))
# on a small table compiling costs more than training, so sharing pays; on more rows than these it does not
FEW_ROWS = 5_000


@contextlib.contextmanager
def fast_forms(layers: Sequence[Any], *, chained: bool) -> Iterator[None]:
    """While a program is traced, ``Conv2D``, ``MaxPooling2D`` and ``Dropout`` compute in their fast forms.

    Parameters
    ----------
    layers : sequence of keras.layers.Layer
        The layers of a network.
    chained : bool
        Whether each layer's output goes to the next layer and nowhere else.
    """
    replaced = []
    try:
        for layer, call in _forms(layers, chained):
            object.__setattr__(layer, "call", call)
            replaced.append(layer)
        yield
    finally:
        for layer in replaced:
            object.__delattr__(layer, "call")


def _forms(layers: Sequence[Any], chained: bool) -> Iterator[tuple[Any, Callable[..., Any]]]:
    in_parts = False
    for layer, after in zip(layers, [*layers[1:], None], strict=True):
        if _is_plain_convolution(layer):
            in_parts = chained and _is_plain_pooling(after)
            yield layer, functools.partial(_convolution, layer, after.pool_size if in_parts else (1, 1))
        elif _is_plain_pooling(layer):
            yield layer, functools.partial(_pooling_of_parts if in_parts else _pooling, layer.pool_size)
            in_parts = False
        elif _is_plain_dropout(layer):
            yield layer, functools.partial(_dropout, layer)


def _is_plain_convolution(layer: Any) -> bool:
    import keras

    return (
        type(layer) is keras.layers.Conv2D
        and (layer.strides, layer.dilation_rate, layer.groups) == ((1, 1), (1, 1), 1)
        and (layer.padding, layer.data_format) == ("valid", "channels_last")
    )


def _is_plain_pooling(layer: Any) -> bool:
    import keras

    return (
        type(layer) is keras.layers.MaxPooling2D
        and layer.strides == layer.pool_size
        and (layer.padding, layer.data_format) == ("valid", "channels_last")
    )


def _is_plain_dropout(layer: Any) -> bool:
    import keras

    return type(layer) is keras.layers.Dropout and layer.noise_shape is None and 0 < layer.rate < 1


def _convolution(layer: Any, step: tuple[int, int], x: Any) -> Any:
    """The layer's output, shape (parts x rows, height, width, filters): a part for each place in a ``step``."""
    import keras
    import tensorflow as tf

    tall, wide = layer.kernel_size
    height, width = x.shape[1] - tall + 1, x.shape[2] - wide + 1
    # columns of pixels, then rows of such columns: as few operations as there are, since XLA compiles each of them
    columns = tf.concat([x[:, i : i + height] for i in range(tall)], -1)
    patches = tf.concat([columns[:, :, j : j + width] for j in range(wide)], -1)
    size = patches.shape[-1]
    if step != (1, 1):
        height, width = height // step[0], width // step[1]
        patches = patches[:, : height * step[0], : width * step[1]]
        patches = tf.reshape(patches, [-1, height, step[0], width, step[1], size])
        patches = tf.transpose(patches, [2, 4, 0, 1, 3, 5])
    kernel = tf.transpose(keras.ops.convert_to_tensor(layer.kernel), [1, 0, 2, 3])
    outputs = tf.matmul(tf.reshape(patches, [-1, size]), tf.reshape(kernel, [size, layer.filters]))
    outputs = tf.reshape(outputs, [-1, height, width, layer.filters])
    if layer.use_bias:
        outputs += keras.ops.convert_to_tensor(layer.bias)
    return layer.activation(outputs) if layer.activation is not None else outputs


def _pooling(size: tuple[int, int], x: Any) -> Any:
    """Maxima of windows."""
    import tensorflow as tf

    whole = x[:, : x.shape[1] // size[0] * size[0], : x.shape[2] // size[1] * size[1]]
    # strided slices: by reshape and index, XLA's gradient was wrong after a tanh (TensorFlow 2.21)
    places = itertools.product(range(size[0]), range(size[1]))
    return functools.reduce(tf.maximum, [whole[:, i :: size[0], j :: size[1]] for i, j in places])


def _pooling_of_parts(size: tuple[int, int], x: Any) -> Any:
    """The same where the places of a window are parts of the batch."""
    import tensorflow as tf

    return functools.reduce(tf.maximum, tf.split(x, size[0] * size[1]))


def _dropout(layer: Any, x: Any, training: bool = False) -> Any:
    """``x``, in training with the layer's share of its values at 0 and the others scaled up."""
    import tensorflow as tf

    if not training:
        return x
    seed, step = tf.unstack(tf.cast(layer.seed_generator.next(), tf.uint32))
    position = tf.reshape(tf.cast(tf.range(tf.size(x)), tf.uint32), tf.shape(x))
    kept = _mixed(position + _mixed(step + _mixed(seed))) >= tf.constant(round(layer.rate * 2**32), tf.uint32)
    return tf.where(kept, x / (1 - layer.rate), tf.zeros_like(x))


def _mixed(bits: Any) -> Any:
    """Every bit of the result depends on every bit of ``bits`` (the last step of Appleby's MurmurHash3, 32 bits)."""
    import tensorflow as tf

    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        bits = tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint32)))
        bits *= tf.constant(factor, tf.uint32)
    return tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(16, tf.uint32)))


def activation_group(activation: str | None) -> int | None:
    """The number of the group that an activation belongs to; None if it shares with none."""
    return next((i for i, names in enumerate(ACTIVATION_GROUPS) if activation in names), None)


def sharing(layer: Any) -> tuple[int, int] | None:
    """Group of a hidden layer's activation and its position there; None where the layer does not share.

    Only fully connected layers do: their outputs are small. A linear layer without a bias is a projection, not a
    layer whose activation somebody chose.
    """
    import keras

    if not isinstance(layer, keras.layers.Dense):
        return None
    name = getattr(layer.activation, "__name__", None)
    number = activation_group(name)
    if number is None or name is None or (name == "linear" and not layer.use_bias):
        return None
    return number, ACTIVATION_GROUPS[number].index(name)


@contextlib.contextmanager
def chosen_activations(layers: list[Any], codes: Any) -> Iterator[None]:
    """While a program is traced: activations of ``layers`` are chosen by the tensor ``codes``, a number for each."""
    before = [layer.activation for layer in layers]
    try:
        for i, layer in enumerate(layers):
            position = sharing(layer)
            assert position is not None
            layer.activation = _choice(ACTIVATION_GROUPS[position[0]], codes[i])
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
