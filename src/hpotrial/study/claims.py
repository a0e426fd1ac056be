"""The registry of claims: read from its file, and held against a study, so that what the study lacks is found first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hpotrial.core import metrics
from hpotrial.core.claims import Cell, Claim, Registry
from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.core.files import own_or_bundled
from hpotrial.core.validation import validated
from hpotrial.study import Study, StudyArm, read_study_file
from hpotrial.study.written import RegistryFile, description_of_claim

_SETTINGS = (
    "metric", "scores", "sides", "cost", "expected", "quantity", "tolerance", "score", "value", "independent_draws",
    "replication", "fact",
)  # fmt: skip
# what the plan knows of an arm that is never run
_OF_THE_PLAN = ("trials", "fits", "epochs", "examples", "seconds")


def load(path: str | Path) -> Registry:
    """Read a registry.

    Raises
    ------
    ConfigurationError
        One line: what is wrong in the file, and where.
    """
    content = read_study_file(path)
    try:
        text = validated(RegistryFile, content)
        for name, said in text.claims.items():
            validated(description_of_claim(said), said, ("claims", name))
        margins = text.margins.model_dump()
        claims = _symmetric({name: _claim(name, said, margins) for name, said in text.claims.items()})
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return Registry(str(path), text.alpha, text.power, claims, margins=margins)


def _claim(name: str, said: Mapping[str, Any], margins: Mapping[str, float]) -> Claim:
    where = f"claims.{name}"
    kind = said["kind"]
    settings = {key: said[key] for key in _SETTINGS if key in said}
    cells = {role: _cells(f"{where}.{role}", said[role]) for role in ("a", "b", "of") if role in said}
    fact = settings.get("fact", {})
    of_fact = fact.get("of") or fact.get("importance", {}).get("of")
    if of_fact:
        cells["of"] = _cells(f"{where}.fact.of", of_fact)
    bound = settings.get("expected")
    for value in (bound or {}).values() if isinstance(bound, Mapping) else ():
        if isinstance(value, Mapping):
            cells["expected"] = _cells(f"{where}.expected", value["of"])
    if kind in ("superiority", "equivalence") and cells["a"] == cells["b"] and not _two_scores(settings):
        raise ConfigurationError(f"{where}: compares {said['a']!r} with itself; name another cell, or two scores")
    if len(cells.get("b", ())) != len(set(cells.get("b", ()))):
        raise ConfigurationError(f"{where}.b: names a cell twice")
    if kind == "equivalence" and len(cells["b"]) > 1:
        raise ConfigurationError(f"{where}.b: an equivalence is of two cells; give one")
    return Claim(
        id=name,
        sources=tuple(said["sources"]),
        statement=said["statement"],
        kind=kind,
        cells=cells,
        settings=settings,
        margin=said.get("margin", margins["cost" if kind == "ratio" else "score"]),
        primary=said.get("primary", True),
        contradicts=tuple(said.get("contradicts", ())),
        note=said.get("note", {}),
        by_design=said.get("by_design", False),
        ours=said.get("ours", False),
    )


def _two_scores(settings: Mapping[str, Any]) -> bool:
    return all(isinstance(score, Mapping) and score["a"] != score["b"] for score in settings["scores"].values())


def _cells(where: str, said: str | list[str]) -> tuple[Cell, ...]:
    try:
        return tuple(Cell.of(text) for text in ([said] if isinstance(said, str) else said))
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from None


def _symmetric(claims: Mapping[str, Claim]) -> dict[str, Claim]:
    """A claim that contradicts another is contradicted by it."""
    against: dict[str, set[str]] = {name: set(claim.contradicts) for name, claim in claims.items()}
    for name, claim in claims.items():
        for other in claim.contradicts:
            if other not in claims:
                raise ConfigurationError(
                    f"claims.{name}.contradicts: there is no claim {other!r}; {nearest(other, claims)}"
                )
            if other == name:
                raise ConfigurationError(f"claims.{name}.contradicts: a claim cannot contradict itself")
            against[other].add(name)
    return {
        name: replace(claim, contradicts=tuple(one for one in claims if one in against[name]))
        for name, claim in claims.items()
    }


def registry_of(study: Study) -> Registry | None:
    """The checked registry that a study names; None if it names none.

    Raises
    ------
    ConfigurationError
        The registry cannot be read, or a claim does not fit the study.
    """
    if study.claims is None:
        return None
    registry = check(load(own_or_bundled(study.claims.file)), study)
    if study.looks and not math.isclose(sum(study.looks.alpha), registry.alpha, rel_tol=1e-6):
        raise ConfigurationError(
            f"seeds.alpha: the shares add up to {sum(study.looks.alpha):g}, and the alpha of {registry.file} is "
            f"{registry.alpha:g}: spend all of it, and no more"
        )
    return registry


def check(registry: Registry, study: Study) -> Registry:
    """The registry without the claims that the study cannot judge, where it asks for them to be left out.

    Raises
    ------
    ConfigurationError
        One line: the claim, and which arm, cv-setting, metric or replication the study lacks.
    """
    kept, left_out = {}, {}
    for name, claim in registry.claims.items():
        try:
            _check(claim, study)
            kept[name] = claim
        except _Lacking as lacking:
            if study.claims and study.claims.absent == "leave_out":
                left_out[name] = str(lacking)
            else:
                raise ConfigurationError(f"{registry.file}: claims.{name}: {lacking}") from None
    return replace(registry, claims=kept, left_out=left_out)


class _Lacking(Exception):
    """What a study lacks for a claim."""


def _check(claim: Claim, study: Study) -> None:
    arms = {cell: _arm(cell, study) for cells in claim.cells.values() for cell in cells}
    # an optional arm that cannot run here is no fault of the claim: it is told in its verdict
    known = {cell: arm for cell, arm in arms.items() if arm is not None}
    for cell, arm in known.items():
        counted = claim.kind == "count"
        if arm.plan_only and not counted:
            raise _Lacking(f"the arm of {cell} is only planned, so it has no runs to judge")
        wanted = [claim.settings.get("quantity"), *_quantities(claim.settings.get("expected"))]
        if counted and arm.plan_only and any(one is not None and one not in _OF_THE_PLAN for one in wanted):
            raise _Lacking(f"the arm of {cell} is only planned; the plan knows {', '.join(_OF_THE_PLAN)}")
    if claim.kind in ("superiority", "equivalence"):
        _check_metric(claim, known)
    if "replication" in claim.settings and study.replicate is None:
        raise _Lacking("needs a replication, and the study has no `replicate`")


def _check_metric(claim: Claim, arms: Mapping[Cell, StudyArm]) -> None:
    wanted = claim.settings.get("metric")
    if wanted is not None and wanted not in metrics.NAMES:
        raise _Lacking(f"unknown metric {wanted!r}; {nearest(wanted, metrics.NAMES)}")
    for cell, arm in arms.items():
        if arm.metric != (wanted or next(iter(arms.values())).metric) and (wanted is None or _selection(claim)):
            raise _Lacking(f"{cell} maximises {arm.metric}, another metric than the one that is compared")


def _selection(claim: Claim) -> bool:
    scores = claim.settings["scores"].values()
    return any("selection" in (score.values() if isinstance(score, Mapping) else [score]) for score in scores)


def _quantities(expected: Any) -> list[str]:
    values = expected.values() if isinstance(expected, Mapping) else ()
    return [value["quantity"] for value in values if isinstance(value, Mapping)]


def _arm(cell: Cell, study: Study) -> StudyArm | None:
    """The cell's arm; None if it is left out here."""
    names = [one.name for one in study.datasets]
    if cell.dataset not in names:
        raise _Lacking(f"the study has no dataset {cell.dataset!r}; {nearest(cell.dataset, names)}")
    dataset = study.dataset(cell.dataset)
    if cell.arm in dataset.left_out:
        return None
    arms = [arm.name for arm in dataset.arms]
    if cell.arm not in arms:
        raise _Lacking(f"datasets.{cell.dataset} has no arm {cell.arm!r}; {nearest(cell.arm, arms)}")
    arm = dataset.arm(cell.arm)
    if cell.cv not in arm.cv:
        raise _Lacking(
            f"the arm {cell.arm!r} of datasets.{cell.dataset} does not run on the cv-setting {cell.cv!r}; "
            f"it runs on {', '.join(arm.cv)}"
        )
    return arm
