"""What a study asked for, in words short enough for a table: arms, search spaces, training.

The few words that stand between names and values come from the report's text (``protocol: values``), as ``words``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hpotrial.core import metrics

Words = Mapping[str, str]


def arms_as_asked(dataset: Mapping[str, Any], words: Words) -> list[dict[str, Any]]:
    """For each arm its method, cv-settings, options as text, and the number of its search space (from 1)."""
    numbered = [space for (space,), _ in _grouped(dataset["arms"], "space")]
    return [
        {
            "arm": arm["name"],
            "method": arm["method"],
            "cv": list(arm["cv"]),
            "options": as_text({**arm["options"], **_beside(arm, words)}, words),
            "space": numbered.index(arm["space"]) + 1,
        }
        for arm in dataset["arms"]
    ]


def _beside(arm: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """What an arm says beside its method's options, where that is not the usual."""
    said: dict[str, Any] = {"refit": True} if arm.get("refit") else {}
    said |= {key: arm[key] for key in ("refits", "repeats") if arm.get(key, 1) != 1}
    if arm.get("metric", metrics.ACCURACY) != metrics.ACCURACY:
        said["metric"] = arm["metric"]
    if arm.get("epoch_budget"):
        said["budget"] = f"{arm['epoch_budget']} {words['epochs']}"
    if arm.get("most_seeds"):
        said["seeds"] = arm["most_seeds"]
    if arm.get("train_share", 1) != 1:
        said["train_share"] = arm["train_share"]
    if arm.get("plan_only"):
        said[words["priced"]] = ""
    return said


def models_of(dataset: Mapping[str, Any], words: Words) -> list[dict[str, Any]]:
    """The different models with what is held fixed, as text, each with the arms that tune it."""
    return [
        {"model": model, "fixed": as_text(fixed, words), "arms": names}
        for (model, fixed), names in _grouped(dataset["arms"], "model", "fixed")
    ]


def spaces(dataset: Mapping[str, Any], words: Words) -> list[list[dict[str, str]]]:
    """The different search spaces of a dataset's arms: hyperparameters and their domains as text."""
    return [
        [{"name": name, "domain": domain_text(domain, words)} for name, domain in space.items()]
        for (space,), _ in _grouped(dataset["arms"], "space")
    ]


def training_of(dataset: Mapping[str, Any], libraries: Mapping[str, str], words: Words) -> list[dict[str, Any]]:
    """The different ways of training networks, as text, each with the arms that use it; a forest has none of them.

    ``libraries`` says of each model which library it is built with.
    """
    networks = [arm for arm in dataset["arms"] if libraries[arm["model"]] == "keras"]
    return [{"training": as_text(way, words), "arms": names} for (way,), names in _grouped(networks, "training")]


def domain_text(domain: Mapping[str, Any], words: Words) -> str:
    """`16, 64` for a choice, `0.01 to 1 (log)` for a range; a condition follows in words."""
    condition = domain.get("when")
    if "choice" in domain:
        text = words["comma"].join(_value(value, words) for value in domain["choice"])
    else:
        kind = next((kind for kind in ("int", "float") if kind in domain), None)
        limits = domain[kind] if kind else domain
        text = f"{_value(limits['low'], words)} {words['to']} {_value(limits['high'], words)}"
        marks = [words["log"]] if limits.get("log") else []
        marks += [f"{words['step']} {_value(limits['step'], words)}"] if limits.get("step") else []
        text += f" ({', '.join(marks)})" if marks else ""
    return f"{text}, {words['when']} {as_text(condition, words)}" if condition else text


def as_text(options: Mapping[str, Any], words: Words) -> str:
    """`n_iter 40, factor 3`; what is None is left out."""
    return words["comma"].join(
        f"{name} {_value(value, words)}".strip() for name, value in options.items() if value is not None
    )


def _value(value: Any, words: Words) -> str:
    if isinstance(value, Mapping):
        return f"({as_text(value, words)})"
    if isinstance(value, float):
        return f"{value:.4g}".replace(".", words["decimal"])
    return value if isinstance(value, str) else json.dumps(value)


def _grouped(arms: Sequence[Mapping[str, Any]], *parts: str) -> list[tuple[tuple[Any, ...], list[str]]]:
    """The different values of some parts of the arms, in order of first use, each with the names of its arms."""
    groups: list[tuple[tuple[Any, ...], list[str]]] = []
    for arm in arms:
        values = tuple(arm[part] for part in parts)
        known = next((names for other, names in groups if other == values), None)
        if known is None:
            groups.append((values, [arm["name"]]))
        else:
            known.append(arm["name"])
    return groups
