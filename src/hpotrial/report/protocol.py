"""What a study asked for, in words short enough for a table: arms, search spaces, training."""

import json
from collections.abc import Mapping
from typing import Any

from hpotrial import metrics


def arms_as_asked(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each arm its method, cv-settings, options as text, and the number of its search space (from 1)."""
    numbered = _numbered(dataset, "space")
    return [
        {
            "arm": arm["name"],
            "method": arm["method"],
            "cv": list(arm["cv"]),
            "options": as_text({**arm["options"], **_beside(arm)}),
            "space": numbered.index(arm["space"]) + 1,
        }
        for arm in dataset["arms"]
    ]


def _beside(arm: Mapping[str, Any]) -> dict[str, Any]:
    """What an arm says beside its method's options, where that is not the usual."""
    said: dict[str, Any] = {"refit": True} if arm.get("refit") else {}
    if arm.get("metric", metrics.ACCURACY) != metrics.ACCURACY:
        said["metric"] = arm["metric"]
    if arm.get("epoch_budget"):
        said["budget"] = f"{arm['epoch_budget']} epochs"
    if arm.get("plan_only"):
        said["priced, not run"] = ""
    return said


def models_of(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The different models with what is held fixed, as text, each with the arms that tune it."""
    different: list[tuple[Any, Any]] = []
    for arm in dataset["arms"]:
        if (arm["model"], arm["fixed"]) not in different:
            different.append((arm["model"], arm["fixed"]))
    return [
        {
            "model": model,
            "fixed": as_text(fixed),
            "arms": [arm["name"] for arm in dataset["arms"] if (arm["model"], arm["fixed"]) == (model, fixed)],
        }
        for model, fixed in different
    ]


def spaces(dataset: Mapping[str, Any]) -> list[list[dict[str, str]]]:
    """The different search spaces of a dataset's arms: hyperparameters and their domains as text."""
    return [
        [{"name": name, "domain": domain_text(domain)} for name, domain in space.items()]
        for space in _numbered(dataset, "space")
    ]


def training_of(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The different ways of training, as text, each with the arms that use it."""
    return [
        {"training": as_text(way), "arms": [arm["name"] for arm in dataset["arms"] if arm["training"] == way]}
        for way in _numbered(dataset, "training")
    ]


def domain_text(domain: Mapping[str, Any]) -> str:
    """`16, 64` for a choice, `0.01 to 1 (log)` for a range; a condition follows in words."""
    condition = domain.get("when")
    if "choice" in domain:
        text = ", ".join(_value(value) for value in domain["choice"])
    else:
        kind = next((kind for kind in ("int", "float") if kind in domain), None)
        limits = domain[kind] if kind else domain
        text = f"{_value(limits['low'])} to {_value(limits['high'])}"
        marks = ["log"] if limits.get("log") else []
        marks += [f"step {_value(limits['step'])}"] if limits.get("step") else []
        text += f" ({', '.join(marks)})" if marks else ""
    return f"{text}, when {as_text(condition)}" if condition else text


def as_text(options: Mapping[str, Any]) -> str:
    """`n_iter 40, factor 3`; what is None is left out."""
    return ", ".join(f"{name} {_value(value)}".strip() for name, value in options.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({as_text(value)})"
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value)


def _numbered(dataset: Mapping[str, Any], part: str) -> list[Any]:
    """The different values of one part of the arms, in order of first use."""
    different: list[Any] = []
    for arm in dataset["arms"]:
        if arm[part] not in different:
            different.append(arm[part])
    return different
