"""An optimiser's update as a function of its state; for all weights at once, and for several optimisers in one program.

Most optimisers treat every number alike. Theirs is computed on one long vector of all weights: XLA makes, and calls, a
kernel for each step of the formula in place of one for each step and each weight. The numbers are the same.

Small networks on a small table that differ in one of ``TOGETHER`` share one program: it computes the update of each,
and a number says which is taken. Whatever slots an optimiser keeps beside the weights come last in a state, so that the
state of one that keeps fewer is the beginning of the program's.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

# Keras's optimisers whose update of a number hangs on that number's gradient and slots alone
ELEMENTWISE = ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "RMSprop", "SGD")
# of those, the ones that share a program where they have Keras's settings, whatever their rate
TOGETHER = ("SGD", "Adam", "Adamax")
# settings by which numbers of one weight, or of one step and the next, hang together
_JOINING = ("clipnorm", "global_clipnorm", "use_ema", "gradient_accumulation_steps")
# a setting that is data, and a name
_APART = {"learning_rate": None, "name": None}
# so few that the updates which are not chosen cost less than to compile programs
FEW_WEIGHTS = 4_000


class Update:
    """The update of a network's weights.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Of a compiled model.
    trainable : list of keras.Variable
        The weights that it updates.

    Attributes
    ----------
    optimizer : keras.optimizers.Optimizer
        A copy whose ``stateless_apply`` works under TensorFlow.
    whole : bool
        Whether it takes all weights as one vector.
    code : int or None
        Its place in ``TOGETHER``; None where it shares a program with no other.
    """

    def __init__(self, optimizer: Any, trainable: Sequence[Any]) -> None:
        self._shapes = [tuple(v.shape) for v in trainable]
        self._sizes = [int(np.prod(shape)) for shape in self._shapes]
        self._settings = optimizer.get_config() | _APART
        self._kind = type(optimizer).__name__
        self.whole = self._kind in ELEMENTWISE and not any(self._settings.get(name) for name in _JOINING)
        self.optimizer = functional(optimizer, self._pieces(trainable))
        alike = self.whole and self._kind in TOGETHER and sum(self._sizes) <= FEW_WEIGHTS
        usual = alike and self._settings == type(optimizer)().get_config() | _APART
        self.code = TOGETHER.index(self._kind) if usual else None

    def _pieces(self, trainable: Sequence[Any]) -> list[Any]:
        import keras

        return [keras.Variable(np.zeros(sum(self._sizes), np.float32))] if self.whole else list(trainable)

    @property
    def piece_shapes(self) -> list[tuple[int, ...]]:
        """Shapes of what the optimiser takes for weights."""
        return [(sum(self._sizes),)] if self.whole else self._shapes

    def signature(self, shared: bool) -> Any:
        """Equal for updates that one program has, where ``shared``, or computes."""
        return TOGETHER if shared and self.code is not None else [self._kind, self._settings]

    @functools.cached_property
    def _together(self) -> list[Any]:
        import keras

        return [functional(getattr(keras.optimizers, name)(), self._pieces(())) for name in TOGETHER]

    def variables(self, shared: bool) -> list[Any]:
        """The optimiser's variables, or, where ``shared``, those of the one of ``TOGETHER`` that has most."""
        among = self._together if shared and self.code is not None else [self.optimizer]
        return max((list(one.variables) for one in among), key=len)

    def weights(self, pieces: Sequence[Any]) -> list[Any]:
        """What the optimiser takes for weights, as the layers take it."""
        import tensorflow as tf

        if not self.whole:
            return list(pieces)
        return [
            tf.reshape(piece, shape)
            for piece, shape in zip(tf.split(pieces[0], self._sizes), self._shapes, strict=True)
        ]

    def __call__(self, pieces: list[Any], state: list[Any], gradients: list[Any], code: Any | None) -> list[Any]:
        """Pieces and state after a step; ``code``, a tensor, chooses among ``TOGETHER`` where it is not None."""
        import tensorflow as tf

        if self.whole:
            gradients = [tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], 0)]

        def step(optimizer: Any) -> list[Any]:
            n = len(optimizer.variables)
            updated, new_state = optimizer.stateless_apply(state[:n], gradients, pieces)
            return [*updated, *new_state, *state[n:]]

        if code is None or self.code is None:
            return step(self.optimizer)
        others, n = self._together, len(pieces)
        chosen = step(others[0])
        # the count of steps and the rate are the same for all
        beside = [n + i for i, v in enumerate(self.variables(shared=True)) if v.shape]
        for number, other in enumerate(others[1:], 1):
            result = step(other)
            for i in [*range(n), *beside]:
                chosen[i] = tf.where(tf.equal(code, number), result[i], chosen[i])
        return chosen


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
