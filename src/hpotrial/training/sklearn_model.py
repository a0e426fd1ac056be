"""A scikit-learn classifier as the rest of the library fits a model: metered, in epochs, predicting probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.recfunctions import repack_fields

from hpotrial.training.fit_record import Arrays, FitRecord
from hpotrial.training.metering import FittedModel

# a tree node's fields that lead a row to its leaf
_ROUTE = ["left_child", "right_child", "feature", "threshold", "missing_go_to_left"]


@dataclass(frozen=True)
class FitHistory:
    """What Keras's ``History`` is to the meter: the numbers of the epochs trained, and their logs (none here)."""

    epoch: list[int]
    history: dict[str, list[float]] = field(default_factory=dict)


class SklearnModel(FittedModel):
    """An unfitted scikit-learn classifier with ``fit`` and ``predict`` as a Keras model has them.

    Parameters
    ----------
    estimator : sklearn.base.ClassifierMixin
        The classifier; its parameter ``epochs_name`` says how long a fit trains.
    epochs_name : str
        Such as ``n_estimators``: a tree of a forest counts as an epoch.
    n_classes : int
        Labels are codes 0 to ``n_classes - 1``, whether or not the fitted rows hold them all.
    """

    def __init__(self, estimator: Any, epochs_name: str, n_classes: int) -> None:
        self.estimator, self.epochs_name, self.n_classes = estimator, epochs_name, n_classes
        self.history: FitHistory | None = None
        self._fitted: Any = estimator

    def _last_epoch(self, arguments: Mapping[str, Any]) -> int:
        asked = arguments.get("epochs")
        return int(self.estimator.get_params(deep=False)[self.epochs_name] if asked is None else asked)

    def _fit(self, x: Any, y: Any, epochs: int | None = None, **_: Any) -> FitHistory:
        if epochs is not None:
            self.estimator.set_params(**{self.epochs_name: epochs})
        self.estimator.fit(_as_table(x), y)
        self._fitted = self.estimator
        self.history = FitHistory(list(range(self._last_epoch({}))))
        return self.history

    def _changed(self) -> list[np.ndarray]:
        return []

    def _state(self) -> Arrays | None:
        from sklearn.ensemble import RandomForestClassifier

        return arrays_of(self.estimator) if isinstance(self.estimator, RandomForestClassifier) else None

    def _replay(self, record: FitRecord, arguments: Mapping[str, Any]) -> FitHistory:
        if error := record.error():
            raise error
        self.history = FitHistory(list(record.epochs))
        return self.history

    def put_state(self, state: Arrays) -> None:
        """Predict as the forest that had this state."""
        self._fitted = StoredForest(state)

    def _predict(self, x: Any, **_: Any) -> np.ndarray:
        # 0 for a class that the fitted rows did not hold
        known = self._fitted.predict_proba(_as_table(x))
        probabilities = np.zeros((len(known), self.n_classes))
        probabilities[:, self._fitted.classes_] = known
        return probabilities


def _as_table(x: Any) -> np.ndarray:
    rows = np.asarray(x)
    return rows.reshape(len(rows), -1)


def arrays_of(forest: Any) -> dict[str, np.ndarray]:
    """What the predictions of a fitted ``RandomForestClassifier`` need: its trees' nodes, without impurities."""
    trees = [tree.tree_ for tree in forest.estimators_]
    return {
        "sizes": np.array([tree.node_count for tree in trees]),
        "nodes": repack_fields(np.concatenate([tree.__getstate__()["nodes"][_ROUTE] for tree in trees])),
        "values": np.concatenate([tree.value for tree in trees]),
        "classes": forest.classes_,
        "n_features": np.array(forest.n_features_in_),
    }


class StoredForest:
    """Predicts to the last bit as the forest did whose ``arrays_of`` these are.

    Attributes
    ----------
    classes_ : numpy.ndarray
        The class codes that the fitted rows held.
    """

    def __init__(self, arrays: Arrays) -> None:
        from sklearn.tree._tree import NODE_DTYPE, Tree

        self.classes_ = arrays["classes"]
        nodes = np.zeros(len(arrays["nodes"]), NODE_DTYPE)
        nodes[_ROUTE] = arrays["nodes"]
        self._trees = []
        ends = np.cumsum(arrays["sizes"])
        for start, end in zip([0, *ends], ends, strict=False):
            tree = Tree(int(arrays["n_features"]), np.array([len(self.classes_)], np.intp), 1)
            # no tree is as deep as it has nodes
            size = {"max_depth": end - start, "node_count": end - start}
            tree.__setstate__({**size, "nodes": nodes[start:end], "values": arrays["values"][start:end]})
            self._trees.append(tree)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Class shares, shape (rows, classes): the mean over the trees, summed in their order as scikit-learn does."""
        rows = np.ascontiguousarray(x, np.float32)
        total = np.zeros((len(rows), len(self.classes_)))
        for tree in self._trees:
            total += tree.predict(rows)
        return total / len(self._trees)
