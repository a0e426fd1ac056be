"""Seconds of a whole `GridSearchCV` with five folds: this project's estimator beside plain SciKeras.

Run as `python benchmarks/grid_search_speed.py ours|plain OUT.json`. Ours runs the default study's whole grid, compiling
included, with nothing in any cache; plain SciKeras would take the best part of an hour for that, so it runs four of its
corners, in which every value occurs twice, and both are compared in fits per second.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from hpotrial.training import runtime

runtime.configure(None)

import numpy as np
import yaml
from corners import FOUR_CORNERS
from measured_data import telecust_rows
from sklearn.model_selection import GridSearchCV

from hpotrial.core.configuration import Arm
from hpotrial.core.cv_setting import CvSetting
from hpotrial.search.folds import divide
from hpotrial.search.problem import Problem

SPACE = yaml.safe_load(Path("config/config.yaml").read_text(encoding="utf-8"))["datasets"]["telecust"]["space"]


def ours() -> dict[str, Any]:
    """The whole grid through the study's own method file."""
    from hpotrial.methods.sklearn_grid import SklearnGrid

    X, y, *_ = telecust_rows()
    folds = divide(CvSetting("cv5"), y, 160, holdout_size=0.2, seed=0)
    problem = Problem(
        X=X, y=y, folds=folds, n_train=len(y), n_classes=4, seed=0, capacity=len(y) + 160, validates_in_fit=False,
        arm=Arm("grid", "sklearn_grid", {}, "mlp", {"optimizer": "adam"}, SPACE),
    )  # fmt: skip
    started = time.perf_counter()
    SklearnGrid().search(problem)
    seconds = time.perf_counter() - started
    return {"fits": problem.meter.total.fits, "epochs": problem.meter.total.epochs, "seconds": seconds,
            "compile_seconds": problem.meter.total.compile_seconds}  # fmt: skip


def plain() -> dict[str, Any]:
    """Four corners of the grid as a notebook would write it."""
    import keras
    from scikeras.wrappers import KerasClassifier

    def build(layers: int, neurons: int, activation_input: str, activation_hidden: str) -> keras.Model:
        model = keras.Sequential([keras.Input((11,)), keras.layers.Dense(neurons, activation=activation_input)])
        for _ in range(layers):
            model.add(keras.layers.Dense(neurons, activation=activation_hidden))
        model.add(keras.layers.Dense(4, activation="softmax"))
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    X, y, *_ = telecust_rows()
    names = ("layers", "neurons", "activation_input", "activation_hidden")
    classifier = KerasClassifier(model=build, verbose=0, epochs=1, batch_size=32, **dict.fromkeys(names))
    grid = [{name: [value] for name, value in corner.items()} for corner in FOUR_CORNERS]
    started = time.perf_counter()
    search = GridSearchCV(classifier, grid, cv=divide(CvSetting("cv5"), y, 160, holdout_size=0.2, seed=0)).fit(X, y)
    seconds = time.perf_counter() - started
    epochs = 5 * sum(c["epochs"] for c in FOUR_CORNERS) + search.best_params_["epochs"]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    return {"fits": 5 * len(FOUR_CORNERS) + 1, "epochs": epochs, "seconds": seconds}


if __name__ == "__main__":
    result = {"ours": ours, "plain": plain}[sys.argv[1]]()
    Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")
