"""A small convolutional network for images: document 003's grid of dropout, learning rate, filters and filter size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpotrial.core.errors import ConfigurationError
from hpotrial.models.hyperparameters import Hyperparameter, Whole
from hpotrial.models.keras_common import COMPILED_WITH, DROPOUT, compiled, initializers

HYPERPARAMETERS: dict[str, Hyperparameter] = {
    "filters": Whole(64, least=1, most=10_000),
    "kernel_size": Whole(3, least=1, most=1_000),
    "conv_layers": Whole(1, least=1, most=100),
    "dropout": DROPOUT,
    **COMPILED_WITH,
}
_POOL = 2


def build(configuration: Mapping[str, Any], input_shape: tuple[int, ...], n_classes: int) -> Any:
    """A compiled ``keras.Sequential``: ``conv_layers`` times a convolution (relu) and max pooling (2 x 2), a softmax.

    Parameters
    ----------
    configuration : mapping
        A value for each of ``HYPERPARAMETERS``. Filters are square, ``kernel_size`` pixels wide, without padding.
        ``dropout`` is the share of the softmax layer's inputs that training sets to 0. ``learning_rate`` None is the
        optimiser's default.
    input_shape : tuple of int
        (height, width) or (height, width, channels) of one image.
    n_classes : int
        Number of classes; labels are codes 0 to ``n_classes - 1``.

    Raises
    ------
    ConfigurationError
        If the examples are no images, or too small for so many convolutions, or there is no convolution.
    """
    import keras

    c = configuration
    layers: list[Any] = [keras.Input(input_shape)]
    if len(input_shape) == 2:
        layers.append(keras.layers.Reshape((*input_shape, 1)))
    stages = list(_stages(c, input_shape))
    for channels, _, _ in stages:
        drawn = initializers(c["initializer"], c["kernel_size"] ** 2 * channels)
        layers.append(keras.layers.Conv2D(c["filters"], c["kernel_size"], activation="relu", **drawn))
        layers.append(keras.layers.MaxPooling2D(_POOL))
    layers.append(keras.layers.Flatten())
    if c["dropout"]:
        layers.append(keras.layers.Dropout(c["dropout"]))
    height, width = stages[-1][2]
    drawn = initializers(c["initializer"], height * width * c["filters"])
    layers.append(keras.layers.Dense(n_classes, activation="softmax", **drawn))
    return compiled(keras.Sequential(layers), c)


def multiply_adds(configuration: Mapping[str, Any], input_shape: tuple[int, ...], n_classes: int) -> int:
    """Multiply-adds of one image's way forwards; raises as ``build`` does."""
    stages = list(_stages(configuration, input_shape))
    filters, area = configuration["filters"], configuration["kernel_size"] ** 2
    convolutions = sum(height * width * area * channels * filters for channels, (height, width), _ in stages)
    height, width = stages[-1][2]
    return convolutions + height * width * filters * n_classes


def _stages(
    configuration: Mapping[str, Any], input_shape: tuple[int, ...]
) -> Iterator[tuple[int, tuple[int, int], tuple[int, int]]]:
    """For each convolution: channels in, (height, width) of what it gives, (height, width) after pooling."""
    if len(input_shape) not in (2, 3):
        raise ConfigurationError(f"model cnn: needs images, found examples of shape {input_shape}; mlp takes tables")
    if configuration["conv_layers"] < 1:
        raise ConfigurationError(f"model cnn: conv_layers must be at least 1, found {configuration['conv_layers']}")
    (height, width), kernel = input_shape[:2], configuration["kernel_size"]
    channels = input_shape[2] if len(input_shape) == 3 else 1
    for number in range(configuration["conv_layers"]):
        height, width = height - kernel + 1, width - kernel + 1
        if min(height, width) < _POOL:
            raise ConfigurationError(
                f"model cnn: images of {input_shape[0]} x {input_shape[1]} are too small for convolution {number + 1} "
                f"with kernel_size {kernel}; lower conv_layers or kernel_size"
            )
        yield channels, (height, width), (height // _POOL, width // _POOL)
        channels, height, width = configuration["filters"], height // _POOL, width // _POOL
