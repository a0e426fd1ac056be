"""Which values a hyperparameter may have, whatever the model: what would only fail in a fit is refused before any job.

The upper ends keep a slip of the pen (a batch of a billion rows, a million layers) from filling a machine's memory.
"""

from __future__ import annotations

from typing import Any

from hpotrial.core.errors import ConfigurationError

# least and greatest whole number
_WHOLE: dict[str, tuple[int, int]] = {
    "layers": (0, 100),
    "conv_layers": (1, 100),
    **dict.fromkeys(("neurons", "width_1", "width_2", "width_3"), (1, 100_000)),
    "filters": (1, 10_000),
    "kernel_size": (1, 1_000),
    "batch_size": (1, 10_000_000),
    "epochs": (1, 1_000_000),
    "n_estimators": (1, 1_000_000),
}
# least and greatest real, and whether null stands for a default
_REAL: dict[str, tuple[float, float, bool]] = {
    "dropout": (0.0, 0.99, False),
    "learning_rate": (1e-12, 1e6, True),
    "min_impurity_decrease": (0.0, 1e12, False),
    "min_weight_fraction_leaf": (0.0, 0.5, False),
    "ccp_alpha": (0.0, 1e12, False),
}
_ACTIVATIONS = (
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
    "hard_tanh", "leaky_relu",
    "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink",
    "softmax",
    "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink",
)  # fmt: skip
_WORDS: dict[str, tuple[str | None, ...]] = {
    "activation": (*_ACTIVATIONS, None),
    "activation_input": _ACTIVATIONS,
    "activation_hidden": _ACTIVATIONS,
    "optimizer": (
        "adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw", "ftrl", "lion", "nadam", "rmsprop", "sgd",
    ),
    # `torch` is PyTorch's own; see `initializers`
    "initializer": (
        "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "ones",
        "orthogonal",
        "random_normal", "random_uniform", "torch", "truncated_normal", "variance_scaling", "zeros",
    ),
}  # fmt: skip
_FLAGS = ("residual", "bootstrap")


def check_value(name: str, value: Any) -> None:
    """Look at one hyperparameter's value; a name that is not known here may have any one value.

    Raises
    ------
    ConfigurationError
        If the value is a list or a mapping, of another kind than the hyperparameter, or out of its bounds.
    """
    if isinstance(value, list | tuple | dict):
        raise ConfigurationError(f"{name} has one value, not {value!r}")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in _WHOLE:
        least, most = _WHOLE[name]
        whole = number and float(value).is_integer() and (isinstance(value, int) or name == "n_estimators")
        if not whole or not least <= value <= most:
            raise ConfigurationError(f"{name} is a whole number from {least:,} to {most:,}, not {value!r}")
    elif name in _REAL:
        low, high, or_null = _REAL[name]
        if not (or_null and value is None) and not (number and low <= value <= high):
            wanted = f"a number from {low:g} to {high:g}" + (", or null" if or_null else "")
            raise ConfigurationError(f"{name} is {wanted}, not {value!r}")
    elif name in _WORDS:
        if _spelt(name, value) not in _WORDS[name]:
            words = ", ".join("null" if word is None else word for word in _WORDS[name])
            raise ConfigurationError(f"{name} has no {value!r}; there are {words}")
    elif name in _FLAGS and not isinstance(value, bool):
        raise ConfigurationError(f"{name} is true or false, not {value!r}")


def _spelt(name: str, value: Any) -> Any:
    """A word as it is spelt here: Keras takes ``SGD`` for ``sgd``, and ``GlorotUniform`` for ``glorot_uniform``."""
    if not isinstance(value, str):
        return value
    if name == "initializer":
        return next((word for word in _WORDS[name] if word and word.title().replace("_", "") == value), value)
    return value.lower() if name == "optimizer" else value
