"""One written space is one space: every library draws the same values, with the same shares."""

import hashlib
import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hpotrial.core.space import Configuration, Hyperparameter, Space, canonical

DRAWS = 3_000
# of a few hundred tests, none should fail by chance
LEVEL = 1e-6
RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]

WRITTEN: dict[str, Any] = {
    "optimizer": {"choice": ["adam", "sgd"]},
    "learning_rate": {"choice": RATES, "when": {"optimizer": ["sgd"]}},
    "nesterov": {"choice": [True, False], "when": {"optimizer": ["sgd"]}},
    "damping": {"int": {"low": 1, "high": 3}, "when": {"nesterov": [True]}},
    "units": {"int": {"low": 1, "high": 100, "log": True}},
    "width": {"int": {"low": 3, "high": 5, "log": True}, "when": {"optimizer": ["adam"]}},
    "depth": {"int": {"low": -2, "high": 2}},
    "neurons": {"int": {"low": 8, "high": 32, "step": 8}},
    "dropout": {"float": {"low": 0.1, "high": 0.9, "step": 0.2}},
    "decay": {"float": {"low": 0.001, "high": 1.0, "log": True}},
    "momentum": {"float": {"low": 0.5, "high": 0.99}},
}
SPACE = Space.from_config(WRITTEN)

Draw = Callable[[Space, int], Iterator[Configuration]]


def scikit_learn(space: Space, draws: int) -> Iterator[Configuration]:
    from sklearn.model_selection import ParameterSampler

    from hpotrial.search.adapters.scikit_learn import distributions

    for drawn in ParameterSampler(distributions(space), draws, random_state=0):
        yield space.activate(drawn)


def hyperopt(space: Space, draws: int) -> Iterator[Configuration]:
    from hyperopt.pyll import stochastic

    from hpotrial.search.adapters.hyperopt import from_hyperopt, hyperopt_space

    points, rng = hyperopt_space(space), np.random.default_rng(0)
    for _ in range(draws):
        yield from_hyperopt(space, stochastic.sample(points, rng))


def keras_tuner(space: Space, draws: int) -> Iterator[Configuration]:
    from keras_tuner import HyperParameters, Objective
    from keras_tuner.oracles import RandomSearchOracle

    from hpotrial.search.adapters.keras_tuner import keras_tuner_configuration

    oracle = RandomSearchOracle(objective=Objective("score", "max"), max_trials=draws, seed=1)
    declared = HyperParameters()
    keras_tuner_configuration(space, declared)
    oracle.update_space(declared)
    for number in range(draws):
        drawn = oracle.get_space()
        drawn.values = oracle.populate_space(str(number))["values"]
        yield keras_tuner_configuration(space, drawn)


def optuna(sampler: Any, space: Space, draws: int) -> Iterator[Configuration]:
    import optuna

    from hpotrial.search.adapters.optuna import optuna_configuration

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=sampler)
    for _ in range(draws):
        yield optuna_configuration(space, study.ask())


def optuna_random(space: Space, draws: int) -> Iterator[Configuration]:
    from optuna.samplers import RandomSampler

    return optuna(RandomSampler(seed=0), space, draws)


def optuna_tpe_startup(space: Space, draws: int) -> Iterator[Configuration]:
    from optuna.samplers import TPESampler

    return optuna(TPESampler(seed=0, n_startup_trials=draws, multivariate=True), space, draws)


def genetic(space: Space, draws: int) -> Iterator[Configuration]:
    from hpotrial.search.adapters.deap import drawing_from
    from hpotrial.search.genome import Genome

    genome = Genome(space)
    with drawing_from(random.Random(0)):
        yield from [genome.configuration(genome.draw()) for _ in range(draws)]


def tpot(space: Space, draws: int) -> Iterator[Configuration]:
    from hpotrial.search.adapters.tpot import configspace, drawn_configuration
    from hpotrial.search.genome import Genome

    genome = Genome(space)
    points = configspace(genome)
    points.seed(0)
    for drawn in points.sample_configuration(draws):
        yield drawn_configuration(genome, drawn)


LIBRARIES = [scikit_learn, hyperopt, keras_tuner, optuna_random, genetic, tpot]
each_library = pytest.mark.parametrize("draw", LIBRARIES, ids=lambda draw: draw.__name__)


@cache
def drawn_by(draw: Draw) -> list[Configuration]:
    if draw is tpot:
        pytest.importorskip("tpot")
    return list(draw(SPACE, DRAWS))


def shares(h: Hyperparameter) -> dict[Any, float]:
    """What each value, or each of ten bins of a continuous domain, should be drawn with, written out anew."""
    ((kind, said),) = [(k, v) for k, v in WRITTEN[h.name].items() if k != "when"]
    if kind == "choice":
        return {value: 1 / len(said) for value in said}
    low, high = said["low"], said["high"]
    if kind == "float" and "step" not in said:
        return dict.fromkeys(range(10), 0.1)
    if said.get("log"):
        whole = math.log((high + 0.5) / (low - 0.5))
        return {k: math.log((k + 0.5) / (k - 0.5)) / whole for k in range(low, high + 1)}
    values = [round(low + i * said.get("step", 1), 9) for i in range(round((high - low) / said.get("step", 1)) + 1)]
    return {value: 1 / len(values) for value in values}


def counted(h: Hyperparameter, value: Any) -> Any:
    """The key of ``shares`` that a value belongs to."""
    ((kind, said),) = [(k, v) for k, v in WRITTEN[h.name].items() if k != "when"]
    if kind != "float":
        return value
    if "step" in said:
        return round(value, 9)
    scale = math.log if said.get("log") else float
    low, high, at = (scale(x) for x in (said["low"], said["high"], value))
    return min(int((at - low) / (high - low) * 10), 9)


@each_library
def test_each_library_draws_a_hyperparameter_uniformly_from_its_domain_given_that_it_is_active(
    draw: Draw,
) -> None:
    drawn = drawn_by(draw)
    assert len(drawn) == DRAWS
    wrong = []
    for h in SPACE.hyperparameters:
        active = [c for c in drawn if h.active(c)]
        assert all((h.name in c) == h.active(c) for c in drawn)
        assert len(active) > DRAWS / 5
        expected, found = shares(h), Counter(counted(h, c[h.name]) for c in active)
        assert set(found) <= set(expected), (h.name, set(found) - set(expected))
        p = stats.chisquare([found[v] for v in expected], [len(active) * s for s in expected.values()]).pvalue
        if p < LEVEL:
            top = next(iter(expected))
            wrong.append(f"{h.name}: share of {top} is {found[top] / len(active):.3f}, not {expected[top]:.3f}")
    assert not wrong, "; ".join(wrong)


@each_library
def test_hyperparameters_are_drawn_independently(draw: Draw) -> None:
    drawn = drawn_by(draw)
    for a, b in itertools.combinations([h for h in SPACE.hyperparameters if not h.when], 2):
        found = Counter((counted(a, c[a.name]), counted(b, c[b.name])) for c in drawn)
        expected = {(x, y): p * q for x, p in shares(a).items() for y, q in shares(b).items()}
        common = {key: share for key, share in expected.items() if share * DRAWS >= 5}
        rare = 1 - sum(common.values())
        observed = [found[key] for key in common]
        told = [DRAWS * share for share in common.values()]
        if rare > 1e-9:
            observed, told = [*observed, DRAWS - sum(observed)], [*told, DRAWS * rare]
        assert stats.chisquare(observed, told).pvalue > LEVEL, (a.name, b.name)


@each_library
def test_both_ends_of_a_stepped_domain_are_drawn_as_they_are_written(draw: Draw) -> None:
    values = next(h.domain for h in SPACE.hyperparameters if h.name == "dropout").grid()
    assert values is not None
    assert (values[0], values[-1]) == (0.1, 0.9)
    assert {c["dropout"] for c in drawn_by(draw)} == set(values)


def test_tpe_starts_with_the_random_samplers_draws() -> None:
    assert list(optuna_tpe_startup(SPACE, 100)) == list(optuna_random(SPACE, 100))


CHOICES = Space.from_config(
    {
        "layers": {"choice": [1, 2]},
        "neurons": {"choice": [16, 64]},
        "activation_input": {"choice": ["relu", "tanh"]},
        "learning_rate": {"choice": RATES},
        "batch_size": {"choice": [16, 32, 64]},
    }
)
# of the first thirty draws, as they have been since before spaces had one prior
DIGESTS = {
    "scikit_learn": "21d2926ed3d0ea12",
    "hyperopt": "a382aa0bf114021a",
    "keras_tuner": "869b9c985044db5b",
    "optuna_random": "e602e81806e5fae4",
    "genetic": "b3a5b77960564df8",
    "tpot": "c2bc98356848414f",
}


@each_library
def test_a_space_of_choices_keeps_its_draws(draw: Draw) -> None:
    if draw is tpot:
        pytest.importorskip("tpot")
    text = "".join(canonical(configuration) for configuration in draw(CHOICES, 30))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == DIGESTS[draw.__name__]
