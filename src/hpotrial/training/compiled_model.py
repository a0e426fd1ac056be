"""A Keras model whose ``fit`` runs compiled epochs; scikit-learn, KerasTuner and plain loops all call that ``fit``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from hpotrial.core import seeds
from hpotrial.core.errors import NotFiniteLoss
from hpotrial.training import program as programs
from hpotrial.training.fit_record import Arrays
from hpotrial.training.metering import FittedModel
from hpotrial.training.network import Network
from hpotrial.training.state import State

# rows of a block of predictions, and numbers that its largest layer may give
_PREDICTION_BATCH, _PREDICTION_VALUES = 1024, 2**22


class CompiledModel(FittedModel, keras.Model):
    """The same training as ``keras.Sequential.fit``: from the same start and order, equal weights within tolerance.

    Keras callbacks are called at epoch ends, with the epoch's weights in ``get_weights``. Where only callbacks of known
    kinds listen, several epochs run ahead in one call; the epochs after a stop are thrown away, so that the result is
    the same.

    Parameters
    ----------
    network : Network
        The architecture, shared by all models that have it.
    start : callable
        Makes the weights and the optimiser state to start from, once they are needed: a fit that is taken from the
        table of fits needs none.
    shuffle_seed : int
        Decides the order of rows in every epoch.
    capacity : int
        Rows that the arrays of all fits of this study have room for (training plus validation rows).
    checkpoints : dict of str to State, optional
        A dictionary that stands for a folder of weights: ``save_weights`` and ``load_weights`` use it instead of disk.
    """

    def __init__(
        self,
        network: Network,
        start: Callable[[], State],
        *,
        shuffle_seed: int,
        capacity: int,
        checkpoints: dict[str, State] | None = None,
    ) -> None:
        super().__init__()
        self.network, self._source, self._fresh = network, start, True
        self._now: State | None = None
        self.shuffle_seed, self.capacity, self.checkpoints = shuffle_seed, capacity, checkpoints
        self.optimizer = network.model.optimizer
        self.built = self.compiled = True
        self.loss = network.model.loss
        self.stop_training = False
        self.best_epoch = -1

    def __setattr__(self, name: str, value: Any) -> None:
        # Keras would adopt the shared network's variables as this model's own, and copy dictionaries
        object.__setattr__(self, name, value)

    @property
    def state(self) -> State:
        """The weights and the optimiser's state."""
        if self._now is None:
            self._now = self._source()
        return self._now

    @state.setter
    def state(self, state: State) -> None:
        self._now, self._fresh, self._record = state, False, None

    def _fit(
        self,
        x: Any,
        y: Any,
        *,
        batch_size: int | None = None,
        epochs: int = 1,
        initial_epoch: int = 0,
        validation_data: tuple[Any, Any] | None = None,
        callbacks: Sequence[Any] | None = None,
        shuffle: bool = True,
        verbose: Any = 0,
        **unsupported: Any,
    ) -> Any:
        """Train; see ``keras.Model.fit`` for the arguments.

        Raises
        ------
        NotImplementedError
            For an argument of Keras's ``fit`` that this engine lacks; ``training: {engine: stock}`` has it.
        NotFiniteLoss
            If the training loss is infinite or not a number.
        """
        for name, value in unsupported.items():
            if value not in (None, 0, 0.0, 1):
                raise NotImplementedError(f"fit({name}=...) needs `training: {{engine: stock}}`")
        batch_size = int(batch_size or 32)
        n, n_val = len(x), 0 if validation_data is None else len(validation_data[0])
        rows, labels = padded(x, y, validation_data, self.capacity)
        with self.compiling():
            compiled = programs.program(self.network, batch_size, rows, labels)
        listeners = keras.callbacks.CallbackList(
            list(callbacks or []), add_history=True, model=self, epochs=epochs, verbose=0, steps=-(-n // batch_size)
        )
        if not callbacks:
            # the history alone needs none of the list's care for logs on other devices
            listeners = self.history
        ahead = compiled.epochs_per_call if all(map(_only_reads_at_epoch_end, callbacks or [])) else 1
        self.stop_training = False
        listeners.on_train_begin()
        epoch, state = initial_epoch, self.state
        while epoch < epochs and not self.stop_training:
            count = min(ahead, epochs - epoch)
            orders = np.zeros(compiled.order_shape, np.int32)
            for i in range(count):
                orders[i, :n] = self._order(epoch + i, n) if shuffle else np.arange(n)
            floats, integers, logs = compiled(state, self.network.codes, count, rows, labels, orders, n, n_val)
            for i in range(count):
                listeners.on_epoch_begin(epoch)
                state = State(floats[i], integers[i])
                self.state = state
                if not np.isfinite(logs[i, programs.LOSS]):
                    raise NotFiniteLoss(f"the training loss is {logs[i, programs.LOSS]} in epoch {epoch + 1}")
                listeners.on_epoch_end(epoch, _epoch_logs(logs[i], n, n_val))
                epoch += 1
                if self.stop_training:
                    break
        listeners.on_train_end()
        # a slice keeps the whole call's results alive
        self.state = self.state.copy()
        return self.history

    def _order(self, epoch: int, n: int) -> np.ndarray:
        return seeds.of_epoch(self.shuffle_seed, epoch).permutation(n)

    def _changed(self) -> list[np.ndarray]:
        return [] if self._fresh else list(self._state().values())

    def _state(self) -> Arrays:
        return {"floats": self.state.floats, "integers": self.state.integers}

    def put_state(self, state: Arrays) -> None:
        """Put weights and optimiser in a state that ``fit`` left."""
        self.state = State(state["floats"], state["integers"])

    def _predict(self, x: Any, **_: Any) -> np.ndarray:
        x = np.asarray(x, np.float32)
        size = self.network.rows_at_once(_PREDICTION_VALUES, _PREDICTION_BATCH)
        blocks = [x[i : i + size] for i in range(0, len(x), size)]
        return np.concatenate([np.asarray(self.call(block)) for block in blocks])

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Outputs for a batch of inputs, with this model's weights."""
        values = self.network.layout.unpack(self.state)[: self.network.n_weights]
        split = len(self.network.trainable)
        return self.network.model.stateless_call(values[:split], values[split:], inputs, training)[0]

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights, in Keras's order."""
        ordered = self.network.layout.unpack(self.state)[: self.network.n_weights]
        return [np.array(ordered[i]) for i in self._keras_order()]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Put weights in place, in Keras's order; the optimiser's state stays."""
        values = self.network.layout.unpack(self.state)
        for i, weight in zip(self._keras_order(), weights, strict=True):
            values[i] = np.asarray(weight)
        self.state = self.network.layout.pack(values)

    def _keras_order(self) -> list[int]:
        position = {id(v): i for i, v in enumerate(self.network.variables)}
        return [position[id(v)] for v in self.network.model.weights]

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Keep the state under the name ``filepath``, in memory where the model was given ``checkpoints``."""
        self._note_saved()
        if self.checkpoints is None:
            raise NotImplementedError("save_weights needs `checkpoints` or `training: {engine: stock}`")
        self.checkpoints[str(filepath)] = self.state.copy()

    def load_weights(self, filepath: Any, skip_mismatch: bool = False) -> None:
        """Take the weights kept under ``filepath``; as in Keras the optimiser starts afresh."""
        if self.checkpoints is None or str(filepath) not in self.checkpoints:
            raise FileNotFoundError(f"no checkpoint {filepath}")
        kept = self.network.layout.unpack(self.checkpoints[str(filepath)])[: self.network.n_weights]
        fresh = self.network.layout.unpack(self.state)[self.network.n_weights :]
        self.state = self.network.layout.pack([*kept, *fresh])

    def count_params(self) -> int:
        """Number of weights."""
        return int(self.network.model.count_params())

    @property
    def outputs(self) -> list[Any]:
        """The network's symbolic outputs."""
        return self.network.model.outputs


def _only_reads_at_epoch_end(callback: Any) -> bool:
    """Whether a callback may be told of an epoch after later ones have run: it reads, or asks to stop."""
    known = isinstance(callback, keras.callbacks.EarlyStopping | keras.callbacks.History)
    return known or type(callback).__module__.startswith(("hpotrial.", "keras_tuner."))


def _epoch_logs(log: np.ndarray, n: int, n_val: int) -> dict[str, float]:
    logs = {"loss": float(log[programs.LOSS]) / n, "accuracy": float(log[programs.CORRECT]) / n}
    if n_val:
        logs["val_loss"] = float(log[programs.VAL_LOSS]) / n_val
        logs["val_accuracy"] = float(log[programs.VAL_CORRECT]) / n_val
    return logs


_last: list[Any] = []


def padded(x: Any, y: Any, validation_data: tuple[Any, Any] | None, capacity: int) -> tuple[Any, Any]:
    """Training rows, then validation rows, then zeros up to the capacity, as tensors (float32, int32).

    Read-only arrays are taken to stay as they are: asked for again, they are not copied again.
    """
    import tensorflow as tf

    sources = [x, y, *(validation_data or ())]
    if len(_last) == 2 and len(_last[0]) == len(sources) and all(map(lambda a, b: a is b, _last[0], sources)):
        return _last[1]
    n = len(x) + (len(validation_data[0]) if validation_data else 0)
    room = max(capacity, n)
    rows, labels = np.zeros((room, *np.shape(x)[1:]), np.float32), np.zeros(room, np.int32)
    rows[: len(x)], labels[: len(x)] = x, np.ravel(y)
    if validation_data:
        rows[len(x) : n], labels[len(x) : n] = validation_data[0], np.ravel(validation_data[1])
    tensors = tf.constant(rows), tf.constant(labels)
    _last.clear()
    if all(isinstance(a, np.ndarray) and not a.flags.writeable for a in sources):
        _last.extend([sources, tensors])
    return tensors
