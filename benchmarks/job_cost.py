"""What a run costs beside its training, with warm workers and with a process for each run, both in one call.

Run as `python benchmarks/job_cost.py [SEEDS [TRIVIAL]]`; writes benchmarks/job_cost.json, prints a table. Five arms of
the default study's telecust with SEEDS seeds each (10), and TRIVIAL runs (400; a tenth of them without workers) of a
forest of two trees, whose work is next to nothing: what is left is what Snakemake and its jobs take. Data and splits
are made before.

Counted is time of the processor: Snakemake's own process, jobs (a shell, then a client), and workers as they tell in
logs/benchmarks. A worker's start counts for the run that started it. The rest of the table is wall time, on two cores.
"""

import csv
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from measured_processes import of_processes

ROOT = Path(__file__).resolve().parents[1]
ARMS = {"telecust": {"sklearn_random_10": "cv3", "grid_loop": "test", "keras_hyperband": "test",
                     "hyperopt_tpe": "holdout"}, "telecust_equal_budget": {"genetic": "holdout"}}  # fmt: skip
# what leads to the searches
OTHERS = ("split", "plan")


def default_arms(seeds: int, workers: str) -> dict[str, Any]:
    """Some arms of the default study."""
    study = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    datasets = {}
    for name, arms in ARMS.items():
        entry = study["datasets"][name]
        datasets[name] = {**entry, "arms": {arm: {**entry["arms"][arm], "cv": [cv]} for arm, cv in arms.items()}}
    return {**named("arms", seeds, workers), "datasets": datasets}


def trivial(runs: int, workers: str) -> dict[str, Any]:
    """A study of runs that make one fit of a small forest, on the rows of five splits."""
    space = {"n_estimators": {"choice": [2]}, "max_depth": {"choice": [2]}}
    arms = {f"arm_{i}": {"method": "grid_loop", "cv": ["holdout"]} for i in range(runs // 5)}
    entry = {"kind": "telecust", "model": "random_forest", "space": space, "arms": arms}
    return {**named("trivial", 5, workers), "datasets": {"telecust": entry}}


def named(name: str, seeds: int, workers: str) -> dict[str, Any]:
    """What every study says."""
    seeds_of = {"first": 20, "count": seeds}
    return {"name": name, "results_dir": f"results/{name}", "workers": workers, "seeds": seeds_of}


def measured(study: dict[str, Any], folder: Path) -> dict[str, float]:
    """The searches of a study, by Snakemake on two cores: seconds in all, and of the processor for each run."""
    (folder / "study.yaml").write_text(json.dumps(study), encoding="utf-8")
    snakemake = [sys.executable, "-m", "snakemake", "--nocolor", "--snakefile", str(ROOT / "Snakefile"), "--quiet"]
    snakemake += ["--configfile", "study.yaml", "--cores", "2"]
    of_processes(folder, *snakemake, "--until", *OTHERS)
    checked = of_processes(folder, *snakemake, "-n", "--until", "run_search")
    done = of_processes(folder, *snakemake, "--until", "run_search")
    files = sorted((folder / "results" / study["name"] / "runs").rglob("outcome.json"))
    outcomes = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    tables = sorted((folder / "logs" / "benchmarks" / study["name"] / "runs").rglob("*.tsv"))
    used = [next(csv.DictReader(path.open(encoding="utf-8"), delimiter="\t")) for path in tables]
    assert len(used) == len(outcomes) > 0
    runs = len(outcomes)
    worker = sum(float(row["cpu_time"]) for row in used)
    training = sum(outcome["cpu_seconds"] for outcome in outcomes)
    found = {
        "runs": runs,
        "wall_seconds": done["seconds"] - checked["seconds"],
        "snakemake_cpu_a_run": (done["own"] - checked["own"]) / runs,
        "job_cpu_a_run": (done["children"] - checked["children"]) / runs,
        "worker_cpu_a_run": worker / runs,
        "training_cpu_a_run": training / runs,
        "cpu_beyond_training_a_run": (worker - training + done["children"] - checked["children"]) / runs,
        "share_of_training": training / (worker + done["children"] - checked["children"]),
        "greatest_megabytes": max(float(row["max_rss"]) for row in used),
    }
    print(study["name"], study["workers"], {name: round(value, 3) for name, value in found.items()}, flush=True)
    return found


def main() -> None:
    """Measure, write, print."""
    given = [int(argument) for argument in sys.argv[1:]]
    seeds, runs = (*given, *(10, 400)[len(given) :])
    found: dict[str, dict[str, dict[str, float]]] = {"arms": {}, "trivial": {}}
    for workers in ("shared", "none"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            found["arms"][workers] = measured(default_arms(seeds, workers), folder)
            found["trivial"][workers] = measured(trivial(runs if workers == "shared" else runs // 10, workers), folder)
    for study, ways in found.items():
        for what in ways["shared"]:
            print(f"{study:>8} {what:>26}: {ways['shared'][what]:10.3f} shared, {ways['none'][what]:10.3f} none")
    results = {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
        "measured_on": time.strftime("%Y-%m-%d", time.gmtime()),
        **found,
    }
    (ROOT / "benchmarks" / "job_cost.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
