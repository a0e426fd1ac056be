"""A small problem in which every row says which part of the split it belongs to."""

from pathlib import Path
from typing import Any

import numpy as np

from hpotrial.core.configuration import Arm, EarlyStopping, Training
from hpotrial.core.cv_setting import CvSetting
from hpotrial.datasets.splits import Split
from hpotrial.runs.run import RunRequest, make_problem
from hpotrial.search import Problem

N_CLASSES = 3
SPACE = {
    "neurons": {"choice": [4, 6]},
    "activation_input": {"choice": ["relu", "tanh"]},
    "batch_size": {"choice": [16]},
    "epochs": {"choice": [1, 3]},
}
FOREST_SPACE = {
    "n_estimators": {"choice": [2, 4]},
    "max_depth": {"choice": [2, None]},
    "criterion": {"choice": ["gini", "entropy"]},
}
# for each model that the methods are tried on: its space, and what is fixed
MODELS: dict[str, dict[str, Any]] = {
    "mlp": {"space": SPACE, "fixed": {"layers": 0}},
    "random_forest": {"space": FOREST_SPACE, "fixed": {}},
}
TRAIN, TEST, AUDIT = 0.0, 1.0, 2.0


def marked_rows() -> tuple[np.ndarray, np.ndarray, Split]:
    """150 rows of three classes that overlap; the last column is 0 in training, 1 in test and 2 in audit rows.

    Scaling on training rows leaves the mark as it is, since it is constant there.
    """
    rng = np.random.default_rng(7)
    y = np.tile(np.arange(N_CLASSES, dtype=np.int32), 50)
    X = rng.normal(size=(len(y), 4)).astype(np.float32) + y[:, None]
    rows = rng.permutation(len(y))
    split = Split(train=np.sort(rows[:90]), test=np.sort(rows[90:120]), audit=np.sort(rows[120:]))
    mark = np.zeros(len(y), np.float32)
    mark[split.test], mark[split.audit] = TEST, AUDIT
    return np.column_stack([X, mark]), y, split


def marked_problem(method: str, cv: str, *, seed: int = 0, model: str = "mlp", **changes: Any) -> Problem:
    """The problem that a run of ``method`` on the marked rows is given, by default with a Keras model."""
    X, y, split = marked_rows()
    settings = {**MODELS[model], "training": Training("compiled", EarlyStopping(2), "best"), **changes}
    arm = Arm(method, method, options={}, model=model, **settings)
    request = RunRequest(arm, "marked", CvSetting(cv), seed, 0.2, *[Path("nowhere")] * 5)
    return make_problem(request, X, y, split, N_CLASSES)
