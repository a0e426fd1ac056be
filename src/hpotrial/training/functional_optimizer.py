"""Keras's optimisers as pure functions of their state, on the TensorFlow backend.

Keras offers ``Optimizer.stateless_apply`` on JAX only: its TensorFlow layer assigns to ``tf.Variable`` so as to serve
``tf.distribute``. The update formulae themselves are the same on every backend, so an optimiser whose
TensorFlow-specific methods are put back to the base class's is functional, and its numbers are Keras's own.
"""

from __future__ import annotations

from typing import Any


def functional(optimizer: Any, trainable_variables: list[Any]) -> Any:
    """A built copy of ``optimizer`` whose ``stateless_apply(variables, gradients, weights)`` works under TensorFlow."""
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
