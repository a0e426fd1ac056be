"""The share of a job's time that passes before its first fit.

Run as `python benchmarks/job_startup.py OUT.json`: a run of the default study (telecust, `sklearn_random_10`, cv5, seed
0) in processes of its own, once to fill the cache of programs, then three times.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ARM, CV = "sklearn_random_10", "cv5"

JOB = f"""
import json, sys
from pathlib import Path
import yaml
from hpotrial.core.cv_setting import CvSetting
from hpotrial.runs.run import RunRequest, execute
from hpotrial.study import load_study
folder = Path(sys.argv[1])
dataset = load_study(yaml.safe_load(Path("config/config.yaml").read_text())).dataset("telecust")
arm = dataset.arm("{ARM}")
outcome = execute(RunRequest(
    arm, "telecust", CvSetting("{CV}"), 0, dataset.holdout_size, folder / "data.npz", folder / "data.json",
    folder / "split.npz", folder / "trials.parquet", folder / "outcome.json", cache_dir=folder / "cache"))
"""


def main(out: Path) -> None:
    """Prepare the data, run the job four times, keep the last three."""
    from measured_data import load

    from hpotrial.datasets import dataset, splits

    data = load("telecust")
    outcomes = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset.save(data, folder / "data.npz", folder / "data.json")
        splits.save(splits.draw(data, seed=0), folder / "split.npz")
        for _ in range(4):
            subprocess.run([sys.executable, "-c", JOB, str(folder)], check=True)
            outcomes.append(json.loads((folder / "outcome.json").read_text(encoding="utf-8")))
    startup, job = (statistics.median(o[key] for o in outcomes[1:]) for key in ("startup_seconds", "job_seconds"))
    result = {"job": f"telecust, {ARM}, {CV}, {outcomes[-1]['fits']} fits, programs cached", "share": startup / job,
              "startup_seconds": startup, "job_seconds": job,
              "training_seconds": statistics.median(o["wall_seconds"] for o in outcomes[1:]),
              "compile_seconds": statistics.median(o["compile_seconds"] for o in outcomes[1:])}  # fmt: skip
    out.write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
