"""The one place where a fit's cost is measured, whichever library called ``fit``."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hpotrial.trials import BudgetSpent, Cost, CostMeter, NotFiniteLoss


class MeteredFit:
    """Mixin for a Keras model: ``fit`` calls ``_fit`` and tells the meter what it cost.

    ``_fit`` returns the history, and compiles inside ``compiling``. The cost counts the
    epochs that training used; the seconds also hold epochs that ran ahead of a stop. A fit that raises counts too.

    Attributes
    ----------
    meter
        Told of every fit; its ``epoch_budget`` ends training.
    budgeted
        Whether this model's fits are bound by that budget; a refit's are not.
    """

    meter: CostMeter | None = None
    budgeted: bool = True
    stop_training: bool = False
    history: Any = None
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
        """Train and meter; arguments and result as in ``keras.Model.fit``.

        Raises
        ------
        BudgetSpent
            If the meter's budget of epochs ends before this fit would; what it trained is metered.
        """
        first, last = int(arguments.get("initial_epoch") or 0), self._last_epoch(arguments)
        left = self.meter.epochs_left if self.meter is not None and self.budgeted else None
        cut = left is not None and last - first > left
        if cut:
            if not left:
                raise BudgetSpent
            arguments["epochs"] = first + left
        history = self._metered(x, y, arguments)
        if cut and not self.stop_training:
            raise BudgetSpent
        return history

    def _last_epoch(self, arguments: Mapping[str, Any]) -> int:
        """The epoch until which a fit with these arguments trains."""
        return int(arguments.get("epochs") or 1)

    def _metered(self, x: Any, y: Any, arguments: Mapping[str, Any]) -> Any:
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
