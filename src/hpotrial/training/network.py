"""A network apart from its weights: the layers once, the weights as vectors.

Building a Keras model costs more than training it for an epoch, so one model per architecture is built and kept;
what differs between fits (weights, optimiser state, learning rate) is two flat vectors, one of floats, one of integers.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hpotrial.core import seeds
from hpotrial.training import layer_forms
from hpotrial.training.state import Layout, State
from hpotrial.training.updates import Update

# Keras's name for the state of a layer's random generator
GENERATOR = "seed_generator_state"


class Network:
    """A compiled Keras model as a function of its state.

    Parameters
    ----------
    model : keras.Model
        A built and compiled ``keras.Sequential`` or functional model. Its own variables serve as shapes only.

    Attributes
    ----------
    refusal : str or None
        Why the compiled engine cannot train it.

    Raises
    ------
    NotImplementedError
        If the optimiser's learning rate is a schedule.
    """

    def __init__(self, model: Any) -> None:
        import keras

        self.model = model
        self.refusal = _refusal_of(model)
        self.chained = isinstance(model, keras.Sequential)
        self.trainable = list(model.trainable_variables)
        self.non_trainable = list(model.non_trainable_variables)
        self.update = Update(model.optimizer, self.trainable)
        self.variables = [*self.trainable, *self.non_trainable, *self.update.optimizer.variables]
        self.n_weights = len(self.trainable) + len(self.non_trainable)
        rate = self.update.optimizer._learning_rate
        at = [i for i, v in enumerate(self.variables) if v is rate]
        if not at:
            raise NotImplementedError("fits share a network whatever their learning rate: it is a number, no schedule")
        self._learning_rate_at = at[0]
        self._sharing = {layer: place for layer in self._hidden_layers() if (place := layer_forms.sharing(layer))}
        codes = [code for _, code in self._sharing.values()]
        # the update's comes last
        self.codes = np.array([*codes, self.update.code or 0], np.int32)
        self.layout = Layout(_described(self.variables))
        self._initializers = [_initializer_of(model, v) for v in [*self.trainable, *self.non_trainable]]
        self._template = self.layout.pack([np.asarray(v.value) for v in self.variables])

    def signature(self, shared: bool) -> str:
        """Text equal for networks that can share a program: all but the learning rate and, if ``shared``, the choice
        among shared activations and among shared updates."""
        layers = []
        for layer in self.model.layers:
            config = {k: v for k, v in layer.get_config().items() if k != "name" and not k.endswith("initializer")}
            if shared and layer in self._sharing:
                config["activation"] = layer_forms.ACTIVATION_GROUPS[self._sharing[layer][0]]
            layers.append([type(layer).__name__, config])
        described = [layers, self._connections(), self.update.signature(shared), self.model.loss]
        shapes = [list(v.shape) for v in self.variables[: self.n_weights]]
        return json.dumps([*described, shapes], sort_keys=True, default=str)

    def rows_at_once(self, values: int, most: int) -> int:
        """Examples whose largest layer output holds ``values`` numbers at most; at least 16, at most ``most``."""
        widest = max(int(np.prod(layer.output.shape[1:])) for layer in self.model.layers)
        return min(max(values // widest, 16), most)

    def _connections(self) -> str:
        """What feeds what, by the layers' positions; empty where each layer feeds the next."""
        if self.chained:
            return ""
        text = json.dumps([layer["inbound_nodes"] for layer in self.model.get_config()["layers"]], default=str)
        for i, layer in enumerate(self.model.layers):
            text = text.replace(f'"{layer.name}"', str(i))
        return text

    def initial_state(self, seed: int, learning_rate: float | None = None) -> State:
        """Fresh weights drawn by the layers' own initialisers from ``seed``, and a fresh optimiser.

        Parameters
        ----------
        seed : int
            Decides every weight, and every layer's random generator (dropout).
        learning_rate : float, optional
            The optimiser's; None leaves the one that the model was compiled with.
        """
        values: list[Any] = self.layout.unpack(self._template)
        drawn = seeds.of_each_weight(seed, self.n_weights)
        for i, initializer in enumerate(self._initializers):
            if self.variables[i].name == GENERATOR:
                values[i] = np.array([drawn[i], 0])
            elif initializer is not None:
                kind, config = initializer
                draw = kind.from_config({**config, "seed": drawn[i]})
                values[i] = np.asarray(draw(self.variables[i].shape, dtype="float32"))
        if learning_rate is not None:
            values[self._learning_rate_at] = np.float32(learning_rate)
        return self.layout.pack(values)

    def carried(self, shared: bool) -> Layout:
        """The variables as a program carries them: what the update takes for weights, then the others, in one order.

        Where ``shared``, of any network that shares the program; this one's own are the beginning.
        """
        pieces = [(shape, "float32") for shape in self.update.piece_shapes]
        return Layout([*pieces, *_described([*self.non_trainable, *self.update.variables(shared)])])

    def _hidden_layers(self) -> list[Any]:
        outputs = [tensor._keras_history.operation for tensor in self.model.outputs]
        return [layer for layer in self.model.layers if layer not in outputs]

    @contextlib.contextmanager
    def traced_as(self, codes: Any | None) -> Iterator[None]:
        """While a program is traced: layers in their fast forms, and shared activations chosen by the tensor ``codes``.

        Parameters
        ----------
        codes : tensor or None
            One number for each layer that shares; None: every layer keeps its activation.
        """
        with contextlib.ExitStack() as stack:
            stack.enter_context(layer_forms.fast_forms(self.model.layers, chained=self.chained))
            if codes is not None:
                stack.enter_context(layer_forms.chosen_activations(list(self._sharing), codes))
            yield


def _described(variables: Sequence[Any]) -> list[tuple[tuple[int, ...], str]]:
    return [(tuple(v.shape), str(v.dtype)) for v in variables]


def _refusal_of(model: Any) -> str | None:
    for layer in model.layers:
        if "BatchNormalization" in type(layer).__name__:
            return (
                f"the compiled engine pads batches, which changes what the layer {layer.name!r} "
                f"({type(layer).__name__}) computes: use `training: {{engine: stock}}`"
            )
    return None


def _initializer_of(model: Any, variable: Any) -> tuple[Any, dict[str, Any]] | None:
    """Class and configuration of the random initialiser that drew a weight; None for constants and generators."""
    for layer in model.layers:
        if any(v is variable for v in layer.variables):
            initializer = getattr(layer, f"{variable.name}_initializer", None)
            config = initializer.get_config() if initializer is not None else {}
            return (type(initializer), config) if "seed" in config else None
    return None
