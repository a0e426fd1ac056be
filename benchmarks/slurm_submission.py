"""What a short run costs on Slurm beside its work: submitted one at a time, as a job array, and in groups.

Run as `python benchmarks/slurm_submission.py` where Debian's Slurm packages are; it takes some minutes. It starts the
cluster of the tests (tests/slurm/cluster.py) and draws 8 splits of telecust in every way, each a second of work, in
one clone. Writes benchmarks/slurm_submission.json, prints a table.

Processor time is what counts: Snakemake's own, and all that accounting charged to the jobs. Where all nodes share one
small machine, wall time shows little more; on a cluster the wait in the queue comes on top, once for each Slurm job.
"""

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

RUNS = 8
SPLITS = [f"data/splits/telecust/seed{seed}.npz" for seed in range(RUNS)]
SLURM = ("--profile", "plain")
WAYS = {
    "local": ("--cores", "2"),
    "groups of 8": (*SLURM, "--groups", "split=few", "--group-components", "few=8"),
    "groups of 4": (*SLURM, "--groups", "split=few", "--group-components", "few=4"),
    "job array": (*SLURM, "--slurm-array-jobs", "split"),
    "one at a time": SLURM,
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


def measure(clone: Clone, cluster: Cluster, arguments: tuple[str, ...]) -> dict[str, Any]:
    """One way: wall and processor seconds, and how many Slurm jobs it took."""
    shutil.rmtree(clone.folder / "data" / "splits", ignore_errors=True)
    before = len(cluster.history())
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml", *arguments, "--", *SPLITS],
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
    return {
        "slurm_jobs": len(jobs),
        "wall_seconds": wall,
        "snakemake_cpu_seconds": usage.ru_utime + usage.ru_stime,
        "job_cpu_seconds": sum(seconds(job["TotalCPU"]) for job in jobs),
    }


def main() -> None:
    """Measure every way, write, print."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as name:
        cluster = Cluster.create(Path(name, "cluster"), nodes=2)
        cluster.start()
        try:
            clone = make_clone(Path(name, "repository"))
            plain_profile(clone)
            ready = clone.snakemake("--cores", "2", "--configfile", "tiny.yaml", "--", *SPLITS)
            assert ready.returncode == 0, ready.stdout
            ways = {}
            for way, arguments in WAYS.items():
                ways[way] = measure(clone, cluster, arguments)
                print(way, ways[way], flush=True)
        finally:
            cluster.stop()
    local = ways["local"]["snakemake_cpu_seconds"]
    for measured in ways.values():
        cpu = measured["snakemake_cpu_seconds"] + measured["job_cpu_seconds"]
        measured["cpu_seconds_per_run_beyond_local"] = (cpu - local) / RUNS
    results = {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "nodes": "2 of 1 CPU, on this machine"},
        "measured_on": time.strftime("%Y-%m-%d", time.gmtime()),
        "runs": RUNS,
        "ways": ways,
    }
    (ROOT / "benchmarks" / "slurm_submission.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"{'':15}{'Slurm jobs':>11}{'wall s':>8}{'CPU s':>8}{'CPU s per run beyond local':>28}")
    for way, measured in ways.items():
        cpu = measured["snakemake_cpu_seconds"] + measured["job_cpu_seconds"]
        print(f"{way:15}{measured['slurm_jobs']:11}{measured['wall_seconds']:8.0f}{cpu:8.0f}"
              f"{measured['cpu_seconds_per_run_beyond_local']:28.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
