"""A job's log: all that a process prints, TensorFlow's C++ included, goes to one file; errors also to the terminal."""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hpotrial.core.errors import HpoTrialError


@contextmanager
def logged_to(path: str | Path) -> Iterator[None]:
    """Send standard output and standard error to ``path`` while the block runs.

    An ``HpoTrialError`` ends the process with status 1 and one line, ``error: ...``, in the log and on the terminal.
    Any other exception leaves its traceback in the log, and on the terminal one line that says where to read it; an
    error of the machine (a full disk, a folder that may not be written) is named in that line.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        log = open(path, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    except OSError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        raise SystemExit(1) from None
    sys.stdout.flush()
    sys.stderr.flush()
    # at the level of file descriptors, since libraries in C++ know nothing of sys.stderr
    terminal = {stream: os.dup(stream.fileno()) for stream in (sys.stdout, sys.stderr)}
    line, story = None, ""
    told = logging.StreamHandler(log)
    told.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    try:
        logging.getLogger().setLevel(logging.INFO)
        logging.getLogger().addHandler(told)
        for stream in terminal:
            os.dup2(log.fileno(), stream.fileno())
        yield
    except HpoTrialError as error:
        line = story = f"error: {error}"
    except OSError as error:
        line, story = f"error: {error}; the whole story is in {path}", traceback.format_exc()
    except Exception as error:
        line, story = f"error: unexpected {type(error).__name__}; the whole story is in {path}", traceback.format_exc()
    finally:
        logging.getLogger().removeHandler(told)
        for stream, descriptor in terminal.items():
            # on a full disk not even the story can be told
            with suppress(OSError):
                stream.flush()
            os.dup2(descriptor, stream.fileno())
            os.close(descriptor)
        with suppress(OSError):
            log.write(story and f"{story.rstrip()}\n")
        with suppress(OSError):
            log.close()
    if line is not None:
        print(line, file=sys.stderr, flush=True)
        raise SystemExit(1)
