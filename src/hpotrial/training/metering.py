"""The one place where a fit's cost is measured, whichever library called ``fit``."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from hpotrial.trials import Cost, CostMeter, NotFiniteLoss


class MeteredFit:
    """Mixin for a Keras model: ``fit`` calls ``_fit`` and tells the meter what it cost.

    ``_fit`` returns the history, and compiles inside ``compiling``. The cost counts the
    epochs that training used; the seconds also hold epochs that ran ahead of a stop. A fit that raises counts too.
    """

    meter: CostMeter | None = None
    last_cost: Cost = Cost()
    _compile_wall = _compile_cpu = 0.0

    @contextlib.contextmanager
    def compiling(self) -> Iterator[None]:
        """Time spent in this block is compiling, not training."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self._compile_wall += time.perf_counter() - wall
            self._compile_cpu += time.process_time() - cpu

    def fit(self, x: Any = None, y: Any = None, **arguments: Any) -> Any:
        """Train and meter; arguments and result as in ``keras.Model.fit``."""
        started, wall, cpu = time.time(), time.perf_counter(), time.process_time()
        self._compile_wall, self._compile_cpu, self.history = 0.0, 0.0, None
        try:
            history = self._fit(x, y, **arguments)  # type: ignore[attr-defined]
            loss = history.history["loss"][-1] if history.history.get("loss") else 0.0
            if not np.isfinite(loss):
                raise NotFiniteLoss(f"the training loss is {loss} after epoch {len(history.epoch)}")
            return history
        finally:
            epochs = len(self.history.epoch) if self.history is not None else 0
            self.last_cost = Cost(
                fits=1,
                epochs=epochs,
                examples=epochs * len(x),
                wall_seconds=max(time.perf_counter() - wall - self._compile_wall, 0.0),
                cpu_seconds=max(time.process_time() - cpu - self._compile_cpu, 0.0),
                compile_seconds=self._compile_wall,
            )
            if self.meter is not None:
                self.meter.record(self.last_cost, started)
