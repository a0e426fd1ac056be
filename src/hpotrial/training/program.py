"""Epochs as one compiled program: a loop over epochs, in it a loop over batches, in it Keras's own layers and update.

What differs between fits is data, not shape: rows are padded to a capacity, the last short batch is masked, weights and
optimiser state come as vectors. So all folds, the holdout and the refit share one program per architecture and batch
size, and XLA's persistent cache serves it to later jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpotrial.training import program_store, runtime
from hpotrial.training.layer_forms import FEW_ROWS
from hpotrial.training.network import Network
from hpotrial.training.state import State

# rows of a block of validation rows, and numbers that its largest layer may give
EVALUATION_BATCH, EVALUATION_VALUES = 256, 2**21
# on a small table a call costs about as much as an epoch, so several epochs share a call
EPOCHS_PER_CALL = 10

N_OUTPUTS = 3
# columns of the logs
LOSS, CORRECT, VAL_LOSS, VAL_CORRECT = range(4)


@dataclass(frozen=True)
class Program:
    """A compiled program; ``order_shape`` is the shape of the order of rows that it takes, ``n_floats`` the length of
    its state's floats, of which a network's may be the beginning."""

    run: Callable[..., Any]
    order_shape: tuple[int, int]
    n_floats: int

    @property
    def epochs_per_call(self) -> int:
        """Epochs that one call can run."""
        return self.order_shape[0]

    def __call__(
        self,
        state: State,
        codes: np.ndarray,
        n_epochs: int,
        rows: Any,
        labels: Any,
        orders: np.ndarray,
        n_rows: int,
        n_validation: int,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Train for ``n_epochs``; returns the state's two vectors and the logs after each epoch, one row each."""
        import tensorflow as tf

        length = len(state.floats)
        padded = np.zeros(self.n_floats, np.float32)
        padded[:length] = state.floats
        vectors = (tf.constant(padded), tf.constant(state.integers), tf.constant(codes))
        count, n, n_val = (tf.constant(number, tf.int32) for number in (n_epochs, n_rows, n_validation))
        outputs = self.run(*vectors, count, rows, labels, tf.constant(orders), n, n_val)
        floats, integers, logs = (output.numpy() for output in outputs)
        return floats[:, :length], integers, logs


def order_shape(capacity: int, batch_size: int) -> tuple[int, int]:
    """Shape of the order of rows that a program takes: epochs of a call x capacity in whole batches."""
    epochs = EPOCHS_PER_CALL if capacity <= FEW_ROWS else 1
    return epochs, -(-capacity // batch_size) * batch_size


_pool: dict[tuple[Any, ...], Program] = {}


def program(network: Network, batch_size: int, rows: Any, labels: Any) -> Program:
    """The program for a network, a batch size and arrays of a capacity; compiled at the first call, then kept.

    Parameters
    ----------
    rows, labels : tensor
        Tensors of ``capacity`` examples and labels; only their shapes matter.
    """
    shared = rows.shape[0] <= FEW_ROWS
    key = (network.signature(shared), batch_size, tuple(rows.shape))
    if key in _pool:
        return _pool[key]
    shape = order_shape(rows.shape[0], batch_size)

    def trace() -> Any:
        return _program(network, batch_size, rows.shape[0], shape, shared).get_concrete_function()

    call = program_store.stored(runtime.program_folder(), program_store.key_of(key), trace, N_OUTPUTS)
    layout = network.carried(shared)
    made = _pool[key] = Program(call, shape, layout.n_floats)
    # XLA compiles at the first call, here one of no epochs
    empty = State(np.zeros(layout.n_floats, np.float32), np.zeros(layout.n_integers, np.int32))
    made(empty, network.codes, 0, rows, labels, np.zeros(shape, np.int32), 0, 0)
    return made


def _program(network: Network, batch_size: int, capacity: int, shape: tuple[int, int], shared: bool) -> Any:
    """The untraced program, a ``tf.function``."""
    import keras
    import tensorflow as tf

    model, update, layout = network.model, network.update, network.carried(shared)
    loss_of = keras.losses.get(model.loss)
    n_pieces = len(update.piece_shapes)
    n_weights = n_pieces + len(network.non_trainable)
    block = network.rows_at_once(EVALUATION_VALUES, EVALUATION_BATCH)

    def correct(labels: Any, outputs: Any, mask: Any) -> Any:
        hits = tf.equal(tf.argmax(outputs, -1, output_type=tf.int32), labels)
        return tf.reduce_sum(tf.cast(hits, tf.float32) * mask)

    def train_batch(values: list[Any], rows: Any, labels: Any, count: Any, code: Any) -> tuple[list[Any], Any, Any]:
        pieces, others, state = values[:n_pieces], values[n_pieces:n_weights], values[n_weights:]
        weights = update.weights(pieces)
        mask = tf.cast(tf.range(batch_size) < count, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(weights)
            outputs, others = model.stateless_call(weights, others, rows, training=True)
            total = tf.reduce_sum(loss_of(labels, outputs) * mask)
            mean = total / tf.cast(count, tf.float32)
        updated = update(pieces, state, tape.gradient(mean, weights), code)
        values = [*updated[:n_pieces], *others, *updated[n_pieces:]]
        return values, total, correct(labels, outputs, mask)

    def one_epoch(
        values: list[Any], rows: Any, labels: Any, order: Any, n_rows: Any, code: Any
    ) -> tuple[list[Any], Any, Any]:
        def batch(i: Any, loss: Any, hits: Any, *values: Any) -> tuple[Any, ...]:
            index = tf.slice(order, [i * batch_size], [batch_size])
            count = tf.minimum(n_rows - i * batch_size, batch_size)
            updated, batch_loss, batch_hits = train_batch(
                list(values), tf.gather(rows, index), tf.gather(labels, index), count, code
            )
            return i + 1, loss + batch_loss, hits + batch_hits, *updated

        batches = (n_rows + batch_size - 1) // batch_size
        _, loss, hits, *values = tf.while_loop(
            lambda i, *_: i < batches, batch, (tf.constant(0), tf.constant(0.0), tf.constant(0.0), *values)
        )
        return values, loss, hits

    def validate(values: list[Any], rows: Any, labels: Any, start: Any, n_rows: Any) -> tuple[Any, Any]:
        weights = update.weights(values[:n_pieces])

        def batch(i: Any, loss: Any, hits: Any) -> tuple[Any, Any, Any]:
            position = i * block + tf.range(block)
            mask = tf.cast(position < n_rows, tf.float32)
            index = tf.minimum(start + position, capacity - 1)
            expected = tf.gather(labels, index)
            outputs, _ = model.stateless_call(
                weights, values[n_pieces:n_weights], tf.gather(rows, index), training=False
            )
            return (
                i + 1,
                loss + tf.reduce_sum(loss_of(expected, outputs) * mask),
                hits + correct(expected, outputs, mask),
            )

        batches = (n_rows + block - 1) // block
        _, loss, hits = tf.while_loop(
            lambda i, *_: i < batches, batch, (tf.constant(0), tf.constant(0.0), tf.constant(0.0))
        )
        return loss, hits

    vector, scalar = tf.TensorSpec, lambda: tf.TensorSpec([], tf.int32)
    row_shape = (capacity, *model.input_shape[1:])

    @tf.function(
        jit_compile=True,
        autograph=False,
        input_signature=[
            vector([layout.n_floats], tf.float32),
            vector([layout.n_integers], tf.int32),
            vector([len(network.codes)], tf.int32),
            scalar(),
            vector(row_shape, tf.float32),
            vector([capacity], tf.int32),
            vector(shape, tf.int32),
            scalar(),
            scalar(),
        ],
    )
    def run(
        floats: Any, integers: Any, codes: Any, n_epochs: Any, rows: Any, labels: Any, orders: Any, n: Any, n_val: Any
    ) -> tuple[Any, Any, Any]:
        def epoch(e: Any, floats: Any, integers: Any, kept: Any, kept_integers: Any, logs: Any) -> tuple[Any, ...]:
            values = layout.unpack_tensors(floats, integers)
            values, loss, hits = one_epoch(values, rows, labels, orders[e], n, codes[-1] if shared else None)
            val_loss, val_hits = validate(values, rows, labels, n, n_val)
            floats, integers = layout.pack_tensors(values)
            log = tf.stack([loss, hits, val_loss, val_hits])
            at = tf.reshape(e, [1, 1])
            return (
                e + 1,
                floats,
                integers,
                tf.tensor_scatter_nd_update(kept, at, floats[None]),
                tf.tensor_scatter_nd_update(kept_integers, at, integers[None]),
                tf.tensor_scatter_nd_update(logs, at, log[None]),
            )

        with network.traced_as(codes if shared else None):
            start = (
                tf.constant(0),
                floats,
                integers,
                tf.zeros([shape[0], layout.n_floats]),
                tf.zeros([shape[0], layout.n_integers], tf.int32),
                tf.zeros([shape[0], 4]),
            )
            _, _, _, kept, kept_integers, logs = tf.while_loop(lambda e, *_: e < n_epochs, epoch, start)
        return kept, kept_integers, logs

    return run
