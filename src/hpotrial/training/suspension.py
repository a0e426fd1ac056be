"""Time in which the whole process stood still: a laptop asleep, a job stopped by SIGSTOP or a batch system."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_INTERVAL_SECONDS = 0.5
# shorter gaps are a busy machine's
_LEAST_SECONDS = 2.0
# of a longer gap, the share of time at work from which the process merely kept this thread waiting
_WORKING = 0.1


class SuspensionWatch:
    """Looks at the clocks twice a second: where much time has passed, and the main thread neither worked nor waited for
    a processor, the process stood still.

    Attributes
    ----------
    seconds
        How long that was, in all.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="suspension watch", daemon=True)

    def __enter__(self) -> Self:
        self._last, self._busy = _now(), _busy()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        ended = False
        while not ended:
            ended = self._ended.wait(_INTERVAL_SECONDS)
            now, busy = _now(), _busy()
            gap = now - self._last - _INTERVAL_SECONDS
            # it may have worked until it was stopped
            if gap > _LEAST_SECONDS and busy - self._busy < _INTERVAL_SECONDS + _WORKING * gap:
                self.seconds += gap
            self._last, self._busy = now, busy


def _now() -> float:
    # unlike the monotonic clock, this one goes on while the machine sleeps
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time() if clock is None else time.clock_gettime(clock)


def _busy() -> float:
    """Seconds that the main thread was on a processor or waited for one; CPU time where the system does not say."""
    try:
        working, waiting, _ = Path("/proc/self/schedstat").read_text(encoding="ascii").split()
        return (int(working) + int(waiting)) / 1e9
    except (OSError, ValueError):
        return time.process_time()
