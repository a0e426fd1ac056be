"""How a layer's first weights are drawn, by name."""

from __future__ import annotations

from math import sqrt
from typing import Any


def initializers(name: str, fan_in: int) -> dict[str, Any]:
    """Arguments of a Keras layer whose units have ``fan_in`` inputs each.

    ``torch`` draws weights and biases from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), as PyTorch's layers do; any other name
    is Keras's, for the weights.
    """
    import keras

    if name != "torch":
        return {"kernel_initializer": name}
    bound = 1.0 / sqrt(fan_in)
    return {
        "kernel_initializer": keras.initializers.RandomUniform(-bound, bound),
        "bias_initializer": keras.initializers.RandomUniform(-bound, bound),
    }
