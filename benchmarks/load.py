"""How the workflow's own work grows with the study: the plan, `snakemake -n` and collecting, for 100 to 10,000 runs.

Run as `make bench-load`, some minutes; writes benchmarks/load.json. Nothing is trained: the study is generated, and so
are its finished runs, of 50 trials each. Every measurement is a process of its own (its seconds, and its greatest
resident memory, that of its children included); the aim for 10,000 runs is a minute and 2 GB each.

Then Snakemake has 400 and 4,000 runs made, by a client that only touches files: what its own process takes of the
processor for each, beyond that of `snakemake -n`; the aim is 0.05 s. Arguments are numbers of runs to measure, those
of the jobs after a word `jobs`; then nothing is written.
"""

import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "benchmarks"
sys.path[:0] = [str(HERE), str(ROOT / "src"), str(ROOT / "tests" / "unit")]

from measured_processes import of_processes

from hpotrial.study import load_study

RUNS = (100, 1_000, 10_000)
JOBS = (400, 4_000)
TRIALS = 50
AIM_SECONDS, AIM_BYTES, AIM_SECONDS_A_JOB = 60.0, 2 * 10**9, 0.05
# a hundred cells, so that the seeds are a hundredth of the runs
CV = ["test", "holdout", *(f"cv{folds}" for folds in range(2, 10))]
ARMS: dict[str, dict[str, Any]] = {
    "grid_loop": {},
    **{f"tpe_{n}": {"method": "hyperopt_tpe", "max_evals": n} for n in (10, 20, 50)},
    **{f"random_{n}": {"method": "hyperopt_random", "max_evals": n} for n in (10, 20, 50)},
    **{f"optuna_{n}": {"method": "optuna_tpe", "n_trials": n} for n in (20, 50)},
    "genetic": {"population": 5},
}

PLAN = """
import sys
from pathlib import Path
from hpotrial.datasets.dataset import load_meta
from hpotrial.study.plan import make_plan
from hpotrial.study import load_study, read_study_file
meta = load_meta(Path("data/processed/table.json"))
make_plan(load_study(read_study_file("study.yaml")), {"table": meta}).to_csv(sys.argv[1], index=False)
"""
COLLECT = """
from pathlib import Path
from hpotrial.results import collect
found = collect(Path("results/load/plan.csv"), Path("results/load/runs"), Path("results/load/tables"))
assert found.ok == found.planned, found
"""

# in the client's place
TOUCH = """
import json, sys
asked = json.loads(sys.stdin.read().partition(" ")[2])
for name in ("trials_path", "outcome_path"):
    open(asked[name], "w").close()
"""
SNAKEFILE = """
include: "{root}/Snakefile"
if HPO_LOAD_TOUCHES := os.environ.get("HPO_LOAD_TOUCHES"):
    os.environ["HPO_CLIENT"] = HPO_LOAD_TOUCHES
"""


def measured(*command: str, folder: Path) -> dict[str, float]:
    """Seconds, processor seconds and greatest resident memory (bytes) of a command and its children."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with open(folder / "said.txt", "wb") as said:
        start = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)[:200]} failed:\n{(folder / 'said.txt').read_text()[-4000:]}")
    # Linux counts in kilobytes, macOS in bytes
    return {
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }


def study(runs: int) -> dict[str, Any]:
    """A study of so many runs, on a table of its own."""
    return {
        "name": "load",
        "results_dir": "results/load",
        "seeds": {"first": 0, "count": runs // (len(ARMS) * len(CV))},
        "datasets": {
            "table": {
                "kind": "csv",
                "path": "table.csv",
                "target": "kind",
                "model": "mlp",
                "space": {
                    "neurons": {"choice": [4, 8, 16]},
                    "layers": {"choice": [1, 2]},
                    "epochs": {"choice": [5, 10]},
                },
                "arms": {name: {**options, "cv": CV} for name, options in ARMS.items()},
            }
        },
    }


def write_table(path: Path) -> None:
    """A made-up table of 600 rows, five features and two classes."""
    rng = random.Random(0)
    rows = [[*(f"{rng.gauss(0, 1):.4f}" for _ in range(5)), rng.choice(("one", "other"))] for _ in range(600)]
    path.write_text("\n".join([",".join([*"abcde", "kind"]), *(",".join(row) for row in rows), ""]), encoding="utf-8")


def write_runs(config: dict[str, Any], folder: Path) -> int:
    """What every run of the study would leave behind, with random scores; returns how many there are."""
    import simulated_study

    from hpotrial.core import metrics
    from hpotrial.core.records import Cost, Trial

    rng = random.Random(0)
    runs = load_study(config).runs()
    arms = {arm.name: arm for arm in load_study(config).dataset("table").arms}
    configurations: list[dict[str, Any]] = [{"epochs": 5 + i, "layers": 1, "neurons": 4} for i in range(TRIALS)]
    measured = dict.fromkeys(metrics.NAMES, 0.5)
    simulated_study.ROWS["table"] = (360, 120, 120)
    for run in runs:
        key = vars(run) | {"cv": str(run.cv), "method": arms[run.arm].method}
        cost = Cost(3, 30, 9_000, 0.1, 0.1, 0.0)
        trials = [Trial(n, one, rng.random(), (), cost, 10) for n, one in enumerate(configurations)]
        scores = {"test": rng.random(), "audit": rng.random()}
        simulated_study.write_run(folder, key, trials, scores, measured=measured)
    return len(runs)


def of_size(runs: int, folder: Path) -> dict[str, Any]:
    """Everything that is measured for one number of runs."""
    config = study(runs)
    (folder / "study.yaml").write_text(json.dumps(config), encoding="utf-8")
    write_table(folder / "table.csv")
    python = sys.executable
    snakemake = (python, "-m", "snakemake", "--nocolor", "--snakefile", str(ROOT / "Snakefile"))
    snakemake += ("--configfile", "study.yaml")
    found = {"snakemake_n_fresh": measured(*snakemake, "-n", "--quiet", folder=folder)}
    # fetches and prepares the data, then plans
    found["snakemake_plan"] = measured(*snakemake, "--cores", "1", "--quiet", "--", "plan", folder=folder)
    found["plan_alone"] = measured(python, "-c", PLAN, "plan.csv", folder=folder)
    found["snakemake_n"] = measured(*snakemake, "-n", "--quiet", folder=folder)
    assert write_runs(config, folder / "results" / "load" / "runs") == runs
    found["collect"] = measured(python, "-c", COLLECT, folder=folder)
    return found


def jobs_of(runs: int, folder: Path) -> dict[str, float]:
    """What Snakemake takes to have so many runs made, on two cores: seconds in all, and of its own process for each."""
    (folder / "study.yaml").write_text(json.dumps(study(runs)), encoding="utf-8")
    (folder / "touch.py").write_text(TOUCH, encoding="utf-8")
    (folder / "Snakefile").write_text(SNAKEFILE.format(root=ROOT), encoding="utf-8")
    write_table(folder / "table.csv")
    snakemake = (
        sys.executable,
        "-m",
        "snakemake",
        "--nocolor",
        "--workflow-profile",
        str(ROOT / "profiles" / "default"),
    )
    snakemake += ("--configfile", "study.yaml", "--cores", "2", "--quiet")
    of_processes(folder, *snakemake, "--until", "split", "plan", "--", "all")
    touches = {"HPO_LOAD_TOUCHES": str(folder / "touch.py")}
    checked = of_processes(folder, *snakemake, "-n", "--until", "run_search", "--", "all", **touches)
    done = of_processes(folder, *snakemake, "--until", "run_search", "--", "all", **touches)
    assert len(list(folder.glob("results/load/runs/*/*/*/*/outcome.json"))) == runs
    return {
        "seconds": done["seconds"] - checked["seconds"],
        "snakemake_cpu_seconds_a_job": (done["own"] - checked["own"]) / runs,
        "job_cpu_seconds_a_job": (done["children"] - checked["children"]) / runs,
    }


def main() -> None:
    """Measure, write, print."""
    given = sys.argv[1:]
    place = given.index("jobs") if "jobs" in given else len(given)
    sizes, jobs = ([int(size) for size in part] for part in (given[:place], given[place + 1 :]))
    if not given:
        sizes, jobs = list(RUNS), list(JOBS)
    made = {}
    for runs in jobs:
        print(f"measuring {runs:,} jobs", flush=True)
        with tempfile.TemporaryDirectory() as name:
            made[str(runs)] = jobs_of(runs, Path(name))
        print({what: round(value, 4) for what, value in made[str(runs)].items()}, flush=True)
    measurements = {}
    for runs in sizes:
        print(f"measuring a study of {runs:,} runs", flush=True)
        with tempfile.TemporaryDirectory() as name:
            measurements[str(runs)] = of_size(runs, Path(name))
    results = {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
        "measured_on": time.strftime("%Y-%m-%d", time.gmtime()),
        "trials_of_a_run": TRIALS,
        "aim": {"seconds": AIM_SECONDS, "bytes": AIM_BYTES, "snakemake_cpu_seconds_a_job": AIM_SECONDS_A_JOB},
        "runs": measurements,
        "jobs": made,
    }
    report(measurements)
    if not given:
        (HERE / "load.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print("written to benchmarks/load.json")


def report(measurements: dict[str, Any]) -> None:
    """One line for each thing measured: seconds and memory as the runs grow."""
    for what in next(iter(measurements.values()), {}):
        told = [
            f"{int(runs):,} runs {of[what]['seconds']:.1f} s ({of[what]['cpu_seconds']:.1f} of the "
            f"processor) {of[what]['bytes'] / 1e6:,.0f} MB"
            for runs, of in measurements.items()
        ]
        print(f"{what:>18}: {'; '.join(told)}")


if __name__ == "__main__":
    main()
