"""What a command takes of the clock and of the processor, its own process and its children apart."""

import os
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def of_processes(folder: Path, *command: str, **variables: str) -> dict[str, float]:
    """Seconds of a command in a folder: on the clock, of its own process, and of those that it or they have waited for.

    ``variables`` are added to its environment. One that fails ends this program with the end of what it said.
    """
    start = time.monotonic()
    with open(folder / "said.txt", "wb") as said:
        environment = {**os.environ, **variables}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    seconds = time.monotonic() - start
    if process.wait() != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{(folder / 'said.txt').read_text()[-4000:]}")
    own, children = ((int(fields[i]) + int(fields[i + 1])) / TICKS for i in (11, 13))
    return {"seconds": seconds, "own": own, "children": children}
