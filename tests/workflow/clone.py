"""A clean clone of this repository to run the workflow in, as a newcomer would have it."""

import atexit
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
REAL_DATA = Path(os.environ.get("HPO_DATA_DIR") or ROOT.parent / "shared" / "data")

TINY = """
name: tiny
results_dir: results/tiny
seeds: {first: 0, count: 2}
claims: {file: tiny_claims.yaml}
datasets:
  telecust:
    model: mlp
    fixed: {layers: 1, batch_size: 64}
    space:
      neurons: {choice: [4, 8]}
      activation_input: {choice: [relu, tanh]}
      epochs: {choice: [1, 2]}
    training: {early_stopping: {patience: 1}, checkpoint: best}
    arms:
      grid_loop: {cv: [holdout]}
      sklearn_grid: {cv: [cv2], train_share: 0.5}
      sklearn_random: {n_iter: 2, cv: [cv2], repeats: 3, refits: 2}
      keras_random: {max_trials: 2, cv: [test]}
      keras_hyperband: {max_epochs: 2, factor: 3, tune: all, cv: [holdout]}
      hyperopt_tpe: {max_evals: 2, cv: [holdout]}
"""

# not of any document: what a tiny study can be asked
TINY_CLAIMS = """
margins: {score: 0.02}
claims:
  loop_beats_tpe:
    sources: [000_f3a99df5210ceb51.txt]
    statement: {en: The loop beats TPE., es: El bucle supera a TPE.}
    kind: superiority
    a: telecust/grid_loop/holdout
    b: telecust/hyperopt_tpe/holdout
    scores: {documented: test, audited: audit}
  loop_costs_more:
    sources: [001_e98495d060a60266.txt]
    statement: {en: The loop costs more., es: El bucle cuesta más.}
    kind: ratio
    a: telecust/grid_loop/holdout
    b: telecust/hyperopt_tpe/holdout
    cost: trials
    expected: {at_least: 2}
  grid_of_eight:
    sources: [002_b84cecdcf0c4c695.txt]
    statement: {en: The grid has eight combinations., es: La rejilla tiene ocho combinaciones.}
    kind: count
    quantity: trials
    of: telecust/sklearn_grid/cv2
    expected: {equal: 8}
"""


def snakemake(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a folder, in a process that need not import it; all that it says is the text ``stdout``."""
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as said:
        asked = {
            "arguments": ["--nocolor", *arguments],
            "environment": _environment(variables),
            "folder": str(folder),
            "said": said.name,
        }
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        return subprocess.CompletedProcess(asked["arguments"], status, said.read())


@cache
def _server() -> "subprocess.Popen[str]":
    path = Path(__file__).with_name("snakemake_server.py")
    started = subprocess.Popen([sys.executable, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    # its input ends, and with it the process
    atexit.register(started.communicate)
    return started


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    data_dir = str(REAL_DATA) if REAL_DATA.is_dir() else ""
    environment = {**os.environ, "HPO_DATA_DIR": data_dir, **variables}
    environment.pop("PYTHONPATH", None)
    return environment


@dataclass(frozen=True)
class Clone:
    """A clone, and how to run Snakemake in it."""

    folder: Path

    def snakemake(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake with more environment variables; all that it says is the text ``stdout``."""
        return snakemake(self.folder, *arguments, **variables)

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        """Start Snakemake so, in a process like any other, and do not wait for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--nocolor", *arguments],
            cwd=self.folder,
            env=_environment(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def would_run(self, config: str, *arguments: str, **variables: str) -> dict[str, int]:
        """How many jobs of each rule a run would start now."""
        return self.dry_run(config, *arguments, **variables)[0]

    def searches(self, config: str) -> set[str]:
        """The arms whose searches would run now."""
        return self.dry_run(config)[1]

    def dry_run(self, config: str, *arguments: str, **variables: str) -> tuple[dict[str, int], set[str]]:
        """What a run would start now: how many jobs of each rule, and searches of which arms."""
        done = self.snakemake("--configfile", config, "-n", *arguments, **variables)
        assert done.returncode == 0, done.stdout
        table = re.search(r"Job stats:\n.*\n[- ]+\n((?:\w+ +\d+\n)+)", done.stdout)
        jobs = {name: int(count) for name, count in re.findall(r"(\w+) +(\d+)", table[1])} if table else {}
        return jobs, set(re.findall(r": search \w+/(\w+)/", done.stdout))

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file, which must be there."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")


def make_clone(folder: Path) -> Clone:
    """Clone the last commit; ``tiny.yaml`` and its claims are all that is added."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True)
    (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (folder / "tiny_claims.yaml").write_text(TINY_CLAIMS, encoding="utf-8")
    return Clone(folder)


def tables_without_times(folder: Path) -> dict[str, bytes]:
    """Every table of trials, runs, arms and steps in a folder as bytes, without the columns of seconds."""
    told = {"completeness.json": (folder / "completeness.json").read_bytes()}
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.parquet")]):
        csv = path.suffix == ".csv"
        table = pd.read_csv(path, dtype=str, keep_default_na=False) if csv else pd.read_parquet(path)
        kept = table.drop(columns=[name for name in table.columns if name.endswith("_seconds")])
        told[path.name] = kept.to_csv(index=False, float_format="%.17g").encode()
    return told
