"""A study as a whole, today's code against that of an earlier commit, in turn on one machine.

Run as `python benchmarks/whole_study.py [STUDY [ROUNDS [BEFORE]]]`. STUDY is `reduced` (telecust's main arms with three
seeds and the quick study's MNIST: minutes; the default), `quick` or `default`; ROUNDS (1) is how often each side runs;
BEFORE is the commit (e5f5531). Leave the machine alone meanwhile. Adds to benchmarks/whole_study.json, prints a table.

The study is that commit's file for both sides, and all that `make` does after set-up: plan, runs, tables, verdicts,
figures, report and its page, in a fresh copy with empty caches; HPO_DATA_DIR says where raw files are. The last commit
runs it twice: with `fits: own`, where each run makes all of its fits as that commit's did, and with fits shared. Both
sides run on this Python and its packages, of which the two commits name the same versions.
"""

import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from measured_processes import of_processes

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "e5f5531"
SIDES = ("before", "own", "shared")
REPORT = "report/report.html"


def text_of(commit: str, path: str) -> str:
    """A file of the repository at a commit."""
    return subprocess.run(
        ["git", "show", f"{commit}:{path}"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def study_of(name: str, commit: str) -> dict[str, Any]:
    """The study that both sides run, as the earlier commit has it."""
    default, quick = (yaml.safe_load(text_of(commit, f"config/{file}.yaml")) for file in ("config", "quick"))
    if name == "reduced":
        datasets = {"telecust": default["datasets"]["telecust"], "mnist_small": quick["datasets"]["mnist_small"]}
        study = {**default, "seeds": {**default["seeds"], "count": 3}, "datasets": datasets}
        study.pop("replicate", None)
    else:
        study = {"default": default, "quick": quick}[name]
    claims = {"file": "config/claims.yaml", "absent": "leave_out"}
    return {**study, "name": "whole", "results_dir": "results/whole", "claims": claims}


def commands(side: str) -> list[tuple[str, ...]]:
    """What `make` starts for a study, in its order."""
    python, cores = sys.executable, str(os.cpu_count())
    if side != "before":
        return [(python, "-m", "hpotrial.cli", "run", "--configfile", "whole.yaml", "--cores", cores)]
    snakemake = (python, "-m", "snakemake", "--configfile", "whole.yaml")
    return [
        (python, "-m", "hpotrial.study", "whole.yaml"),
        (*snakemake, "--cores", cores, "--", "plan"),
        (python, "-m", "hpotrial.plan", "results/whole/plan.csv"),
        (*snakemake, "--cores", cores),
        (*snakemake, "--report", f"results/whole/{REPORT}", "--quiet", "all"),
    ]


def measured(side: str, study: dict[str, Any], commit: str) -> dict[str, float]:
    """One side: seconds of the clock, of the processor, and of the processor in training."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "copy")
        git = ["git", "clone", "--quiet", "--no-hardlinks", "--no-checkout", str(ROOT), str(folder)]
        subprocess.run(git, check=True)
        subprocess.run(["git", "checkout", "--quiet", commit], cwd=folder, check=True)
        written = study if side == "before" else {**study, "fits": side}
        (folder / "whole.yaml").write_text(json.dumps(written), encoding="utf-8")
        variables = {"PYTHONPATH": str(folder / "src")}
        parts = [of_processes(folder, *command, **variables) for command in commands(side)]
        assert (folder / "results" / "whole" / REPORT).is_file()
        return {
            "wall_seconds": sum(part["seconds"] for part in parts),
            **processor_seconds(folder, sum(part["own"] + part["children"] for part in parts), side),
        }


def processor_seconds(folder: Path, of_commands: float, side: str) -> dict[str, float]:
    """Seconds of the processor: in all, and in training; workers are no command's children, and tell of themselves."""
    tables = [*(folder / "logs" / "benchmarks").rglob("*.tsv")] if side != "before" else []
    rows = [next(csv.DictReader(path.open(encoding="utf-8"), delimiter="\t")) for path in tables]
    files = list((folder / "results" / "whole" / "runs").rglob("outcome.json"))
    outcomes = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    # a run is charged for all its fits: what it made itself is the share of the clock that it spent on those
    shares = [one.get("spent_seconds", one["wall_seconds"]) / (one["wall_seconds"] or 1.0) for one in outcomes]
    spent = [share * one["cpu_seconds"] for share, one in zip(shares, outcomes, strict=True)]
    # the plan is no worker's, so that its table is of a command's child
    workers = sum(float(row["cpu_time"]) for path, row in zip(tables, rows, strict=True) if path.stem != "plan")
    return {"cpu_seconds": of_commands + workers, "training_seconds": sum(spent), "runs": len(outcomes)}


def main() -> None:
    """Measure the sides in turn, write, print."""
    given = sys.argv[1:]
    name, rounds, before = (*given, *("reduced", "1", BEFORE)[len(given) :])
    study = study_of(name, before)
    found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for _ in range(int(rounds)):
        for side in SIDES:
            found[side].append(measured(side, study, before if side == "before" else "HEAD"))
            print(side, {what: round(value, 1) for what, value in found[side][-1].items()}, flush=True)
    ratios = {
        f"{side}_{what}": sum(one[what] for one in found["before"]) / sum(one[what] for one in found[side])
        for side in SIDES[1:]
        for what in ("wall_seconds", "cpu_seconds")
    }
    path = ROOT / "benchmarks" / "whole_study.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    told[name] = {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
        "measured_on": time.strftime("%Y-%m-%d", time.gmtime()),
        "before": before,
        "sides": found,
        "times_as_fast": ratios,
    }
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    for what, ratio in ratios.items():
        print(f"{what:>22}: {ratio:.2f} times less than at {before}")


if __name__ == "__main__":
    main()
