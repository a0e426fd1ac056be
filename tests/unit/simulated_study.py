"""A SIMULATED study on disk: random numbers in the shape of the run artefacts, for tests of what comes after the runs.

Nothing in it was trained. Its provenance says so, so that no page made from it can be taken for a result.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from hpotrial.core import parquet, paths
from hpotrial.core.columns import recorded, row, to_json
from hpotrial.core.configuration import Arm
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.files import write_json
from hpotrial.core.packing import packed_counts, packed_rows
from hpotrial.core.records import Cost, Generation, Repeat, RightRows, RunRecord, Trial, tables
from hpotrial.core.space import canonical

GRID = [
    {"learning_rate": lr, "neurons": neurons, "batch_size": batch}
    for lr in (0.1, 0.01)
    for neurons in (64, 128)
    for batch in (64, 128)
]
ARMS = {
    "telecust": {
        "grid_loop": ("grid_loop", 64, ("test", "holdout")),
        "sklearn_grid": ("sklearn_grid", 64, ("cv3", "cv5")),
        "sklearn_random_10": ("sklearn_random", 10, ("cv3", "cv5")),
        "sklearn_random_40": ("sklearn_random", 40, ("cv3", "cv5")),
        "keras_random": ("keras_random", 10, ("test", "holdout")),
        "keras_random_full": ("keras_random_full", 10, ("test", "holdout")),
        "keras_hyperband": ("keras_hyperband", 30, ("test", "holdout")),
        "hyperopt_tpe": ("hyperopt_tpe", 20, ("holdout", "cv5")),
        "genetic": ("genetic", 30, ("holdout", "cv5")),
    },
    "mnist": {
        "grid_loop": ("grid_loop", 8, ("test", "holdout")),
        "sklearn_random": ("sklearn_random", 5, ("cv3",)),
        "keras_random": ("keras_random", 5, ("test",)),
        "hyperopt_tpe": ("hyperopt_tpe", 10, ("test", "holdout")),
    },
}
CENTRE = {"telecust": 0.39, "mnist": 0.965}
ROWS = {"telecust": (640, 160, 200), "mnist": (60000, 5000, 5000)}


def write(
    root: Path,
    *,
    seeds: int = 3,
    datasets: tuple[str, ...] = ("telecust", "mnist"),
    standin: tuple[str, ...] = (),
    seed_of_simulation: int = 7,
) -> Path:
    """Write `plan.csv`, `runs/` and `study.json` below `root`; returns `root`."""
    rng = np.random.default_rng(seed_of_simulation)
    plan = []
    for dataset in datasets:
        for arm, (method, n_trials, cvs) in ARMS[dataset].items():
            for cv in cvs:
                for seed in range(seeds):
                    key = {"dataset": dataset, "arm": arm, "method": method, "cv": cv, "seed": seed}
                    plan.append(key | _write_run(root / "runs", key, n_trials, dataset in standin, rng))
    root.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(plan).sample(frac=1, random_state=1).to_csv(root / "plan.csv", index=False)
    (root / "study.json").write_text(json.dumps(_study(seeds, datasets, standin), indent=1))
    return root


def _write_run(runs: Path, key: dict, n_trials: int, standin: bool, rng: np.random.Generator) -> dict:
    folds = CvSetting(key["cv"]).folds
    n_train = ROWS[key["dataset"]][0]
    epochs = 5 if key["dataset"] == "mnist" else int(rng.integers(20, 60))
    spread = 0.004 if key["dataset"] == "mnist" else 0.03
    grid = GRID if key["dataset"] == "mnist" else [{"layers": 1 + n % 2, "neurons": 16 * n} for n in range(1, 9)]
    scores = CENTRE[key["dataset"]] + rng.normal(0, spread, n_trials)
    seconds = rng.uniform(0.1, 0.2, n_trials)
    trials = [
        Trial(
            number,
            grid[number % len(grid)],
            float(scores[number]),
            (),
            Cost(folds, folds * epochs, folds * epochs * n_train, float(seconds[number]), 0.1, 0.05),
            5 if key["dataset"] == "mnist" else 100,
        )
        for number in range(n_trials)
    ]
    generations = _generations(key, scores) if key["method"] == "genetic" else []
    centre = CENTRE[key["dataset"]]
    test, audit = centre + spread + rng.normal(0, spread / 2), centre + rng.normal(0, spread / 2)
    write_run(runs, key, trials, {"test": float(test), "audit": float(audit)}, standin, generations)
    cost = sum((trial.cost for trial in trials), Cost())
    return {"trials": n_trials, "fits": cost.fits, "epochs": cost.epochs, "examples": cost.examples, "seconds": 10.0}


def write_run(
    runs: Path,
    key: dict,
    trials: list[Trial],
    scores: dict[str, float],
    standin: bool = False,
    generations: Sequence[Generation] = (),
    measured: dict[str, float] | None = None,
) -> None:
    """Write the trials and the record of a run that ended well; what a record holds is read off a simulated run."""
    cost = sum((trial.cost for trial in trials), Cost())
    total = cost.wall_seconds
    cost = replace(cost, cpu_seconds=total, compile_seconds=total)
    best = max(trials, key=lambda trial: trial.score)
    different = len({canonical(trial.configuration) for trial in trials})
    run = SimpleNamespace(
        request=SimpleNamespace(
            dataset=key["dataset"],
            arm=Arm(key["arm"], key["method"], {}, "mlp", {}, {}),
            cv=key["cv"],
            seed=key["seed"],
            holdout_size=0.2,
        ),
        data=SimpleNamespace(standin=standin, sha256="0" * 64),
        split=SimpleNamespace(
            **{part: range(rows) for part, rows in zip(("train", "test", "audit"), ROWS[key["dataset"]], strict=True)}
        ),
        problem=SimpleNamespace(folds=[None] * CvSetting(key["cv"]).folds, space=SimpleNamespace(size=8)),
        ended=SimpleNamespace(status="ok", message=""),
        rounded=lambda count: count(SimpleNamespace(trials=trials)),
        trials_asked=len(trials),
        configurations=different,
        rungs=None,
        cost=cost,
        spent_seconds=total,
        generations=tuple(generations),
        searches=[
            SimpleNamespace(
                repeat=Repeat(
                    0, best.configuration, best.score, scores["test"], scores["audit"], len(trials), different, cost
                )
            )
        ],
        configuration=best.configuration,
        selection_score=best.score,
        score=scores.get,
        metrics={"test": measured, "audit": measured}.get,
        right=_right(key),
        startup_seconds=total,
        job_seconds=total + 8,
        search_seconds=total + 5,
        split_sha256="0" * 64,
        code="simulated",
        versions={"python": "3.11.2", "simulated": "0"},
    )
    record = recorded(RunRecord, run)
    folder = runs / paths.run_id(key)
    columns, same = tables()["trials"], row(record)
    parquet.write(parquet.table(columns, [same | row(trial) for trial in trials]), folder / "trials.parquet")
    write_json(folder / "outcome.json", to_json(record))


def _right(key: dict) -> RightRows:
    """What one model got right of rows that lie one after another, as a seed of their own has it."""
    rng, (first, n_test, n_audit) = np.random.default_rng(key["seed"]), ROWS[key["dataset"]]
    rows = {"test": np.arange(first, first + n_test), "audit": np.arange(first + n_test, first + n_test + n_audit)}
    packed = {f"{part}_rows": packed_rows(numbers) for part, numbers in rows.items()}
    for part, numbers in rows.items():
        packed[f"{part}_right"] = packed_counts(rng.integers(0, 2, len(numbers)), 1)
    return RightRows(models=1, **packed)


def _generations(key: dict, scores: np.ndarray, size: int = 5) -> list[Generation]:
    """The trials cut into generations of one size, which shrink towards their mean; the last seed ends early."""
    made = []
    for number in range(len(scores) // size - (key["seed"] == 2)):
        told = scores[number * size :][:size]
        spread = float(told.std() / (1 + number))
        made.append(Generation(number, float(told.max()), float(told.mean()), spread, 0.8 / (1 + number)))
    return made


def _study(seeds: int, datasets: tuple[str, ...], standin: tuple[str, ...]) -> dict:
    space = {"layers": {"choice": [1, 2]}, "learning_rate": {"float": {"low": 0.0001, "high": 0.1, "log": True}}}
    training = {"engine": "compiled", "early_stopping": {"patience": 10}, "checkpoint": "best"}
    return {
        "name": "simulated-not-a-result",
        "seeds": list(range(seeds)),
        "datasets": [
            {
                "spec": {"name": name, "kind": name, "keys": {}},
                "test_size": 0.2,
                "audit_size": 0.2,
                "holdout_size": 0.2,
                "train_rows": None,
                "left_out": {"absent_arm": "it is simulated"},
                "arms": [
                    {"name": arm, "method": method, "cv": list(cvs), "options": {"n_iter": trials}}
                    | {"model": "mlp", "fixed": {"optimizer": "adam"}, "metric": "accuracy", "epoch_budget": None}
                    | {"space": space, "training": training, "refit": False}
                    for arm, (method, trials, cvs) in ARMS[name].items()
                ],
            }
            for name in datasets
        ],
        "libraries": {"mlp": "keras"},
        "provenance": {
            name: {
                "name": name,
                "kind": name,
                "standin": name in standin,
                "source": "random numbers, for tests of the report",
                "licence": "none needed",
                "sha256": "0" * 64,
                "n_rows": sum(ROWS[name]),
                "n_features": 11,
                "classes": ["a", "b"],
                "feature_names": None,
                "documented_train_rows": 60000 if name == "mnist" else None,
                "documented_table": "documented_mnist.csv" if name == "mnist" else None,
            }
            for name in datasets
        },
    }
