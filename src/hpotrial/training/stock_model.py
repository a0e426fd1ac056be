"""The reference: a Keras model as it comes, with its own ``fit``, metered like the compiled one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from hpotrial.training.metering import MeteredFit
from hpotrial.training.network import GENERATOR


class StockModel(MeteredFit):
    """Mixin for a ``keras.Sequential`` or functional model whose training is Keras's own, from given weights."""

    @classmethod
    def of(cls, model: Any, weights: Sequence[np.ndarray], shuffle_seed: int) -> Any:
        """A new model with the layers and compile settings of ``model`` and these weights, in Keras's order."""
        kind: Any = type("StockModel", (cls, type(model)), {})
        made = kind.from_config(model.get_config())
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        made.compile(optimizer=optimizer, loss=model.loss, metrics=["accuracy"])
        made.set_weights(weights)
        made.shuffle_seed = shuffle_seed
        generators = [v for v in made.non_trainable_variables if v.name == GENERATOR]
        for number, generator in enumerate(generators):
            generator.assign([np.random.SeedSequence([shuffle_seed, number]).generate_state(1)[0] % 2**31, 0])
        return made

    def _fit(self, x: Any, y: Any, **arguments: Any) -> Any:
        # Keras shuffles by its global generator
        keras.utils.set_random_seed(self.shuffle_seed % 2**31)  # type: ignore[attr-defined]
        return keras.Model.fit(self, x, y, **{"verbose": 0, **arguments})
