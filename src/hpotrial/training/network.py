"""A network apart from its weights: the layers once, the weights as vectors.

Building a Keras model costs more than training it for an epoch, so one model per architecture is built and kept;
what differs between fits (weights, optimiser state, learning rate) is two flat vectors, one of floats, one of integers.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpotrial.core import seeds
from hpotrial.training import layer_forms

# Keras's name for the state of a layer's random generator
GENERATOR = "seed_generator_state"


@dataclass(frozen=True)
class State:
    """Weights, then optimiser variables, in two vectors: ``floats`` (float32) and ``integers`` (int32)."""

    floats: np.ndarray
    integers: np.ndarray

    def copy(self) -> State:
        """The same numbers, apart from the array that these may be slices of."""
        return State(self.floats.copy(), self.integers.copy())


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
        self.optimizer = functional(model.optimizer, model.trainable_variables)
        self.trainable = list(model.trainable_variables)
        self.non_trainable = list(model.non_trainable_variables)
        self.variables = [*self.trainable, *self.non_trainable, *self.optimizer.variables]
        self.n_weights = len(self.trainable) + len(self.non_trainable)
        rate = self.optimizer._learning_rate
        at = [i for i, v in enumerate(self.variables) if v is rate]
        if not at:
            raise NotImplementedError("fits share a network whatever their learning rate: it is a number, no schedule")
        self._learning_rate_at = at[0]
        self._sharing = {layer: place for layer in self._hidden_layers() if (place := layer_forms.sharing(layer))}
        self.codes = np.array([code for _, code in self._sharing.values()], np.int32)
        # (is real, size, shape, type) of each variable
        self._layout = [
            ("float" in str(v.dtype), int(np.prod(v.shape)), tuple(v.shape), str(v.dtype)) for v in self.variables
        ]
        self._initializers = [_initializer_of(model, v) for v in [*self.trainable, *self.non_trainable]]
        self._template = self.pack([np.asarray(v.value) for v in self.variables])
        self.n_floats, self.n_integers = len(self._template.floats), len(self._template.integers)

    def signature(self, shared: bool) -> str:
        """Text equal for networks that can share a program: all but the learning rate and, if ``shared``, the choice
        among shared activations."""
        layers = []
        for layer in self.model.layers:
            config = {k: v for k, v in layer.get_config().items() if k != "name" and not k.endswith("initializer")}
            if shared and layer in self._sharing:
                config["activation"] = layer_forms.ACTIVATION_GROUPS[self._sharing[layer][0]]
            layers.append([type(layer).__name__, config])
        optimizer = self.model.optimizer.get_config() | {"learning_rate": None, "name": None}
        described = [layers, self._connections(), type(self.model.optimizer).__name__, optimizer, self.model.loss]
        return json.dumps([*described, [list(v.shape) for v in self.variables]], sort_keys=True, default=str)

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
        values: list[Any] = self.unpack(self._template)
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
        return self.pack(values)

    def pack(self, values: Sequence[Any]) -> State:
        """Arrays in the order of ``variables`` -> two vectors."""
        floats = [np.ravel(v) for v, (real, *_) in zip(values, self._layout, strict=True) if real]
        integers = [
            np.ravel(v).astype(np.int64) for v, (real, *_) in zip(values, self._layout, strict=True) if not real
        ]
        # a random generator's uint32 keeps its bits
        packed = np.concatenate([*integers, np.zeros(0, np.int64)]).astype(np.uint32).view(np.int32)
        return State(np.concatenate(floats).astype(np.float32), packed)

    def unpack(self, state: State) -> list[np.ndarray]:
        """Two vectors -> arrays in the order of ``variables``."""
        return self._split(state.floats, state.integers, np.reshape, lambda a, dtype: a.view(np.uint32).astype(dtype))

    def unpack_tensors(self, floats: Any, integers: Any) -> list[Any]:
        """The same inside a program, on tensors."""
        import tensorflow as tf

        def restore(tensor: Any, dtype: str) -> Any:
            return tf.bitcast(tensor, tf.uint32) if dtype == "uint32" else tf.cast(tensor, dtype)

        return self._split(floats, integers, tf.reshape, restore)

    def pack_tensors(self, values: Sequence[Any]) -> tuple[Any, Any]:
        """The same inside a program: tensors in the order of ``variables`` -> two vectors."""
        import tensorflow as tf

        def number(tensor: Any) -> Any:
            return tf.bitcast(tensor, tf.int32) if tensor.dtype == tf.uint32 else tf.cast(tensor, tf.int32)

        floats = [tf.reshape(v, [-1]) for v, (real, *_) in zip(values, self._layout, strict=True) if real]
        integers = [tf.reshape(number(v), [-1]) for v, (real, *_) in zip(values, self._layout, strict=True) if not real]
        return tf.concat(floats, 0), tf.concat(integers, 0) if integers else tf.zeros([0], tf.int32)

    def _split(self, floats: Any, integers: Any, reshape: Any, restore: Any) -> list[Any]:
        values, at = [], {True: 0, False: 0}
        for real, size, shape, dtype in self._layout:
            piece = (floats if real else integers)[at[real] : at[real] + size]
            at[real] += size
            shaped = reshape(piece, shape)
            values.append(shaped if real else restore(shaped, dtype))
        return values

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


def functional(optimizer: Any, trainable_variables: list[Any]) -> Any:
    """A built copy of ``optimizer`` whose ``stateless_apply(variables, gradients, weights)`` works under TensorFlow.

    Keras offers that method on JAX only: its TensorFlow layer assigns to ``tf.Variable`` so as to serve
    ``tf.distribute``. The update formulae themselves are the same on every backend, so an optimiser whose
    TensorFlow-specific methods are put back to the base class's is functional, and its numbers are Keras's own.
    """
    from keras.src.backend.tensorflow.optimizer import TFOptimizer
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    restored = {
        name: getattr(BaseOptimizer, name)
        for name, member in vars(TFOptimizer).items()
        if callable(member) and not name.startswith("__") and name in vars(BaseOptimizer)
    }
    kind = type(optimizer)
    pure: Any = type(f"Functional{kind.__name__}", (kind,), restored)
    pure = pure.from_config(optimizer.get_config())
    pure.build(trainable_variables)
    return pure


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
