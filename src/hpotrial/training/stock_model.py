"""The reference: ``keras.Sequential`` as it comes, with its own ``fit``, metered like the compiled one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from hpotrial.training.metering import MeteredFit


class StockModel(MeteredFit, keras.Sequential):
    """A ``keras.Sequential`` whose training is Keras's own, from given weights."""

    @classmethod
    def of(cls, model: Any, weights: Sequence[np.ndarray], shuffle_seed: int) -> StockModel:
        """A new model with the layers and compile settings of ``model`` and these weights, in Keras's order."""
        made = cls.from_config(model.get_config())
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        made.compile(optimizer=optimizer, loss=model.loss, metrics=["accuracy"])
        made.set_weights(weights)
        made.shuffle_seed = shuffle_seed
        return made

    def _fit(self, x: Any, y: Any, **arguments: Any) -> Any:
        # Keras shuffles by its global generator
        keras.utils.set_random_seed(self.shuffle_seed % 2**31)
        return keras.Sequential.fit(self, x, y, **{"verbose": 0, **arguments})
