"""A random forest as plain arrays: just what its predictions need, and those to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

# a node's fields that lead a row to its leaf, with types that are large enough
_ROUTE = {"left_child": "<i4", "right_child": "<i4", "feature": "<i4", "threshold": "<f8", "missing_go_to_left": "u1"}
_NO_CHILD = -1


def arrays_of(estimator: Any) -> dict[str, np.ndarray] | None:
    """The trees of a fitted ``RandomForestClassifier``; None for another kind of estimator.

    Of a node only what leads to a leaf is kept, of a leaf its class shares: scikit-learn's impurities and row counts,
    which nothing here asks for, are not.
    """
    from sklearn.ensemble import RandomForestClassifier

    if not isinstance(estimator, RandomForestClassifier) or estimator.n_outputs_ != 1:
        return None
    states = [tree.tree_.__getstate__() for tree in estimator.estimators_]
    nodes = np.concatenate([state["nodes"] for state in states])
    values = np.concatenate([state["values"] for state in states])[:, 0]
    return {
        "sizes": np.array([len(state["nodes"]) for state in states], "<i4"),
        "classes": np.asarray(estimator.classes_),
        "n_features": np.array(estimator.n_features_in_, "<i4"),
        **{name: nodes[name].astype(kind) for name, kind in _ROUTE.items()},
        "leaf_values": values[nodes["left_child"] == _NO_CHILD],
    }


class StoredForest:
    """Predicts as the forest did whose arrays these are.

    Attributes
    ----------
    classes_
        The class codes that the fitted rows held.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        from sklearn.tree._tree import NODE_DTYPE, Tree

        self.classes_ = arrays["classes"]
        n_classes = len(self.classes_)
        nodes = np.zeros(int(arrays["sizes"].sum()), NODE_DTYPE)
        for name in _ROUTE:
            nodes[name] = arrays[name]
        values = np.zeros((len(nodes), 1, n_classes))
        values[nodes["left_child"] == _NO_CHILD, 0] = arrays["leaf_values"]
        self._trees = []
        end = 0
        for size in arrays["sizes"]:
            start, end = end, end + int(size)
            tree = Tree(int(arrays["n_features"]), np.array([n_classes], np.intp), 1)
            # no tree is as deep as it has nodes
            state = {"max_depth": int(size), "node_count": int(size), "nodes": nodes[start:end]}
            tree.__setstate__({**state, "values": np.ascontiguousarray(values[start:end])})
            self._trees.append(tree)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Class shares, shape (rows, classes): the mean over the trees, summed in their order as scikit-learn does."""
        rows = np.ascontiguousarray(x, np.float32)
        total = np.zeros((len(rows), len(self.classes_)))
        for tree in self._trees:
            total += tree.predict(rows)
        return total / len(self._trees)
