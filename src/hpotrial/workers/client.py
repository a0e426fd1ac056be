"""A job: it hands a request to a worker, waits for its end, and passes on its status.

Run as ``python -I -S client.py MEGABYTES < request``, with a request as :mod:`hpotrial.workers.server` reads it and the
memory that the job asks for. It imports the standard library only, so that it starts in the time of a bare Python.

Workers lie in slots of a private folder: a socket and a lock each. Who holds the lock has the worker to himself. The
first client that finds none free starts one. The folder is named by all that a worker is made of, its code and its
environment among them: where one of these is another, so is the worker. What trains has workers of its own, so that
those of the other jobs are small: they never import TensorFlow.

The environment says more: ``HPO_WORKERS`` is ``shared`` or ``none`` (a process for each job, which ends with it), and
``HPO_WORKFLOW`` is the process of Snakemake, with which all this ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple, NoReturn

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# what Linux has room for in a socket's address
PATH_BYTES = 107
SLOTS = 1000
# the requests, by their first word, whose workers hold TensorFlow
TRAINING = (b"search", b"replicate_row")
# what differs from job to job and decides nothing
VOLATILE = ("_", "SHLVL", "PWD", "OLDPWD")
READY, HEADER_BYTES = b"r", 64
LOOK_SECONDS, GREETING_SECONDS = 1.0, 10.0


class WorkerEnded(Exception):
    """The worker is gone; ``begun``: it had taken the request."""

    def __init__(self, begun: bool) -> None:
        super().__init__()
        self.begun = begun


def main(megabytes: str) -> int:
    """Have the request on standard input done; its status."""
    request = sys.stdin.buffer.read()
    header = f"{len(request)} {int(megabytes)} {time.time():.6f}".encode().ljust(HEADER_BYTES)
    try:
        while True:
            try:
                return _asked(header, request, request.partition(b" ")[0] in TRAINING)
            except WorkerEnded as ended:
                # one that was about to end, or was killed as it waited, has done nothing
                if ended.begun:
                    raise
    except WorkerEnded:
        print("error: the worker was ended in the midst of this run; run it again", file=sys.stderr)
    except OSError as error:
        print(f"error: no worker can be started: {error}", file=sys.stderr)
    return 1


def place(environment: Mapping[str, str], trains: bool = True) -> str:
    """The folder of the slots of workers with this environment and this code, in this working directory.

    Parameters
    ----------
    environment : mapping of str to str
        The environment of the job.
    trains : bool
        Whether its workers train.

    Returns
    -------
    str
        The folder's path.

    Raises
    ------
    OSError
        If the folder above it is not this user's alone, or a socket in it would have too long a path.
    """
    above = environment.get("XDG_RUNTIME_DIR", "")
    if not (above and os.path.isdir(above) and os.stat(above).st_uid == os.getuid()):
        above = environment.get("TMPDIR") or "/tmp"
    private = os.path.join(os.path.abspath(above), f"hpotrial-{os.getuid()}")
    found = os.path.join(private, f"{_digest(environment)}{'t' if trains else ''}")
    if len(os.fsencode(f"{found}/{SLOTS}.sock")) > PATH_BYTES:
        raise OSError(f"{private} is too long a path for sockets, say a shorter TMPDIR")
    with contextlib.suppress(FileExistsError):
        os.mkdir(private, 0o700)
    told = os.lstat(private)
    if not stat.S_ISDIR(told.st_mode) or told.st_uid != os.getuid() or told.st_mode & 0o077:
        raise OSError(f"{private} is not a folder of this user alone, remove it")
    return found


def refusal(environment: Mapping[str, str]) -> str | None:
    """Why workers cannot be shared here, in one line; None: they can."""
    try:
        path = f"{os.path.dirname(place(environment))}/{os.getpid()}.sock"
        with socket.socket(socket.AF_UNIX) as tried:
            tried.bind(path)
        os.unlink(path)
    except OSError as error:
        return str(error)
    return None


def gone(workflow: str) -> bool:
    """Whether a process, as :func:`process` names it, has ended; an empty name's never has."""
    return bool(workflow) and process(int(workflow.partition(":")[0])) != workflow


def process(number: int) -> str:
    """The name of a process, which no later one has: its number and its start; empty where there is none."""
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        # its state, and the moment of its start
        return f"{number}:{fields[19]}" if fields[0] not in "ZX" else ""
    except FileNotFoundError:
        if os.path.isdir("/proc/self"):
            return ""
    # a system that does not tell
    try:
        os.kill(number, 0)
    except OSError:
        return ""
    return f"{number}:"


def _digest(environment: Mapping[str, str]) -> str:
    """What all that a worker is made of comes to; a file of the library counts by its size and its time."""
    said = [f"{name}={value}" for name, value in sorted(environment.items()) if name not in VOLATILE]
    parts = [os.getcwd(), sys.executable, sys.version, *said, *sorted(_files(PACKAGE))]
    return blake2b("\0".join(parts).encode(errors="surrogateescape"), digest_size=8).hexdigest()


def _files(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            else:
                of = entry.stat()
                yield f"{entry.path} {of.st_size} {of.st_mtime_ns}"


def _asked(header: bytes, request: bytes, trains: bool) -> int:
    """Have a worker do it; the status."""
    at = _reached(trains)
    try:
        _end_with_this(at.worker)
        try:
            greeting = _received(at.connection, at.worker, GREETING_SECONDS if at.warm else None)
        except TimeoutError:
            # it stands still
            _kill(at.worker)
            greeting = b""
        if greeting != READY and not at.warm:
            raise OSError("it ended as it started")
        if greeting != READY:
            raise WorkerEnded(begun=False)
        try:
            # with the terminal, for what a run says there
            socket.send_fds(at.connection, [header], [2])
            at.connection.sendall(request)
        except ConnectionError:
            raise WorkerEnded(begun=True) from None
        answer = _received(at.connection, at.worker)
        if not answer:
            raise WorkerEnded(begun=True)
        return int(answer)
    finally:
        at.connection.close()
        if at.lock is not None:
            os.close(at.lock)


class Reached(NamedTuple):
    """A worker: its process, whether it was there before, the connection, and the lock of its slot."""

    worker: int
    warm: bool
    connection: socket.socket
    lock: int | None


def _reached(trains: bool) -> Reached:
    """A worker that is this client's alone."""
    if os.environ.get("HPO_WORKERS", "shared") == "shared":
        try:
            return _worker_at(*_slot(place(os.environ, trains)))
        except OSError as error:
            print(f"workers: none for this job, since {error}", file=sys.stderr)
    connection, other = socket.socketpair()
    return Reached(_started("once", other), False, connection, None)


def _slot(folder: str) -> tuple[int, str]:
    """A slot that nobody uses, one with a worker if there is one: its lock, ours now, and its socket's path."""
    while True:
        os.makedirs(folder, 0o700, exist_ok=True)
        warm = [name.removesuffix(".sock") for name in sorted(os.listdir(folder)) if name.endswith(".sock")]
        for name in [*warm, *map(str, range(SLOTS))]:
            path = f"{folder}/{name}.lock"
            try:
                lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            except FileNotFoundError:
                # the last worker has just removed the folder
                break
            with contextlib.suppress(BlockingIOError, FileNotFoundError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # a worker that ends removes its lock
                if os.fstat(lock).st_ino == os.stat(path).st_ino:
                    return lock, f"{folder}/{name}.sock"
            os.close(lock)


def _worker_at(lock: int, path: str) -> Reached:
    """The worker of a slot that is ours, started if need be."""
    connection = socket.socket(socket.AF_UNIX)
    with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
        connection.connect(path)
        return Reached(int(os.pread(lock, 20, 0)), True, connection, lock)
    # of a worker that was killed
    if os.path.lexists(path):
        os.unlink(path)
    # who holds the socket before the worker does can connect to it at once
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        os.chmod(path, 0o600)
        listener.listen()
        worker = _started("shared", listener)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(worker).encode(), 0)
    connection.connect(path)
    return Reached(worker, False, connection, lock)


def _started(how: str, its_end: socket.socket) -> int:
    """Start a worker with its end of a connection, or the socket that it listens at, as its third descriptor."""
    with its_end:
        return os.posix_spawn(
            sys.executable,
            # without the working directory among the places of modules
            [sys.executable, "-P", "-m", "hpotrial.workers.server", how],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, its_end.fileno(), 3),
            ],
        )


def _end_with_this(worker: int) -> None:
    """Let the signals that end this client end its worker, too; of a SIGKILL the worker learns by the connection."""

    def end(number: int, _frame: object) -> NoReturn:
        _kill(worker)
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def _kill(worker: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)


def _received(connection: socket.socket, worker: int, most_seconds: float | None = None) -> bytes:
    """What the worker says next; nothing: it is gone. Where the workflow is gone, so are both."""
    until = None if most_seconds is None else time.monotonic() + most_seconds
    connection.settimeout(LOOK_SECONDS)
    while True:
        try:
            said = connection.recv(16)
            connection.settimeout(None)
            return said
        except TimeoutError:
            if gone(os.environ.get("HPO_WORKFLOW", "")):
                _kill(worker)
                os._exit(1)
            if until is not None and time.monotonic() > until:
                raise
        except ConnectionError:
            return b""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
