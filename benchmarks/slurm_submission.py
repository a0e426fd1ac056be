"""What a short run costs on Slurm beside its work: in groups, as a job array, and submitted one at a time.

Run as `python benchmarks/slurm_submission.py` where Debian's Slurm packages are; it takes some minutes. It starts the
cluster of the tests (tests/slurm/cluster.py) and searches telecust with a small network, in one clone, in every way: 40
runs, 4 where each is a Slurm job. Writes benchmarks/slurm_submission.json, prints a table.

Processor time is what counts: Snakemake's own, all that accounting charged to the jobs, and what workers tell of
themselves in logs/benchmarks. Where all nodes share one small machine, wall time shows little more; on a cluster the
wait in the queue comes on top, once for each Slurm job.
"""

import csv
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "slurm"), str(ROOT / "tests" / "workflow")]

from clone import REAL_DATA, Clone, make_clone
from cluster import Cluster

STUDY = """
name: short
results_dir: results/short
seeds: {first: 0, count: 40}
datasets:
  telecust:
    model: mlp
    fixed: {layers: 1, batch_size: 64, epochs: 1}
    space: {neurons: {choice: [4, 8]}}
    arms:
      grid_loop: {cv: [holdout]}
"""
SLURM = ("--profile", "plain")
GROUPS = (*SLURM, "--groups", "run_search=few", "--group-components")
# how many runs, and how
WAYS = {
    "local": (40, ("--cores", "2")),
    "in a group of 40": (40, (*GROUPS, "few=40")),
    "in groups of 10": (40, (*GROUPS, "few=10")),
    "as a job array": (4, (*SLURM, "--slurm-array-jobs", "run_search")),
    "one at a time": (4, SLURM),
}


def seconds(total_cpu: str) -> float:
    """Processor time as accounting writes it, ``[[days-]hours:]minutes:seconds``, in seconds."""
    days, _, clock = total_cpu.rpartition("-")
    total = 24.0 * int(days or 0)
    for part, factor in zip(reversed(clock.split(":")), (1 / 3600, 1 / 60, 1.0), strict=False):
        total += factor * float(part)
    return 3600 * total


def plain_profile(clone: Clone) -> None:
    """The repository's profile for Slurm without what it says of arrays and groups."""
    profile = yaml.safe_load((clone.folder / "slurm" / "config.yaml").read_text(encoding="utf-8"))
    kept = {key: value for key, value in profile.items() if "group" not in key and "array" not in key}
    (clone.folder / "plain").mkdir()
    (clone.folder / "plain" / "config.yaml").write_text(yaml.safe_dump(kept), encoding="utf-8")


def measure(clone: Clone, cluster: Cluster, runs: int, arguments: tuple[str, ...]) -> dict[str, Any]:
    """One way: wall and processor seconds, and how many Slurm jobs it took."""
    for made in ("results/short", "logs/benchmarks/short"):
        shutil.rmtree(clone.folder / made, ignore_errors=True)
    before = len(cluster.history())
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--configfile", "short.yaml", *arguments, "--", *outcomes(runs)],
        cwd=clone.folder,
        env={**cluster.environment, "HPO_DATA_DIR": str(REAL_DATA) if REAL_DATA.is_dir() else ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    told = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if status:
        sys.exit(f"error: {' '.join(arguments)}: snakemake failed\n{told[-3000:]}")
    time.sleep(3)  # accounting hears of the last job a moment later
    jobs = cluster.history()[before:]
    tables = list((clone.folder / "logs/benchmarks/short/runs").rglob("*.tsv"))
    assert len(tables) == runs
    used = [next(csv.DictReader(path.open(encoding="utf-8"), delimiter="\t")) for path in tables]
    cpu = {
        "snakemake_cpu_seconds": usage.ru_utime + usage.ru_stime,
        "job_cpu_seconds": sum(seconds(job["TotalCPU"]) for job in jobs),
        "worker_cpu_seconds": sum(float(row["cpu_time"]) for row in used),
    }
    each = sum(cpu.values()) / runs
    return {"runs": runs, "slurm_jobs": len(jobs), "wall_seconds": wall, **cpu, "cpu_seconds_a_run": each}


def outcomes(runs: int) -> list[str]:
    """The files of so many runs."""
    return [f"results/short/runs/telecust/grid_loop/holdout/seed{seed}/outcome.json" for seed in range(runs)]


def main() -> None:
    """Measure every way, write, print."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as name:
        cluster = Cluster.create(Path(name, "cluster"), nodes=2)
        cluster.start()
        try:
            clone = make_clone(Path(name, "repository"))
            (clone.folder / "short.yaml").write_text(STUDY, encoding="utf-8")
            plain_profile(clone)
            # data, splits and compiled programs are there before
            ready = clone.snakemake("--cores", "2", "--configfile", "short.yaml", "--", *outcomes(40))
            assert ready.returncode == 0, ready.stdout
            ways = {}
            for way, (runs, arguments) in WAYS.items():
                ways[way] = measure(clone, cluster, runs, arguments)
                print(way, ways[way], flush=True)
        finally:
            cluster.stop()
    for measured in ways.values():
        measured["beyond_local"] = measured["cpu_seconds_a_run"] - ways["local"]["cpu_seconds_a_run"]
    results = {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "nodes": "2 of 1 CPU, on this machine"},
        "measured_on": time.strftime("%Y-%m-%d", time.gmtime()),
        "ways": ways,
    }
    (ROOT / "benchmarks" / "slurm_submission.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"{'':18}{'runs':>6}{'Slurm jobs':>11}{'wall s':>8}{'CPU s a run':>13}{'beyond local':>14}")
    for way, one in ways.items():
        print(f"{way:18}{one['runs']:6}{one['slurm_jobs']:11}{one['wall_seconds']:8.0f}"
              f"{one['cpu_seconds_a_run']:13.2f}{one['beyond_local']:14.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
