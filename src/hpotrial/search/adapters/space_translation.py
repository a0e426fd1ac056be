"""A search space in each library's own form: scikit-learn, KerasTuner, hyperopt, Optuna."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Choice, Configuration, Domain, Hyperparameter, Range, Space, Value, plain


def sklearn_grid(space: Space) -> dict[str, list[Value]] | list[dict[str, list[Value]]]:
    """``param_grid`` of ``GridSearchCV``; one single-valued grid per configuration where the space has conditions."""
    if space.conditional:
        return [{name: [value] for name, value in c.items()} for c in space.grid()]
    return {h.name: list(h.domain.grid() or ()) for h in space.hyperparameters}


def sklearn_distributions(space: Space) -> dict[str, Any] | list[dict[str, list[Value]]]:
    """``param_distributions`` of ``RandomizedSearchCV``: lists and scipy distributions.

    Raises
    ------
    ConfigurationError
        If the space has conditions and a continuous domain: scikit-learn cannot say that.
    """
    if space.conditional:
        if space.size is None:
            raise ConfigurationError("space: scikit-learn's random search cannot draw a conditional continuous space")
        return sklearn_grid(space)
    drawn: dict[str, Any] = {}
    for h in space.hyperparameters:
        d = h.domain
        if isinstance(d, Choice):
            drawn[h.name] = list(d.values)
        elif (values := d.grid()) is not None:
            drawn[h.name] = list(values)
        else:
            drawn[h.name] = _continuous(d)
    return drawn


def _continuous(domain: Range) -> Any:
    # a second to import, which a space of lists needs not
    from scipy import stats

    if not domain.log:
        return stats.uniform(domain.low, domain.high - domain.low)
    return _LogInteger(domain.low, domain.high) if domain.kind is int else stats.loguniform(domain.low, domain.high)


class _LogInteger:
    """Integers whose logarithm is uniform, with the ``rvs`` that scikit-learn asks for."""

    def __init__(self, low: float, high: float) -> None:
        from scipy import stats

        self.low, self.high = int(low), int(high)
        self.real = stats.loguniform(low - 0.5, high + 0.5)

    def rvs(self, size: Any = None, random_state: Any = None) -> int:
        """One draw."""
        return min(max(round(float(self.real.rvs(random_state=random_state))), self.low), self.high)


def keras_tuner_configuration(space: Space, hp: Any) -> Configuration:
    """Ask a KerasTuner ``HyperParameters`` for one configuration of the space, declaring it on the way."""
    configuration: Configuration = {}
    for h in space.hyperparameters:
        if not h.when:
            configuration[h.name] = _ask_keras_tuner(h, hp)
            continue
        ((parent, values),) = h.when.items()
        domain = next(p.domain for p in space.hyperparameters if p.name == parent)
        with hp.conditional_scope(parent, [_keras_tuner_value(domain, value) for value in values]):
            value = _ask_keras_tuner(h, hp)
            if parent in configuration and h.active(configuration):
                configuration[h.name] = value
    return configuration


def _ask_keras_tuner(h: Hyperparameter, hp: Any) -> Value:
    d = h.domain
    if isinstance(d, Choice):
        drawn = plain(hp.Choice(h.name, [_keras_tuner_value(d, value) for value in d.values]))
        return drawn if _said_by_keras_tuner(d) or drawn is None else d.values[drawn]  # type: ignore[index]
    arguments: dict[str, Any] = {"min_value": d.kind(d.low), "max_value": d.kind(d.high)}
    if d.step is not None:
        arguments["step"] = d.kind(d.step)
    if d.log:
        arguments["sampling"] = "log"
    return plain((hp.Int if d.kind is int else hp.Float)(h.name, **arguments))


def _said_by_keras_tuner(choice: Choice) -> bool:
    """KerasTuner's ``Choice`` takes numbers or words of one type; it makes integers of booleans and knows no null."""
    kinds = {type(value) for value in choice.values}
    return len(kinds) == 1 and kinds <= {int, float, str}


def _keras_tuner_value(domain: Domain, value: Value) -> Value:
    """A value as KerasTuner is told it: itself, or its position where KerasTuner cannot say it."""
    if not isinstance(domain, Choice) or _said_by_keras_tuner(domain):
        return value
    return next(i for i, v in enumerate(domain.values) if type(v) is type(value) and v == value)


def hyperopt_space(space: Space) -> dict[str, Any]:
    """A hyperopt search space; children of a choice live inside its branches, under labels of their own."""
    return _hyperopt_branch(space, [h for h in space.hyperparameters if not h.when], "")


def _hyperopt_branch(space: Space, hyperparameters: list[Hyperparameter], suffix: str) -> dict[str, Any]:
    from hyperopt import hp

    branch: dict[str, Any] = {}
    for h in hyperparameters:
        label, d = h.name + suffix, h.domain
        if isinstance(d, Choice):
            options: list[Any] = []
            for value in d.values:
                children = [c for c in space.hyperparameters if value in c.when.get(h.name, ())]
                inner = _hyperopt_branch(space, children, f"{suffix}@{h.name}={value}")
                options.append({"": value, **inner} if inner else value)
            branch[h.name] = hp.choice(label, options)
        elif (values := d.grid()) is not None:
            # hyperopt rounds to multiples of the step, from 0 rather than from low: draw the position instead
            branch[h.name] = hp.uniformint(label, 0, len(values) - 1)
        elif d.kind is int:
            branch[h.name] = hp.qloguniform(label, math.log(d.low), math.log(d.high), 1)
        elif d.log:
            branch[h.name] = hp.loguniform(label, math.log(d.low), math.log(d.high))
        else:
            branch[h.name] = hp.uniform(label, d.low, d.high)
    return branch


def from_hyperopt(space: Space, drawn: Mapping[str, Any]) -> Configuration:
    """A point that hyperopt drew, as a configuration: branches flattened, integers made integers."""
    flat: dict[str, Any] = {}

    def flatten(branch: Mapping[str, Any]) -> None:
        for name, value in branch.items():
            if isinstance(value, Mapping):
                flat[name] = value[""]
                flatten({k: v for k, v in value.items() if k})
            else:
                flat[name] = value

    flatten(drawn)
    configuration: Configuration = {}
    for h in space.hyperparameters:
        if h.name in flat:
            configuration[h.name] = _hyperopt_value(h.domain, plain(flat[h.name]))
    return space.activate(configuration)


def _hyperopt_value(domain: Domain, drawn: Any) -> Value:
    if isinstance(domain, Choice):
        return drawn
    if (values := domain.grid()) is not None:
        return values[round(drawn)]
    bounded = min(max(drawn, domain.low), domain.high)
    return round(bounded) if domain.kind is int else float(bounded)


def optuna_configuration(space: Space, trial: Any) -> Configuration:
    """Ask an Optuna trial for one configuration of the space; a condition is looked at when its parent is known."""
    configuration: Configuration = {}
    for h in space.hyperparameters:
        if h.active(configuration):
            configuration[h.name] = _ask_optuna(h, trial)
    return configuration


def _ask_optuna(h: Hyperparameter, trial: Any) -> Value:
    d = h.domain
    # positions in place of values: Optuna takes True for 1 and 1 for 1.0, and rounds the steps of reals its own way
    if isinstance(d, Choice):
        return d.values[trial.suggest_categorical(h.name, list(range(len(d.values))))]
    if (values := d.grid()) is not None:
        return values[trial.suggest_int(h.name, 0, len(values) - 1)]
    if d.kind is int:
        return trial.suggest_int(h.name, int(d.low), int(d.high), log=d.log)
    return trial.suggest_float(h.name, d.low, d.high, log=d.log)
