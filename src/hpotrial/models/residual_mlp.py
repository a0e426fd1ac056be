"""A multilayer perceptron whose architecture is searched: document 003's number of layers, width of each layer, and
residual connections on or off (He et al., CVPR 2016)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import prod
from typing import Any

from hpotrial.core.errors import ConfigurationError
from hpotrial.models.hyperparameters import Flag, Hyperparameter, Whole, Word
from hpotrial.models.keras_common import ACTIVATIONS, COMPILED_WITH, compiled, initializers

MAX_LAYERS = 3
_WIDTH = Whole(64, least=1, most=100_000)
# `width_2` is of use from two layers on, `width_3` with three, `residual` from two on: a space says so with `when`
HYPERPARAMETERS: dict[str, Hyperparameter] = {
    "layers": Whole(2, least=1, most=MAX_LAYERS),
    "width_1": _WIDTH,
    "width_2": _WIDTH,
    "width_3": _WIDTH,
    "residual": Flag(False),
    "activation": Word("relu", (*ACTIVATIONS, None)),
    **COMPILED_WITH,
}


def build(configuration: Mapping[str, Any], input_shape: tuple[int, ...], n_classes: int) -> Any:
    """A compiled functional ``keras.Model``: ``layers`` hidden layers and a softmax output.

    Parameters
    ----------
    configuration : mapping
        A value for each of ``HYPERPARAMETERS``; widths beyond ``layers`` change nothing. With ``residual`` every
        hidden layer after the first adds its input to its output, through a linear projection where widths differ.
        ``learning_rate`` None is the optimiser's default.
    input_shape : tuple of int
        Shape of one example, without the batch axis.
    n_classes : int
        Number of classes; labels are codes 0 to ``n_classes - 1``.

    Raises
    ------
    ConfigurationError
        If ``layers`` is not 1, 2 or 3.
    """
    import keras

    c = configuration
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten()(inputs) if len(input_shape) > 1 else inputs
    for number, (fan_in, width) in enumerate(pairwise(_widths(c, input_shape))):
        drawn = initializers(c["initializer"], fan_in)
        hidden = keras.layers.Dense(width, activation=c["activation"], **drawn)(x)
        if c["residual"] and number > 0:
            drawn.pop("bias_initializer", None)
            shortcut = x if fan_in == width else keras.layers.Dense(width, use_bias=False, **drawn)(x)
            hidden = keras.layers.Add()([hidden, shortcut])
        x = hidden
    drawn = initializers(c["initializer"], x.shape[-1])
    return compiled(keras.Model(inputs, keras.layers.Dense(n_classes, activation="softmax", **drawn)(x)), c)


def multiply_adds(configuration: Mapping[str, Any], input_shape: tuple[int, ...], n_classes: int) -> int:
    """Multiply-adds of one example's way forwards; raises as ``build`` does."""
    widths = _widths(configuration, input_shape)
    pairs = list(pairwise([*widths, n_classes]))
    projections = [a * b for a, b in pairs[1:-1] if a != b] if configuration["residual"] else []
    return sum(a * b for a, b in pairs) + sum(projections)


def _widths(configuration: Mapping[str, Any], input_shape: tuple[int, ...]) -> list[int]:
    layers = configuration["layers"]
    if layers not in range(1, MAX_LAYERS + 1):
        raise ConfigurationError(f"model residual_mlp: layers must be from 1 to {MAX_LAYERS}, found {layers!r}")
    return [prod(input_shape), *(configuration[f"width_{i + 1}"] for i in range(layers))]
