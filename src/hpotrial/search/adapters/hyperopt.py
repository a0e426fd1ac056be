"""hyperopt: ``fmin`` over a problem, which its algorithms share, and a space in its form and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hyperopt import STATUS_FAIL, STATUS_OK, Trials, fmin, hp
from hyperopt.exceptions import AllTrialsFailed

from hpotrial.core import seeds
from hpotrial.core.space import Choice, Configuration, Domain, Hyperparameter, Space, Value, plain
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Selection


def run_fmin(problem: Problem, algo: Any, max_evals: int) -> Selection | None:
    """Run ``fmin`` with ``Trials`` over the problem's space; the best trial is selected, None if all failed.

    Parameters
    ----------
    problem : Problem
        What is searched; its seed is ``fmin``'s.
    algo : callable
        Such as ``hyperopt.rand.suggest``.
    max_evals : int
        Number of evaluations, one after another; the same point may come twice.
    """

    def objective(drawn: dict[str, Any]) -> dict[str, Any]:
        trial = problem.evaluate(from_hyperopt(problem.space, drawn))
        return {"status": STATUS_OK, "loss": -trial.score} if trial.ok else {"status": STATUS_FAIL}

    try:
        fmin(
            objective,
            hyperopt_space(problem.space),
            algo=algo,
            max_evals=max_evals,
            trials=Trials(),
            rstate=seeds.generator(problem.search_seed),
            show_progressbar=False,
            verbose=False,
        )
    except AllTrialsFailed:
        return None
    return problem.selected()


def hyperopt_space(space: Space) -> dict[str, Any]:
    """A hyperopt search space; children of a choice live inside its branches, under labels of their own."""
    return _branch(space, [h for h in space.hyperparameters if not h.when], "")


def _branch(space: Space, hyperparameters: list[Hyperparameter], suffix: str) -> dict[str, Any]:
    branch: dict[str, Any] = {}
    for h in hyperparameters:
        label, d = h.name + suffix, h.domain
        if isinstance(d, Choice):
            options: list[Any] = []
            for value in d.values:
                children = [c for c in space.hyperparameters if value in c.when.get(h.name, ())]
                inner = _branch(space, children, f"{suffix}@{h.name}={value}")
                options.append({"": value, **inner} if inner else value)
            branch[h.name] = hp.choice(label, options)
        elif (values := d.grid()) is not None:
            # hyperopt rounds to multiples of the step, from 0 rather than from low: draw the position instead; and
            # between 0 and the last, so that both ends would have half a share
            branch[h.name] = hp.quniform(label, -0.5, len(values) - 0.5, 1)
        else:
            low, high = map(math.log, d.drawn_from) if d.log else d.drawn_from
            if d.kind is int:
                branch[h.name] = hp.qloguniform(label, low, high, 1)
            else:
                branch[h.name] = (hp.loguniform if d.log else hp.uniform)(label, low, high)
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
            configuration[h.name] = _value(h.domain, plain(flat[h.name]))
    return space.activate(configuration)


def _value(domain: Domain, drawn: Any) -> Value:
    if isinstance(domain, Choice):
        return drawn
    if (values := domain.grid()) is not None:
        return values[min(max(round(drawn), 0), len(values) - 1)]
    return domain.nearest(drawn)
