"""Seconds of a run: what it asks for, times the rates of one machine, or those of one measured fit.

A fit of a Keras model takes, for every example and epoch, three times the multiply-adds of its way forwards (forwards,
gradients of the weights, gradients of the layers' inputs), and beside that a fixed time for every batch. A forest's
tree sorts its rows for every feature it looks at.

A model without rates in ``rates.yaml`` is fitted once, in a process of its own, since the plan imports no TensorFlow:
its rates are those of its library's usual model, as much higher or lower as its epoch was. A model that does not count
its multiply-adds is built there, and they are counted from its layers. What was found is kept below ``.cache/``.
"""

import hashlib
import json
import os
import subprocess
import sys
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
from hpotrial.core import provenance, seeds
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.files import read_json, write_json
from hpotrial.core.space import Choice, Domain, Space, Value, canonical
from hpotrial.datasets.dataset import DatasetMeta
from hpotrial.study import Arm
from hpotrial.training.layer_forms import FEW_ROWS, activation_group
from hpotrial.training.runtime import TRAINING_ENVIRONMENT
from hpotrial.training.updates import FEW_WEIGHTS, TOGETHER

RATES_FILE = Path(__file__).with_name("rates.yaml")
# whose rates are scaled for a model that has none
USUAL_MODELS = {"keras": "mlp", "sklearn": "random_forest"}
# by its name only: what the plan imports has no TensorFlow
MEASURING = "hpotrial.training.measuring"
# rows of a fit that is measured, at most; epochs of two fits of which the difference counts
MEASURED_ROWS, MEASURED_EPOCHS = 1_000, (1, 6)
# architectures that are built to count their multiply-adds, at most; the average is over them
MAX_COUNTED = 32
# configurations of a large or continuous space that an average is taken over
SAMPLE = 256
PASSES = 3
# these change how long a program runs, not which program is compiled
_NOT_COMPILED_IN = ("epochs", "learning_rate", "initializer")
_NOT_COUNTED_IN = (*_NOT_COMPILED_IN, "batch_size", "optimizer")


@dataclass(frozen=True)
class Work:
    """What one run trains; ``capacity`` is the number of rows that its programs have room for.

    ``replays``: how often its further searches ask for a fit, most often for one that was made.
    """

    trials: int
    fits: int
    epochs: int
    examples: int
    capacity: int
    replays: int = 0


def seconds_of(
    work: Work,
    arm: Arm,
    space: Space,
    settled: Mapping[str, Any],
    facts: DatasetMeta,
    cache_dir: Path | None = None,
    *,
    runs_alike: int = 1,
) -> float:
    """Seconds of one run on one core.

    Parameters
    ----------
    work : Work
        What the run asks for.
    arm : Arm
        Its arm, of which the model and the engine matter.
    space : Space
        The space that is searched.
    settled : mapping
        A value for every hyperparameter that is not.
    facts : DatasetMeta
        The shape and the classes of the data.
    cache_dir : Path, optional
        Where measurements are kept; None: in this process only.
    runs_alike : int
        Runs of the arm that a warm process is taken to execute: they share its start and its programs.

    Raises
    ------
    ConfigurationError
        If the model cannot take such examples, or the engine the model.
    """
    library, shape, classes = models.library(arm.model), example_shape(facts), len(facts.classes)
    beside = rates()["request"] + work.replays * rates()["replay"] + rates()["startup"][library] / runs_alike
    configurations = sample(space)
    complete = [{**settled, **configuration} for configuration in configurations]
    rate, multiply_adds = _rate_and_multiply_adds(arm, complete, shape, classes, cache_dir)
    if library == "sklearn":
        rows = work.examples / max(work.epochs, 1)
        return (
            beside
            + work.fits * rate["fit"]
            + work.epochs * rate["tree"]
            + work.examples * log2(max(rows, 2)) * rate["row"]
        )
    batches = fmean(1 / c["batch_size"] for c in complete)
    shares = work.capacity <= FEW_ROWS
    programs = min(work.trials, len({_program(c, shares, multiply_adds) for c in configurations}))
    return (
        beside
        + programs * rate["program"] / runs_alike
        + work.fits * rate["fit"]
        + work.examples * (batches * rate["step"] + PASSES * multiply_adds * rate["multiply_add"])
    )


def _rate_and_multiply_adds(
    arm: Arm, complete: list[dict[str, Any]], shape: tuple[int, ...], classes: int, cache_dir: Path | None
) -> tuple[dict[str, float], float]:
    """The model's rates, and the mean of its configurations' multiply-adds (0 where its library has no layers).

    What ``rates.yaml`` and the model's file say is not measured: such an estimate is the same on every machine.
    """
    in_layers, by_model = models.library(arm.model) == "keras", rates()["models"]
    has_rates, usual = arm.model in by_model, USUAL_MODELS[models.library(arm.model)]
    rate = by_model[arm.model if has_rates else usual]
    rate = rate[arm.training.engine] if in_layers else rate
    count = getattr(models.load(arm.model), "multiply_adds", None)
    if has_rates and not in_layers:
        return rate, 0.0
    if has_rates and count is not None:
        return rate, fmean(count(one, shape, classes) for one in complete)
    # of equal architectures one is built, of many some that are spread over all
    some = complete[:: -(-len(complete) // MAX_COUNTED)] if in_layers else []
    architectures = [canonical({k: v for k, v in one.items() if k not in _NOT_COUNTED_IN}) for one in some]
    distinct = dict(zip(architectures, some, strict=True))
    defaults = models.defaults(arm.model)
    request = {
        "model": arm.model,
        "shape": shape,
        "classes": classes,
        "engine": arm.training.engine,
        "fitted": defaults,
        "rows": MEASURED_ROWS,
        "epochs": MEASURED_EPOCHS,
        "counted": [defaults, *distinct.values()] if in_layers else [],
    }
    found = _measured(request, cache_dir)
    of_defaults, *others = found["multiply_adds"] or [0]
    if not has_rates:
        rate = _scaled(rate, found["fit"], defaults, of_defaults)
    counted = dict(zip(distinct, others, strict=True))
    return rate, fmean(counted[one] for one in architectures) if architectures else 0.0


def _scaled(
    rate: Mapping[str, float], fit: Mapping[str, float], configuration: Mapping[str, Any], multiply_adds: int
) -> dict[str, float]:
    """Another model's rates, as much higher or lower as the measured epoch was; programs are taken to be kept."""
    if "tree" in rate:
        expected = rate["tree"] + MEASURED_ROWS * log2(MEASURED_ROWS) * rate["row"]
    else:
        work = PASSES * multiply_adds * rate["multiply_add"]
        expected = MEASURED_ROWS * (rate["step"] / configuration["batch_size"] + work)
    of_epochs = {
        term: rate[term] * fit["epoch"] / expected for term in ("tree", "row", "step", "multiply_add") if term in rate
    }
    return {**rate, **of_epochs, "fit": fit["fit"]}


def _measured(request: Mapping[str, Any], cache_dir: Path | None) -> dict[str, Any]:
    """What ``hpotrial.training.measuring`` answers, or has answered before for the same code of the model."""
    text = json.dumps(request, sort_keys=True)
    code = provenance.fingerprint(f"hpotrial.models.{request['model']}")
    name = hashlib.sha256(f"{code} {text}".encode()).hexdigest()[:32]
    kept = cache_dir / "prices" / f"{name}.json" if cache_dir is not None else None
    if kept is not None and kept.exists():
        return read_json(kept, remedy="plan again")
    answer = _answer(code, text)
    if kept is not None:
        write_json(kept, answer)
    return answer


@cache
def _answer(_code: str, request: str) -> dict[str, Any]:
    paths = os.pathsep.join([str(provenance.PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", MEASURING],
        input=request,
        env={**os.environ, **TRAINING_ENVIRONMENT, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    answer: dict[str, Any] = json.loads(lines[-1]) if not done.returncode and lines else {}
    if "multiply_adds" not in answer:
        reason = answer.get("error") or (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        asked = json.loads(request)
        raise ConfigurationError(
            f"the model {asked['model']!r} cannot be fitted to examples of shape {tuple(asked['shape'])}: {reason}"
        )
    return answer


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
    low, high = domain.drawn_from
    return domain.nearest(np.exp(rng.uniform(np.log(low), np.log(high))) if domain.log else rng.uniform(low, high))


def _program(configuration: Mapping[str, Value], shares: bool, multiply_adds: float) -> str:
    """Text that is equal for configurations that share a program; a network has as many weights as multiply-adds."""
    told: dict[str, Any] = {name: v for name, v in configuration.items() if name not in _NOT_COMPILED_IN}
    for name, value in told.items():
        number = activation_group(value) if name.startswith("activation") and isinstance(value, str) else None
        if shares and number is not None:
            told[name] = number
    if shares and multiply_adds <= FEW_WEIGHTS and str(told.get("optimizer")).lower() in map(str.lower, TOGETHER):
        told["optimizer"] = TOGETHER
    return canonical(told)


@cache
def rates() -> dict[str, Any]:
    """The measured rates: ``request``, ``startup`` by library, and those of each model, of a Keras model by engine."""
    return yaml.safe_load(RATES_FILE.read_text(encoding="utf-8"))
