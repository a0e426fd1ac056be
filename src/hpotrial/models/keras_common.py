"""What Keras models share: the names of activations, optimisers and initialisers, and how a classifier is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

from hpotrial.models.hyperparameters import Hyperparameter, Real, Word

ACTIVATIONS = (
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink",
)  # fmt: skip
OPTIMIZERS = (
    "adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw", "ftrl", "lion", "nadam", "rmsprop", "sgd",
)  # fmt: skip
# `torch` is PyTorch's own; see `initializers`
INITIALIZERS = (
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "ones",
    "orthogonal", "random_normal", "random_uniform", "torch", "truncated_normal", "variance_scaling", "zeros",
)  # fmt: skip
# Keras takes `SGD` for `sgd`, and `GlorotUniform` for `glorot_uniform`
_CLASSES = {word.title().replace("_", ""): word for word in INITIALIZERS}

ACTIVATION = Word("relu", ACTIVATIONS)
# the last hidden layer's outputs that training sets to 0
DROPOUT = Real(0.0, least=0.0, most=0.99)
COMPILED_WITH: dict[str, Hyperparameter] = {
    "optimizer": Word("adam", OPTIMIZERS, spelt=str.lower),
    "learning_rate": Real(None, least=1e-12, most=1e6, or_null=True),
    "initializer": Word("glorot_uniform", INITIALIZERS, spelt=lambda word: _CLASSES.get(word, word)),
}


def initializers(name: str, fan_in: int) -> dict[str, Any]:
    """Arguments of a Keras layer that say how its first weights are drawn.

    Parameters
    ----------
    name : str
        ``torch`` draws weights and biases from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), as PyTorch's layers do; any other of
        ``INITIALIZERS`` is Keras's, for the weights.
    fan_in : int
        Inputs of each of the layer's units.
    """
    import keras

    if name != "torch":
        return {"kernel_initializer": name}
    bound = 1.0 / sqrt(fan_in)
    return {
        "kernel_initializer": keras.initializers.RandomUniform(-bound, bound),
        "bias_initializer": keras.initializers.RandomUniform(-bound, bound),
    }


def compiled(model: Any, configuration: Mapping[str, Any]) -> Any:
    """The classifier ``model``, compiled.

    Parameters
    ----------
    model : keras.Model
        Its outputs are class probabilities.
    configuration : mapping
        Of it ``optimizer``, a name of Keras's, and ``learning_rate``, of which None is that optimiser's own default.
    """
    import keras

    optimizer = keras.optimizers.get(configuration["optimizer"])
    if configuration["learning_rate"] is not None:
        optimizer.learning_rate = configuration["learning_rate"]
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
