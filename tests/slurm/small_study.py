"""A study of six small searches, of networks and of forests, in a clean clone; and its tables without times."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from clone import REAL_DATA, ROOT, Clone, make_clone, tables_without_times
from cluster import Cluster

STUDY = """
name: small
results_dir: results/small
seeds: {first: 0, count: 1}
datasets:
  telecust:
    model: mlp
    fixed: {layers: 1, batch_size: 64}
    space: {neurons: {choice: [4, 8]}, epochs: {choice: [1, 2]}}
    arms:
      grid_loop: {cv: [holdout]}
      keras_random: {max_trials: 2, cv: [holdout]}
  telecust_forest:
    kind: telecust
    model: random_forest
    space: {max_depth: {choice: [2, 4]}, n_estimators: {choice: [5]}}
    arms:
      grid_loop: {cv: [holdout]}
      sklearn_grid: {cv: [cv2]}
      sklearn_random: {n_iter: 2, cv: [cv2]}
      hyperopt_tpe: {max_evals: 2, cv: [holdout]}
"""
RUNS = {
    "telecust/grid_loop/holdout/seed0",
    "telecust/keras_random/holdout/seed0",
    "telecust_forest/grid_loop/holdout/seed0",
    "telecust_forest/sklearn_grid/cv2/seed0",
    "telecust_forest/sklearn_random/cv2/seed0",
    "telecust_forest/hyperopt_tpe/holdout/seed0",
}
TABLES = "results/small/tables/arms.html"


# all clones of a session are of one commit, whatever is committed meanwhile: the tables tell the code's fingerprint
COMMIT = subprocess.run(
    ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.strip()


def small_clone(folder: Path) -> Clone:
    """A clone of the last commit, with the study as ``small.yaml``."""
    clone = make_clone(folder)
    subprocess.run(["git", "checkout", "--quiet", COMMIT], cwd=clone.folder, check=True)
    (clone.folder / "small.yaml").write_text(STUDY, encoding="utf-8")
    return clone


def on_slurm(clone: Clone, cluster: Cluster, *arguments: str, study: str = "small.yaml") -> "subprocess.Popen[str]":
    """Start ``snakemake --profile slurm`` in a clone; what it says goes to ``slurm.out`` there."""
    data_dir = str(REAL_DATA) if REAL_DATA.is_dir() else ""
    environment = {**cluster.environment, "HPO_DATA_DIR": data_dir}
    environment.pop("PYTHONPATH", None)
    with (clone.folder / "slurm.out").open("w", encoding="utf-8") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--nocolor", "--profile", "slurm", "--configfile", study, *arguments],
            cwd=clone.folder, env=environment, stdout=out, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip


def said(clone: Clone) -> str:
    """What the last run on Slurm said."""
    return (clone.folder / "slurm.out").read_text(encoding="utf-8", errors="replace")


def searched(text: str) -> list[str]:
    """The runs whose search a run of Snakemake started, in that order, one for each attempt."""
    return re.findall(r"search (telecust\S+/seed\d+);", text)


def without_times(clone: Clone) -> dict[str, bytes]:
    """Every table of the study as bytes, without the columns of seconds."""
    return tables_without_times(clone.folder / "results" / "small" / "tables")


def missing(clone: Clone) -> Sequence[str]:
    """What the tables say is missing."""
    told = json.loads((clone.folder / "results" / "small" / "tables" / "completeness.json").read_text())
    return told["missing"]
