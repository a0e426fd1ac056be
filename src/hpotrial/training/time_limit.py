"""The CPU time that a fit may use: what is left of it when it ends, ends the fit."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Any

from hpotrial.core.records import FitTimeout

# an exception that is raised where Python cannot pass it on is raised again
_AGAIN_SECONDS = 0.5


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
