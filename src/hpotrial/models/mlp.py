"""A multilayer perceptron: the network of documents 000 and 001 (telecust), document 002's grid of 90 (dropout, one
activation for all hidden layers) and, without hidden-to-hidden layers, the 784-h-10 network of document 004 (MNIST)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import prod
from typing import Any

from hpotrial.models.hyperparameters import Hyperparameter, Whole, Word
from hpotrial.models.keras_common import ACTIVATION, ACTIVATIONS, COMPILED_WITH, DROPOUT, compiled, initializers

HYPERPARAMETERS: dict[str, Hyperparameter] = {
    "layers": Whole(1, least=0, most=100),
    "neurons": Whole(64, least=1, most=100_000),
    "activation_input": ACTIVATION,
    "activation_hidden": ACTIVATION,
    "activation": Word(None, (*ACTIVATIONS, None)),
    "dropout": DROPOUT,
    **COMPILED_WITH,
}


def build(configuration: Mapping[str, Any], input_shape: tuple[int, ...], n_classes: int) -> Any:
    """A compiled ``keras.Sequential``: one layer on the inputs, ``layers`` more of the same width, a softmax output.

    Parameters
    ----------
    configuration : mapping
        A value for each of ``HYPERPARAMETERS``. ``activation`` stands for ``activation_input`` and
        ``activation_hidden`` where it is not None. ``dropout`` is the share of the last hidden layer's outputs that
        training sets to 0. ``learning_rate`` None is the optimiser's default; ``initializer`` ``torch`` draws weights
        and biases from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), as PyTorch's ``nn.Linear`` does (document 004 ran in
        PyTorch), any other name is Keras's.
    input_shape : tuple of int
        Shape of one example, without the batch axis.
    n_classes : int
        Number of classes; labels are codes 0 to ``n_classes - 1``.
    """
    import keras

    c = configuration
    hidden = [c["activation_input"], *[c["activation_hidden"]] * c["layers"]]
    if c["activation"] is not None:
        hidden = [c["activation"]] * len(hidden)
    layers: list[Any] = [keras.Input(input_shape)]
    if len(input_shape) > 1:
        layers.append(keras.layers.Flatten())
    widths = _widths(c, input_shape, n_classes)
    for (fan_in, width), activation in zip(pairwise(widths), [*hidden, None], strict=True):
        drawn = initializers(c["initializer"], fan_in)
        if activation is None:
            if c["dropout"]:
                layers.append(keras.layers.Dropout(c["dropout"]))
            activation = "softmax"
        layers.append(keras.layers.Dense(width, activation=activation, **drawn))
    return compiled(keras.Sequential(layers), c)


def multiply_adds(configuration: Mapping[str, Any], input_shape: tuple[int, ...], n_classes: int) -> int:
    """Multiply-adds of one example's way forwards."""
    return sum(fan_in * width for fan_in, width in pairwise(_widths(configuration, input_shape, n_classes)))


def _widths(configuration: Mapping[str, Any], input_shape: tuple[int, ...], n_classes: int) -> list[int]:
    return [prod(input_shape), *[configuration["neurons"]] * (1 + configuration["layers"]), n_classes]
