"""A multilayer perceptron: the network of documents 000 and 001 (telecust) and, without hidden-to-hidden layers,
the 784-h-10 network of document 004 (MNIST)."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod, sqrt
from typing import Any

HYPERPARAMETERS: dict[str, Any] = {
    "layers": 1,
    "neurons": 64,
    "activation_input": "relu",
    "activation_hidden": "relu",
    "optimizer": "adam",
    "learning_rate": None,
    "initializer": "glorot_uniform",
}


def build(configuration: Mapping[str, Any], input_shape: tuple[int, ...], n_classes: int) -> Any:
    """A compiled ``keras.Sequential``: one layer on the inputs, ``layers`` more of the same width, a softmax output.

    Parameters
    ----------
    configuration
        A value for each of ``HYPERPARAMETERS``. ``learning_rate`` None is the optimiser's default;
        ``initializer`` ``torch`` draws weights and biases from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), as PyTorch's
        ``nn.Linear`` does (document 004 ran in PyTorch), any other name is Keras's.
    input_shape
        Shape of one example, without the batch axis.
    n_classes
        Number of classes; labels are codes 0 to ``n_classes - 1``.
    """
    import keras

    from hpotrial.models.optimizers import optimizer

    c = configuration
    widths = [c["neurons"]] * (1 + c["layers"])
    activations = [c["activation_input"]] + [c["activation_hidden"]] * c["layers"]
    layers: list[Any] = [keras.Input(input_shape)]
    if len(input_shape) > 1:
        layers.append(keras.layers.Flatten())
    fan_in = prod(input_shape)
    for width, activation in zip([*widths, n_classes], [*activations, "softmax"], strict=True):
        layers.append(keras.layers.Dense(width, activation=activation, **_initializers(c["initializer"], fan_in)))
        fan_in = width
    model = keras.Sequential(layers)
    model.compile(
        optimizer=optimizer(c["optimizer"], c["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _initializers(name: str, fan_in: int) -> dict[str, Any]:
    import keras

    if name != "torch":
        return {"kernel_initializer": name}
    bound = 1.0 / sqrt(fan_in)
    return {
        "kernel_initializer": keras.initializers.RandomUniform(-bound, bound),
        "bias_initializer": keras.initializers.RandomUniform(-bound, bound),
    }
