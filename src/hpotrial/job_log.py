"""A job's log: all that a process prints, TensorFlow's C++ included, goes to one file; errors also to the terminal."""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hpotrial.errors import HpoTrialError


@contextmanager
def logged_to(path: str | Path) -> Iterator[None]:
    """Send standard output and standard error to ``path`` while the block runs.

    An ``HpoTrialError`` ends the process with status 1 and one line, ``error: ...``, in the log and on the terminal.
    Any other exception leaves its traceback in the log, and on the terminal one line that says where to read it.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    # at the level of file descriptors, since libraries in C++ know nothing of sys.stderr
    terminal = {stream: os.dup(stream.fileno()) for stream in (sys.stdout, sys.stderr)}
    line = None
    with open(path, "w", encoding="utf-8", buffering=1) as log:
        logging.basicConfig(stream=log, level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        for stream in terminal:
            os.dup2(log.fileno(), stream.fileno())
        try:
            yield
        except HpoTrialError as error:
            line = f"error: {error}"
            print(line, file=sys.stderr)
        except Exception as error:
            traceback.print_exc()
            line = f"error: unexpected {type(error).__name__}; the whole story is in {path}"
        finally:
            for stream, descriptor in terminal.items():
                stream.flush()
                os.dup2(descriptor, stream.fileno())
                os.close(descriptor)
    if line is not None:
        print(line, file=sys.stderr, flush=True)
        raise SystemExit(1)
