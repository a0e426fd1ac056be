"""The one place where a fit is metered, whichever library called ``fit``; and where the table of fits is asked."""

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
from hpotrial.training.fit_record import Arrays, FitRecord, replay, settings_of
from hpotrial.training.fit_table import FitTable, digest

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
    taken : int
        How many of the fits were not made but taken from the table of fits.
    spent_seconds : float
        Seconds in training, without compiling, of the fits that were made.
    compiling_seconds : float
        Seconds in compiling of the fits that were made.
    epoch_budget : int or None
        Epochs after which no further fit trains; None: no limit. The search's refit is outside it.
    """

    total: Cost = field(default_factory=Cost)
    costs: list[Cost] = field(default_factory=list)
    first_fit_at: float | None = None
    taken: int = 0
    spent_seconds: float = 0.0
    compiling_seconds: float = 0.0
    epoch_budget: int | None = None

    @property
    def epochs_left(self) -> int | None:
        """What is left of the budget of epochs; None if there is none."""
        return None if self.epoch_budget is None else max(self.epoch_budget - self.total.epochs, 0)

    def record(self, cost: Cost, started_at: float, *, taken: bool = False) -> None:
        """Add the cost of a fit, made or ``taken``; ``started_at`` is its start on ``time.time``'s clock."""
        if self.first_fit_at is None:
            self.first_fit_at = started_at
        self.taken += taken
        self.spent_seconds += 0.0 if taken else cost.wall_seconds
        self.compiling_seconds += 0.0 if taken else cost.compile_seconds
        self.costs.append(cost)
        self.total += cost


class FittedModel(ABC):
    """A model whose ``fit`` is metered, bound by a budget and a time, and made once, whichever library calls it.

    It is abstract or final: a kind of model says how it trains and what determines it in the methods that are abstract
    here, overrides no other but ``_last_epoch`` and ``_replay``, and has no kinds of its own. The cost of a fit counts
    the epochs that training used; the seconds also hold epochs that ran ahead of a stop. A fit that raises counts too.

    A fit that the table of fits has is not made again: ``_replay`` does what it did, and it costs what it cost. For
    that ``_note_saved`` is called before weights are saved.

    Attributes
    ----------
    meter : CostMeter or None
        Told of every fit; its ``epoch_budget`` ends training.
    fits : FitTable or None
        Where finished fits are kept, and taken from; None: nowhere.
    made_of : str
        All that determines the untrained model, as text.
    scored_rows : ndarray of shape (rows, ...) or None
        Scaled rows that are all it will be asked to predict once it is fitted, so that its predictions of them are kept
        in the place of its state; None: any.
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
    fits: FitTable | None = None
    made_of: str = ""
    scored_rows: np.ndarray | None = None
    fit_seconds: float | None = None
    budgeted: bool = True
    stop_training: bool = False
    history: Any = None
    last_cost: Cost = Cost()
    _compile_wall: float = 0.0
    _compile_cpu: float = 0.0
    _saved: Arrays | None = None
    _record: FitRecord | None = None

    def metered(self, meter: CostMeter | None, fits: FitTable | None, made_of: str, fit_seconds: float | None) -> Self:
        """This model, whose fits are told to the meter, kept in the table, and ended after so much CPU time."""
        self.meter, self.fits, self.made_of, self.fit_seconds = meter, fits, made_of, fit_seconds
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

    def predict(self, x: Any, **arguments: Any) -> np.ndarray:
        """Class probabilities, shape (rows, classes); after a fit in the table, worked out once for equal rows."""
        if self._record is None:
            return self._predict(x, **arguments)
        rows, known = digest(np.asarray(x)), self._record.predictions
        if rows not in known:
            known[rows] = self._predict(x, **arguments)
        return known[rows]

    def _once(self, x: Any, y: Any, arguments: Mapping[str, Any]) -> Any:
        """A fit that the table does not have, or has now."""
        self._record = self._saved = None
        settings = settings_of(arguments) if self.fits is not None else None
        if self.fits is None or settings is None:
            return self._metered(x, y, arguments)
        validated = arguments.get("validation_data") or ()
        scored = "" if self.scored_rows is None else digest(self.scored_rows)
        rows = map(np.asarray, (x, y, *validated))
        key = self.fits.key(self.made_of, str(self._limit), settings, scored, *self._changed(), *rows)
        if record := self.fits.get(key):
            return self._taken(record, arguments)
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
        """Add the fit that has just ended to the table, if it can be taken."""
        epochs, logs = (self.history.epoch, self.history.history) if self.history is not None else ((), {})
        final: Arrays | None = {}
        predictions = {}
        if status == OK and self.scored_rows is not None:
            predictions = {digest(self.scored_rows): self._predict(self.scored_rows)}
        elif status == OK:
            final = self._state()
        if self.fits is not None and final is not None and all(len(told) == len(epochs) for told in logs.values()):
            told = {name: [float(value) for value in values] for name, values in logs.items()}
            self._record = FitRecord(
                tuple(epochs), told, self.last_cost, status, message, bool(self.stop_training), final,
                self._saved or {}, predictions,
            )  # fmt: skip
            self.fits.add(key, self._record)

    def _taken(self, record: FitRecord, arguments: Mapping[str, Any]) -> Any:
        started, self.history = time.time(), None
        log.debug("a fit of %d epochs is taken from the table of fits", len(record.epochs))
        try:
            history = self._replay(record, arguments)
            if record.final:
                self.put_state(record.final)
            self._record = record
            return history
        finally:
            self._charge(record.cost, started, taken=True)

    def _replay(self, record: FitRecord, arguments: Mapping[str, Any]) -> Any:
        return replay(self, record, arguments)

    @abstractmethod
    def _fit(self, x: Any, y: Any, **arguments: Any) -> Any:
        """Train as ``keras.Model.fit`` does, compiling inside ``compiling``; returns the history."""

    @abstractmethod
    def _predict(self, x: Any, **arguments: Any) -> np.ndarray:
        """Class probabilities, shape (rows, classes)."""

    @abstractmethod
    def _changed(self) -> list[np.ndarray]:
        """The state to start from, where it may be another than ``made_of`` says."""

    @abstractmethod
    def _state(self) -> Arrays | None:
        """The arrays of a trained model; None: its fits are not kept."""

    @abstractmethod
    def put_state(self, state: Arrays) -> None:
        """Put the model in a state that ``fit`` left."""

    def _note_saved(self) -> None:
        """Remember the state that a callback is about to save: a search may ask for it again."""
        if self.fits is not None and self.history is not None:
            self._saved = self._state()

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

    def _charge(self, cost: Cost, started: float, *, taken: bool = False) -> None:
        self.last_cost = cost
        if self.meter is not None:
            self.meter.record(cost, started, taken=taken)


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
