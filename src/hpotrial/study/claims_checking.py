"""A registry held against a study: a claim about something that the study lacks is found before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hpotrial.core import metrics
from hpotrial.core.claims import Cell, Claim, Registry
from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.core.files import own_or_bundled
from hpotrial.study import Study, StudyArm
from hpotrial.study.claims import load

_OF_THE_PLAN = ("trials", "fits", "epochs", "examples", "seconds")


def registry_of(study: Study) -> Registry | None:
    """The checked registry that a study names; None if it names none.

    Raises
    ------
    ConfigurationError
        The registry cannot be read, or a claim does not fit the study.
    """
    return check(load(own_or_bundled(study.claims.file)), study) if study.claims else None


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
