"""The one place where a fit's cost is measured, whichever library called ``fit``; and where the journal is asked."""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from hpotrial.core.errors import BudgetSpent, FitTimeout, NotFiniteLoss
from hpotrial.core.records import FIT_FAILURES, OK, Cost
from hpotrial.training.fit_record import FitRecord, fit_key, replay
from hpotrial.training.journal import Arrays, Journal

log = logging.getLogger(__name__)
# an exception that is raised where Python cannot pass it on is raised again
_AGAIN_SECONDS = 0.5


@dataclass
class CostMeter:
    """Adds up the cost of every fit of a problem, whichever library asked for it.

    Attributes
    ----------
    total : Cost
        Of all fits.
    costs : list of Cost
        Of each fit, in their order.
    first_fit_at : float or None
        When the first fit began, on ``time.time``'s clock.
    epoch_budget : int or None
        Epochs after which no further fit trains; None: no limit. The search's refit is outside it.
    """

    total: Cost = field(default_factory=Cost)
    costs: list[Cost] = field(default_factory=list)
    first_fit_at: float | None = None
    epoch_budget: int | None = None

    @property
    def epochs_left(self) -> int | None:
        """What is left of the budget of epochs; None if there is none."""
        return None if self.epoch_budget is None else max(self.epoch_budget - self.total.epochs, 0)

    def record(self, cost: Cost, started_at: float) -> None:
        """Add one fit's cost; ``started_at`` is its start on ``time.time``'s clock."""
        if self.first_fit_at is None:
            self.first_fit_at = started_at
        self.costs.append(cost)
        self.total += cost


@dataclass(frozen=True)
class Saved:
    """The state that a callback saved last, and the place of its epoch among those trained; -1 where none was saved."""

    place: int = -1
    state: Arrays = field(default_factory=dict)


class FittedModel(ABC):
    """A model whose ``fit`` is metered, bound by a budget and a time, and journalled, whichever library calls it.

    It is abstract or final: a kind of model says how it trains and what determines it in the methods that are abstract
    here, overrides no other but ``_last_epoch`` and ``_replay``, and has no kinds of its own. The cost of a fit counts
    the epochs that training used; the seconds also hold epochs that ran ahead of a stop. A fit that raises counts too.

    A fit that the journal has is not made again: ``_replay`` does what it did, and it costs what it cost. For that
    ``_note_saved`` is called before weights are saved.

    Attributes
    ----------
    meter : CostMeter or None
        Told of every fit; its ``epoch_budget`` ends training.
    journal : Journal or None
        Where finished fits are kept; None: nowhere.
    fit_seconds : float or None
        CPU time that a fit may use, compiling aside; None: any.
    budgeted : bool
        Whether this model's fits are bound by that budget and that time; a refit's are not.
    stop_training : bool
        Set by a callback, to end the fit with this epoch.
    history : object or None
        Of the last fit: ``epoch`` and ``history`` as Keras's ``History`` has them.
    last_cost : Cost
        Of the last fit.
    """

    meter: CostMeter | None = None
    journal: Journal | None = None
    fit_seconds: float | None = None
    budgeted: bool = True
    stop_training: bool = False
    history: Any = None
    last_cost: Cost = Cost()
    _compile_wall: float = 0.0
    _compile_cpu: float = 0.0
    _saved: Saved = Saved()

    def metered(self, meter: CostMeter | None, journal: Journal | None, fit_seconds: float | None) -> Self:
        """This model, whose fits are told to the meter, kept in the journal, and ended after so much CPU time."""
        self.meter, self.journal, self.fit_seconds = meter, journal, fit_seconds
        return self

    @contextlib.contextmanager
    def compiling(self) -> Iterator[None]:
        """Time spent in this block is compiling, not training."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            with unlimited():
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
        history = self._once(x, y, arguments)
        if cut and not self.stop_training:
            raise BudgetSpent
        return history

    def _last_epoch(self, arguments: Mapping[str, Any]) -> int:
        """The epoch until which a fit with these arguments trains."""
        return int(arguments.get("epochs") or 1)

    def _once(self, x: Any, y: Any, arguments: Mapping[str, Any]) -> Any:
        """A fit that the journal does not have, or has now."""
        start = ["fit", str(self._limit), *self._start()]
        key = fit_key(self.journal, start, x, y, arguments) if self.journal is not None else None
        if self.journal is None or key is None:
            return self._metered(x, y, arguments)
        if found := self.journal.take(key):
            return self._replayed(FitRecord.of(found), arguments)
        self._saved = Saved()
        try:
            history = self._metered(x, y, arguments)
        except tuple(FIT_FAILURES.values()) as error:
            self._keep(key, next(name for name, kind in FIT_FAILURES.items() if isinstance(error, kind)), str(error))
            raise
        self._keep(key)
        return history

    @property
    def _limit(self) -> float | None:
        return self.fit_seconds if self.budgeted else None

    def _keep(self, key: str, status: str = OK, message: str = "") -> None:
        """Add the fit that has just ended to the journal, if it can be replayed."""
        epochs, logs = (self.history.epoch, self.history.history) if self.history is not None else ((), {})
        final, saved = (self._state(), self._saved) if status == OK else ({}, Saved())
        if self.journal is not None and final is not None and all(len(told) == len(epochs) for told in logs.values()):
            told = {name: [float(value) for value in values] for name, values in logs.items()}
            record = FitRecord(tuple(epochs), told, self.last_cost, status, message, saved.place, final, saved.state)
            self.journal.add(key, record.arrays())

    def _replayed(self, record: FitRecord, arguments: Mapping[str, Any]) -> Any:
        started, self.history = time.time(), None
        log.info("a fit of %d epochs is taken from the journal", len(record.epochs))
        try:
            return self._replay(record, arguments)
        finally:
            self._charge(record.cost, started)

    def _replay(self, record: FitRecord, arguments: Mapping[str, Any]) -> Any:
        return replay(self, record, arguments)

    @abstractmethod
    def _fit(self, x: Any, y: Any, **arguments: Any) -> Any:
        """Train as ``keras.Model.fit`` does, compiling inside ``compiling``; returns the history."""

    @abstractmethod
    def _start(self) -> list[str | np.ndarray]:
        """All that determines the untrained model."""

    @abstractmethod
    def _state(self) -> Arrays | None:
        """The arrays of a trained model; None: its fits are not kept."""

    def _note_saved(self) -> None:
        """Remember the state that a callback is about to save: it is what a resumed search may ask for again."""
        if self.journal is not None and self.history is not None:
            self._saved = Saved(len(self.history.epoch), self._state() or {})

    def _metered(self, x: Any, y: Any, arguments: Mapping[str, Any]) -> Any:
        started, wall, cpu = time.time(), time.perf_counter(), time.process_time()
        self._compile_wall, self._compile_cpu, self.history = 0.0, 0.0, None
        try:
            with limited(self._limit):
                history = self._fit(x, y, **arguments)
            loss = history.history["loss"][-1] if history.history.get("loss") else 0.0
            if not np.isfinite(loss):
                raise NotFiniteLoss(f"the training loss is {loss} after epoch {len(history.epoch)}")
            return history
        finally:
            epochs = len(self.history.epoch) if self.history is not None else 0
            self._charge(
                Cost(
                    fits=1,
                    epochs=epochs,
                    examples=epochs * len(x),
                    wall_seconds=max(time.perf_counter() - wall - self._compile_wall, 0.0),
                    cpu_seconds=max(time.process_time() - cpu - self._compile_cpu, 0.0),
                    compile_seconds=self._compile_wall,
                ),
                started,
            )

    def _charge(self, cost: Cost, started: float) -> None:
        self.last_cost = cost
        if self.meter is not None:
            self.meter.record(cost, started)


@contextlib.contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Raise FitTimeout in this block once the process has used so much CPU time in it; None: never.

    CPU time, since a busy or sleeping machine is not the trial's fault. Python looks between its own steps: an epoch of
    a compiled program, a batch of Keras's own training, a tree of a forest are finished first.
    """
    if seconds is None:
        yield
        return

    def late(*_: Any) -> None:
        raise FitTimeout(f"the fit used more than {seconds:g} s of CPU time")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextlib.contextmanager
def unlimited() -> Iterator[None]:
    """Time that this block uses is not counted by the ``limited`` around it, if there is one."""
    left, again = signal.setitimer(signal.ITIMER_PROF, 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, left, again)
