"""What checking a study costs at each start, and what of it pydantic adds: its import, and building the descriptions.

Run as `python benchmarks/study_startup.py OUT.json`: CPU seconds of processes of their own, twelve of each kind, of
which the median counts. The default study and its registry are read, checked and resolved, as every job of the workflow
does.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

REPEATS = 12
# all that the configuration is checked with, but its descriptions
CHECKED_WITH = ("core.yaml_file", "datasets.kinds", "methods", "models")
WITHOUT = f"import {', '.join(f'hpotrial.{name}' for name in CHECKED_WITH)}, importlib.metadata"
PARTS = {
    "without": WITHOUT,
    "described": f"{WITHOUT}, hpotrial.study.claims",
    "checked": "from hpotrial.study import load_study, read_study_file; from hpotrial.study.claims import registry_of; "
    "registry_of(load_study(read_study_file('config/config.yaml')))",
}


def cpu_seconds(code: str) -> float:
    """CPU seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(out: Path) -> None:
    """Measure the parts in turn, so that what else the machine does falls on all of them."""
    rounds = [{name: cpu_seconds(code) for name, code in PARTS.items()} for _ in range(REPEATS)]
    seconds = {name: statistics.median(one[name] for one in rounds) for name in PARTS}
    found = {"checked_seconds": seconds["checked"], "pydantic_seconds": seconds["described"] - seconds["without"]}
    out.write_text(json.dumps(found), encoding="utf-8")
    print(", ".join(f"{name}: {value:.3f}" for name, value in found.items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
