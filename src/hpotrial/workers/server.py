"""A worker: a process that executes one request after another, with libraries imported and programs compiled once.

It is started by :mod:`hpotrial.workers.client`, as ``python -m hpotrial.workers.server shared`` with a listening socket
as its third descriptor, or ``once`` with a connection. A request is the name of a work of :mod:`hpotrial.workers.work`,
a space, and a JSON object: ``log`` and ``resources`` are the files of the job's log and of what it used; the others are
what the work takes. Standard error is the client's while a request is done.

It ends after ten seconds without work, with the workflow that it is for, when it keeps more memory than two thirds of
what a job asks for, and after an error of the machine; in the midst of a run when its client is gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hpotrial.core.job_log import logged_to
from hpotrial.workers.client import HEADER_BYTES, LOOK_SECONDS, READY, gone, process
from hpotrial.workers.work import WORK

IDLE_SECONDS = 10.0
# of the memory that a job asks for, what its worker may keep for the next
SHARE_AT_REST = 2 / 3

# what this process had spent when its last request was done; the first one pays for its start
_told: dict[str, float] = {}


def main(how: str) -> None:
    """Serve as the client that started this process says."""
    # Ctrl-C is for the client
    with contextlib.suppress(PermissionError):
        os.setsid()
    given = socket.socket(fileno=os.dup(3))
    os.close(3)
    if how == "once":
        with given:
            _serve(given, lambda: None)
        return
    path = given.getsockname()
    _clear(Path(path).parents[1])
    idle_since = time.monotonic()
    while True:
        if select.select([given], [], [], LOOK_SECONDS)[0]:
            connection, _ = given.accept()
            with connection:
                # the next client is to find no socket of a worker that is about to end
                if not _serve(connection, lambda: os.unlink(path)):
                    return
            idle_since = time.monotonic()
            continue
        useless = time.monotonic() - idle_since > IDLE_SECONDS or gone(os.environ.get("HPO_WORKFLOW", ""))
        if useless and _retired(path):
            return


def _retired(path: str) -> bool:
    """Remove this worker's slot, unless a client has it."""
    try:
        with open(f"{path.removesuffix('.sock')}.lock", "r+", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for name in (path, lock.name):
                os.unlink(name)
            with contextlib.suppress(OSError):
                os.rmdir(os.path.dirname(path))
    except BlockingIOError:
        return False
    except FileNotFoundError:
        # somebody has cleaned up: no client will find this worker
        pass
    return True


def _clear(private: Path) -> None:
    """Remove the slots of workers that were killed and whose workflows came to an end: nobody else looks there."""
    for written in private.glob("*/*.lock"):
        with contextlib.suppress(OSError, ValueError), open(written, "r+", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not process(int(lock.read())):
                written.with_suffix(".sock").unlink(missing_ok=True)
                written.unlink()
                written.parent.rmdir()


def _serve(connection: socket.socket, leave: Callable[[], None]) -> bool:
    """Do what one client asks for; whether this process can do more. ``leave`` is called before the answer if not."""
    try:
        connection.sendall(READY)
        header, descriptors, _, _ = socket.recv_fds(connection, HEADER_BYTES, 1)
        length, megabytes, asked_at = header.split()
        body = _read(connection, int(length))
    except (OSError, ValueError):
        # a client that was killed before it had asked
        return True
    for descriptor in descriptors:
        os.dup2(descriptor, sys.stderr.fileno())
        os.close(descriptor)
    with _ending_with(connection):
        status, sound = _done(body, float(asked_at))
    sys.stderr.flush()
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stderr.fileno())
    os.close(nothing)
    # the next request needs some, too
    if more := sound and _of_status("VmRSS") <= int(megabytes) * SHARE_AT_REST:
        _forget_peak()
    else:
        leave()
    with contextlib.suppress(OSError):
        connection.sendall(str(status).encode())
    return more


def _read(connection: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        parts.append(connection.recv(min(length, 2**20)))
        if not parts[-1]:
            raise ConnectionError
        length -= len(parts[-1])
    return b"".join(parts)


@contextlib.contextmanager
def _ending_with(connection: socket.socket) -> Iterator[None]:
    """End this process, whatever it does, as the other end of a connection is closed.

    The kernel signals it, so that no thread has to look, and no library's code has to be left; on Linux with a signal
    that ends a process that stands still, too.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    flags = fcntl.fcntl(connection, fcntl.F_GETFL)
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    if sys.platform == "linux":
        fcntl.fcntl(connection, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(connection, fcntl.F_SETFL, flags | os.O_ASYNC)
    # it may have been closed before
    if select.select([connection], [], [], 0)[0]:
        os._exit(1)
    yield
    fcntl.fcntl(connection, fcntl.F_SETFL, flags)


def _done(text: bytes, asked_at: float) -> tuple[int, bool]:
    """Do what is asked: the status of its job, and whether this process is still sound."""
    name, _, body = text.partition(b" ")
    request = json.loads(body)
    log, table = (request.pop(file) for file in ("log", "resources"))
    sound, before = True, dict(_told)
    try:
        with logged_to(log):
            try:
                told = WORK[name.decode()](request, asked_at)
                _write_used(Path(table), before, time.time() - asked_at)
            except (MemoryError, OSError):
                sound = False
                raise
    except SystemExit as ended:
        return int(ended.code or 0), sound
    except BaseException:
        traceback.print_exc()
        return 1, False
    finally:
        _told.update(_spent())
    if told:
        print(told, file=sys.stderr, flush=True)
    return 0, True


def _spent() -> dict[str, float]:
    """Seconds of the processor, and bytes read and written, since this process began."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": usage.ru_utime + usage.ru_stime, **_bytes_moved()}


def _write_used(path: Path, before: Mapping[str, float], seconds: float) -> None:
    """A table of what a job used, under the names of Snakemake's own; megabytes, and seconds of the processor."""
    spent = _spent()
    cpu, read, written = (spent[name] - before.get(name, 0) for name in ("cpu", "read_bytes", "write_bytes"))
    whole = int(seconds)
    row = {
        "s": f"{seconds:.4f}",
        "h:m:s": f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}",
        "max_rss": f"{_of_status('VmHWM'):.2f}",
        "io_in": f"{read / 2**20:.2f}",
        "io_out": f"{written / 2**20:.2f}",
        "mean_load": f"{100 * cpu / seconds:.2f}",
        "cpu_time": f"{cpu:.2f}",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\t".join(row) + "\n" + "\t".join(row.values()) + "\n", encoding="utf-8")


def _bytes_moved() -> dict[str, float]:
    try:
        lines = Path("/proc/self/io").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {"read_bytes": 0, "write_bytes": 0}
    told = dict(line.split(": ") for line in lines)
    return {name: float(told[name]) for name in ("read_bytes", "write_bytes")}


def _of_status(name: str) -> float:
    """Megabytes of this process's memory: ``VmRSS`` now, ``VmHWM`` at most since the last request."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 1024


def _forget_peak() -> None:
    """Let ``VmHWM`` begin anew, where the system has it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
    # all that is to be kept is written; what libraries would still do takes longer than a job may wait
    os._exit(0)
