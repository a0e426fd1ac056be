"""Optimisers by name, as Keras spells them, and how every network here is compiled with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def optimizer(name: str, learning_rate: float | None) -> Any:
    """A Keras optimiser; ``learning_rate`` None means that optimiser's own default.

    Raises
    ------
    ValueError
        If Keras knows no such optimiser.
    """
    import keras

    made = keras.optimizers.get(name)
    if learning_rate is not None:
        made.learning_rate = learning_rate
    return made


def compiled(model: Any, configuration: Mapping[str, Any]) -> Any:
    """The classifier ``model`` compiled with the configuration's ``optimizer`` and ``learning_rate``."""
    model.compile(
        optimizer=optimizer(configuration["optimizer"], configuration["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
