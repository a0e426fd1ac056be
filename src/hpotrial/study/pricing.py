"""Seconds of a run: what it asks for, times the rates of one machine.

A fit of a Keras model takes, for every example and epoch, three times the multiply-adds of its way forwards (forwards,
gradients of the weights, gradients of the layers' inputs), and beside that a fixed time for every batch. A forest's
tree sorts its rows for every feature it looks at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log2
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import yaml

from hpotrial import models
from hpotrial.core import seeds
from hpotrial.core.space import Choice, Domain, Space, Value, canonical
from hpotrial.datasets.dataset import DatasetMeta
from hpotrial.study import Arm
from hpotrial.training.layer_forms import FEW_ROWS, activation_group

RATES_FILE = Path(__file__).with_name("rates.yaml")
# a model that nobody has measured yet is priced as this one
USUAL_MODEL = "mlp"
# configurations of a large or continuous space that an average is taken over
SAMPLE = 256
PASSES = 3
# these change how long a program runs, not which program is compiled
_NOT_COMPILED_IN = ("epochs", "learning_rate", "initializer")


@dataclass(frozen=True)
class Work:
    """What one run asks for; ``capacity`` is the number of rows that its programs have room for."""

    trials: int
    fits: int
    epochs: int
    examples: int
    capacity: int


def seconds_of(work: Work, arm: Arm, space: Space, settled: Mapping[str, Any], facts: DatasetMeta) -> float:
    """Seconds of one run on one core.

    Parameters
    ----------
    work
        What the run asks for.
    arm
        Its arm, of which the model and the engine matter.
    space, settled
        The space that is searched, and a value for every hyperparameter that is not.
    facts
        The shape and the classes of the data.

    Raises
    ------
    ConfigurationError
        If the model cannot take such examples.
    """
    library = models.library(arm.model)
    startup, by_model = rates()["startup"][library], rates()["models"]
    if library == "sklearn":
        rate = by_model[arm.model]
        rows = work.examples / max(work.epochs, 1)
        return (
            startup
            + work.fits * rate["fit"]
            + work.epochs * rate["tree"]
            + work.examples * log2(max(rows, 2)) * rate["row"]
        )
    rate = by_model[arm.model if arm.model in by_model else USUAL_MODEL][arm.training.engine]
    configurations = sample(space)
    complete = [{**settled, **configuration} for configuration in configurations]
    shape, classes, model = example_shape(facts), len(facts.classes), models.load(arm.model)
    multiply_adds = fmean(model.multiply_adds(c, shape, classes) for c in complete)
    batches = fmean(1 / c["batch_size"] for c in complete)
    shares = work.capacity <= FEW_ROWS
    return (
        startup
        + min(work.trials, len({_program(c, shares) for c in configurations})) * rate["program"]
        + work.fits * rate["fit"]
        + work.examples * (batches * rate["step"] + PASSES * multiply_adds * rate["multiply_add"])
    )


def example_shape(facts: DatasetMeta) -> tuple[int, ...]:
    """Shape of one example: (features,), or (height, width) of an image."""
    return facts.image_shape or (facts.n_features,)


def sample(space: Space) -> list[dict[str, Value]]:
    """Every configuration of a small space; ``SAMPLE`` of a large or continuous one, always the same."""
    if not _is_large(space):
        return list(space.grid())
    rng = seeds.generator(seeds.PRICING)
    return [space.activate({h.name: _drawn(h.domain, rng) for h in space.hyperparameters}) for _ in range(SAMPLE)]


def _is_large(space: Space) -> bool:
    size = 1
    for h in space.hyperparameters:
        values = h.domain.count()
        size *= SAMPLE + 1 if values is None else values
    return size > SAMPLE


def _drawn(domain: Domain, rng: np.random.Generator) -> Value:
    count = domain.count()
    if count is not None:
        return domain.value(int(rng.integers(count)))
    assert not isinstance(domain, Choice)
    if domain.log:
        value = float(np.exp(rng.uniform(np.log(domain.low), np.log(domain.high))))
    else:
        value = float(rng.uniform(domain.low, domain.high))
    return round(value) if domain.kind is int else value


def _program(configuration: Mapping[str, Value], shares: bool) -> str:
    """Text that is equal for configurations that share a program."""
    told: dict[str, Any] = {name: v for name, v in configuration.items() if name not in _NOT_COMPILED_IN}
    for name, value in told.items():
        number = activation_group(value) if name.startswith("activation") and isinstance(value, str) else None
        if shares and number is not None:
            told[name] = number
    return canonical(told)


@cache
def rates() -> dict[str, Any]:
    """The measured rates: ``startup`` by library, and those of each model, of a Keras model by engine."""
    return yaml.safe_load(RATES_FILE.read_text(encoding="utf-8"))
