"""What every fault must end in: one clear line, soon, and in little memory."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hpotrial.core.errors import MAX_LINE, HpoTrialError

# of the processor, which a busy machine does not use up, and on the clock, for what only waits
CPU_SECONDS = 10
SECONDS = 200
MEGABYTES = 1500


@contextmanager
def bounded(seconds: int = SECONDS, cpu_seconds: int = CPU_SECONDS, megabytes: int = MEGABYTES) -> Iterator[None]:
    """Fail what hangs, and what asks for so much more memory than the process has."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not done after {cpu_seconds} s of the processor, or {seconds} s")

    statm = Path("/proc/self/statm")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if statm.exists():
        used = int(statm.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 2**20, hard))
    before = [signal.signal(which, late) for which in (signal.SIGALRM, signal.SIGPROF)]
    signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    try:
        yield
    finally:
        for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)
        for which, handler in zip((signal.SIGALRM, signal.SIGPROF), before, strict=True):
            signal.signal(which, handler)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def accepted_or_refused(action: Callable[[], Any]) -> tuple[Any, str | None]:
    """What an action gives and None, or None and the one line with which it refuses; any other end is a fault."""
    try:
        with bounded():
            return action(), None
    except HpoTrialError as error:
        line = str(error)
    assert line
    assert line.isprintable()
    assert len(line) <= 2 * MAX_LINE
    return None, line
