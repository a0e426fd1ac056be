"""All randomness of a study: every stream of random numbers by name; no other module makes a generator or a seed.

Almost everything follows from a run's seed, here by one function for each use. What is no run's (a stand-in's rows,
the resamples of a bootstrap) has a constant of its own. ``docs/randomness.md`` tells them in the order of a study. A
number here is part of every result: a new use takes a new stream, and an old one stays as it is.
"""

from __future__ import annotations

import random
import zlib
from typing import Literal

import numpy as np

# the draws of rows that a run's seed makes: each has its own stream, so that none is the echo of another
_ROWS = {"audit": 0, "test": 1, "rest": 2, "train_share": 3}
# the stream beside those of a run's further searches
_SEARCH = 4

# of a synthetic telecust table; chosen for a logistic regression near the real table's 0.412
SYNTHETIC_CUSTOMERS = 7
# of the configurations that the plan averages a large space over
PRICING = 0
# of the trees of a functional analysis of variance
IMPORTANCE = 0
# of the registries that the verdicts' calibration draws
CALIBRATION = 0


def generator(seed: int) -> np.random.Generator:
    """NumPy's generator of a seed."""
    return np.random.default_rng(seed)


def of_rows(seed: int, draw: Literal["audit", "test", "rest", "train_share"], *fold: int) -> int:
    """The seed of one draw of rows.

    Parameters
    ----------
    seed : int
        The run's.
    draw : str
        ``audit`` and ``test`` rows of a split, the ``rest`` that ``train_rows`` leaves out of it, or the rows of a fold
        that an arm's ``train_share`` keeps.
    *fold : int
        The number of the fold, for ``train_share``.
    """
    return _number([seed, _ROWS[draw], *fold])


def of_folds(seed: int) -> int:
    """The seed that divides a run's training rows, into folds or a holdout: the run's own."""
    return seed


def of_search(seed: int, repeat: int = 0) -> int:
    """The seed below 2^31 of what a search draws: the run's own, and for its further searches one of a stream."""
    return _number([seed, _SEARCH, repeat]) % 2**31 if repeat else seed


def of_keras_tuner(search_seed: int) -> int:
    """The seed of a search by KerasTuner, which takes 0 for no seed; other libraries are given the search's own."""
    return search_seed + 1


def of_python(search_seed: int) -> random.Random:
    """Python's generator of a search's seed, from which DEAP breeds."""
    return random.Random(search_seed)


def of_fit(seed: int, configuration: str, labels: np.ndarray | None = None, refit: int = 0) -> int:
    """The seed of a fit; it does not depend on what ran before.

    Parameters
    ----------
    seed : int
        The run's, or of a documented row the number of the fit.
    configuration : str
        What is fitted, as its canonical text: two architectures must not start from the same weights.
    labels : ndarray of shape (rows,), optional
        Class codes of the fitted rows in their order, so that folds differ.
    refit : int
        Of several fits of one selection on all training rows the number, from 0; the first is as any other fit.
    """
    parts = [configuration.encode()]
    if labels is not None:
        parts.append(np.ascontiguousarray(labels, dtype=np.int32).tobytes())
    return _number([seed, *map(zlib.crc32, parts), *([refit] if refit else [])])


def of_weights_and_order(fit_seed: int) -> tuple[int, int]:
    """The two seeds of a network's fit: of its first weights, and of the order of its rows."""
    weights, order = np.random.SeedSequence(fit_seed).generate_state(2)
    return int(weights), int(order)


def of_each_weight(weight_seed: int, count: int) -> list[int]:
    """A seed below 2^31 for each of a network's weights, and for each layer's generator of dropout."""
    return [int(state % 2**31) for state in np.random.SeedSequence(weight_seed).generate_state(count)]


def of_epoch(order_seed: int, epoch: int) -> np.random.Generator:
    """What shuffles the rows of one epoch of a compiled fit."""
    return np.random.default_rng([order_seed, epoch])


def of_stock_training(order_seed: int) -> int:
    """The seed below 2^31 of Keras's global generators, from which its own ``fit`` shuffles."""
    return order_seed % 2**31


def of_stock_dropout(order_seed: int, layer: int) -> int:
    """The seed below 2^31 of the generator of one dropout layer, where Keras's own ``fit`` trains."""
    return _number([order_seed, layer]) % 2**31


def _number(entropy: list[int]) -> int:
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])
