"""The reference: a Keras model as it comes, with its own ``fit``, metered like the compiled one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from hpotrial.core import seeds
from hpotrial.training.fit_record import Arrays
from hpotrial.training.metering import FittedModel
from hpotrial.training.network import GENERATOR


class StockModel(FittedModel):
    """Mixin for a ``keras.Sequential`` or functional model whose training is Keras's own, from given weights.

    Attributes
    ----------
    shuffle_seed : int
        Decides the order of rows.
    """

    shuffle_seed: int

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
            generator.assign([seeds.of_stock_dropout(shuffle_seed, number), 0])
        return made

    def _fit(self, x: Any, y: Any, **arguments: Any) -> Any:
        # Keras shuffles by its global generator
        keras.utils.set_random_seed(seeds.of_stock_training(self.shuffle_seed))
        return keras.Model.fit(self, x, y, **{"verbose": 0, **arguments})

    def save_weights(self, *arguments: Any, **named: Any) -> None:
        """As Keras's, and noted for the table of fits."""
        self._note_saved()
        keras.Model.save_weights(self, *arguments, **named)

    def _predict(self, x: Any, **arguments: Any) -> np.ndarray:
        return keras.Model.predict(self, x, **{"verbose": 0, **arguments})

    def _changed(self) -> list[np.ndarray]:
        return list(self._state().values())

    def _variables(self) -> list[Any]:
        model: Any = self
        return [*model.trainable_variables, *model.non_trainable_variables, *model.optimizer.variables]

    def _state(self) -> Arrays:
        return {str(i): np.asarray(variable.value).copy() for i, variable in enumerate(self._variables())}

    def put_state(self, state: Arrays) -> None:
        """Put weights and optimiser in a state that ``fit`` left."""
        model: Any = self
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        for variable, value in zip(self._variables(), state.values(), strict=True):
            variable.assign(value)
