"""Optimisers by name, as Keras spells them."""

from __future__ import annotations

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
