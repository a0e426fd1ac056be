"""scikit-learn's random forest: what document 002 tunes by four methods.

That document's ``max_features='auto'`` left scikit-learn in version 1.3; for classifiers it meant ``sqrt``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hpotrial.core.errors import ConfigurationError
from hpotrial.models.hyperparameters import Flag, Hyperparameter, Real, Whole

LIBRARY = "sklearn"
# a tree is one pass over as many rows as the training set has
EPOCHS = "n_estimators"

HYPERPARAMETERS: dict[str, Hyperparameter] = {
    "n_estimators": Whole(100, least=1, most=1_000_000, or_float=True),
    "criterion": Hyperparameter("gini"),
    "max_depth": Hyperparameter(None),
    "max_features": Hyperparameter("sqrt"),
    "min_samples_leaf": Hyperparameter(1),
    "min_samples_split": Hyperparameter(2),
    "min_weight_fraction_leaf": Real(0.0, least=0.0, most=0.5),
    "max_leaf_nodes": Hyperparameter(None),
    "min_impurity_decrease": Real(0.0, least=0.0, most=1e12),
    "bootstrap": Flag(True),
    "max_samples": Hyperparameter(None),
    "class_weight": Hyperparameter(None),
    "ccp_alpha": Real(0.0, least=0.0, most=1e12),
}

# scikit-learn's own message lists them in an order that differs from process to process
_WORDS = {
    "criterion": ("gini", "entropy", "log_loss"),
    "max_features": ("sqrt", "log2"),
    "class_weight": ("balanced", "balanced_subsample"),
}
# counts only, where scikit-learn takes no fraction; hyperopt's quniform draws whole numbers as floats
_COUNTS = ("n_estimators", "max_depth", "max_leaf_nodes")
# counts, or fractions where they are reals
_NUMBERS = (*_COUNTS, "max_features", "max_samples", "min_samples_leaf", "min_samples_split")


def build(configuration: Mapping[str, Any], input_shape: tuple[int, ...], n_classes: int) -> Any:
    """An unfitted ``RandomForestClassifier`` that works in one thread; its seed is set by who fits it.

    Parameters
    ----------
    configuration : mapping
        A value for each of ``HYPERPARAMETERS``. ``min_samples_leaf`` and ``min_samples_split`` are counts where
        they are integers and fractions of the rows where they are floats, as in scikit-learn; a whole number in a
        float becomes an integer for ``n_estimators``, ``max_depth`` and ``max_leaf_nodes``.
    input_shape, n_classes : tuple of int, int
        Shape of one example; number of classes. A forest finds both out by itself.

    Raises
    ------
    ConfigurationError
        As ``check`` does.
    """
    from sklearn.ensemble import RandomForestClassifier

    check(configuration)
    values = {name: configuration[name] for name in HYPERPARAMETERS}
    for name in _COUNTS:
        if isinstance(values[name], float):
            values[name] = int(values[name])
    return RandomForestClassifier(**values, n_jobs=1)


def check(configuration: Mapping[str, Any]) -> None:
    """Look at values before anything is fitted; hyperparameters that ``configuration`` lacks are not looked at.

    Raises
    ------
    ConfigurationError
        If a word is not one of scikit-learn's (for ``max_features: auto``, with what replaces it), a count is a
        float that is not a whole number, or something else than a number is given for one. What scikit-learn takes of
        these is seen in the fit: a documented domain may begin at 0.
    """
    if configuration.get("max_features") == "auto":
        raise ConfigurationError(
            "random_forest: max_features 'auto' no longer exists in scikit-learn; for classifiers it meant 'sqrt': "
            "write sqrt"
        )
    for name, words in _WORDS.items():
        value = configuration.get(name)
        wrong = value not in words if isinstance(value, str) else name == "criterion" and name in configuration
        if wrong or (name == "class_weight" and not isinstance(value, str | None)):
            raise ConfigurationError(f"random_forest: {name} has no {value!r}; there are {', '.join(words)}")
    for name in _COUNTS:
        value = configuration.get(name)
        if isinstance(value, float) and not value.is_integer():
            raise ConfigurationError(
                f"random_forest: {name} is a whole number or null, not {value!r}: give a step of 1"
            )
    for name in _NUMBERS:
        value = configuration.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if not (number or value is None or (isinstance(value, str) and name in _WORDS)):
            raise ConfigurationError(f"random_forest: {name} is a number of 0 or more, not {value!r}")
