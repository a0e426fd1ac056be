"""Time in which the whole process stood still: a laptop asleep, a job stopped by SIGSTOP or a batch system."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

_INTERVAL_SECONDS = 0.5
# shorter gaps are a busy machine's
_LEAST_SECONDS = 2.0
# of a longer gap, the share of CPU time from which the process was at work and merely kept this thread waiting
_WORKING = 0.1


class SuspensionWatch:
    """Looks at the clocks twice a second: where much time has passed and no CPU time has, the process stood still.

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
        self._last, self._cpu = _now(), time.process_time()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        ended = False
        while not ended:
            ended = self._ended.wait(_INTERVAL_SECONDS)
            now, cpu = _now(), time.process_time()
            gap = now - self._last - _INTERVAL_SECONDS
            if gap > _LEAST_SECONDS and cpu - self._cpu < _WORKING * gap:
                self.seconds += gap
            self._last, self._cpu = now, cpu


def _now() -> float:
    # unlike the monotonic clock, this one goes on while the machine sleeps
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time() if clock is None else time.clock_gettime(clock)
