"""Interim analyses: what a planned look decides, what it gives up, and which seeds it asks for next.

A group sequential design with separate levels: look k tests at its own share of alpha what is still open, a verdict
stays, and by the union over looks the chance of any false verdict is at most the sum of the shares. That is the
plainest way of spending alpha (K. K. G. Lan and D. L. DeMets, Discrete sequential boundaries for clinical trials,
Biometrika 70, 1983; with several hypotheses: W. Maurer and F. Bretz, Multiple testing in group sequential trials using
graphical approaches, Statistics in Biopharmaceutical Research 5, 2013). A claim that is given up stays among the
hypotheses, so that no level rises by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from math import nan, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from hpotrial.core import paths
from hpotrial.core.claims import INCONCLUSIVE, NOT_JUDGED, Cell, Claim, Judgement, Registry, deciding
from hpotrial.core.configuration import Study
from hpotrial.core.files import jsonable, read_json, write_json
from hpotrial.results import Tables, collect
from hpotrial.results.importance import importances
from hpotrial.results.statistics.paired import paired
from hpotrial.results.verdicts.comparison import Comparison
from hpotrial.results.verdicts.decision import Decision, Hypotheses
from hpotrial.results.verdicts.judge import GIVEN_UP, Found, Key, Tested, as_rows, document, found, settle

# a claim that the last look would decide with less than this is given up
LEAST_POWER = 0.15
_NEEDED = ("look", "asked", "next", "tested", "verdicts")
# of a normal distribution, over which a power is averaged
_QUANTILES = special.ndtri((np.arange(200) + 0.5) / 200)


def write_look(
    registry: Registry,
    study: Study,
    number: int,
    plan_csv: Path,
    runs_dir: Path,
    study_json: Path,
    replication_parquet: Path | None,
    earlier_json: Path | None,
    look_json: Path,
) -> dict[str, Any]:
    """Make a look at the runs that the look before asked for, and write what it decides; see :func:`look_at`.

    Raises
    ------
    DataError
        The plan, the study or the look before cannot be read.
    """
    with TemporaryDirectory() as folder:
        collect(plan_csv, runs_dir, Path(folder), earlier_json)
        tables = Tables(Path(folder))
        weighed = {str(cell) for claim in registry.claims.values() for cell in _weighed(claim)}
        importances(tables.of_cells(weighed)).to_parquet(Path(folder) / f"{paths.IMPORTANCE}.parquet", index=False)
        replication = pd.read_parquet(replication_parquet) if replication_parquet else None
        earlier = read_json(earlier_json, _NEEDED) if earlier_json else None
        told = look_at(
            registry, study, number, tables, pd.read_csv(plan_csv), read_json(study_json), replication, earlier
        )
    told = dict(jsonable(told))
    write_json(look_json, told, ensure_ascii=False)
    return told


def look_at(
    registry: Registry,
    study: Study,
    number: int,
    tables: Tables,
    plan: pd.DataFrame,
    study_json: Mapping[str, Any],
    replication: pd.DataFrame | None,
    earlier: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What a look decides, as its file has it. Equal tables and an equal look before give an equal look.

    Parameters
    ----------
    registry, study, tables, plan, study_json, replication
        As of :func:`hpotrial.results.verdicts.judge.found`; the study says when to look.
    number : int
        Which look, from 1.
    earlier : Mapping or None
        The look before, as its file has it.

    Returns
    -------
    dict
        ``look``, ``registry`` (a digest), and ``schedule``: what was planned. ``asked`` and ``next``: seeds of each
        cell so far, and of those that run on. ``tested``: p-values and decision of every judgement that was tested.
        ``verdicts``: what ``verdicts.json`` is if no look follows, with ``looks``: what was ``planned``, and of each
        that was ``made`` its number, seeds, share of alpha, what is spent, what it ``decided``, gave up and left open.
    """
    assert study.looks is not None
    looks, seeds, alpha = study.looks, study.looks.seeds[number - 1], study.looks.alpha[number - 1]
    last = number == len(looks.seeds)
    may_give_up = not last and seeds >= looks.give_up_from
    before = _before(earlier) if earlier else {}
    closed: dict[Key, Any] = {key: one for key, one in before.items() if _judgement_of(one).look is not None}
    judged = found(registry, tables, plan, study_json, replication, closed)
    tested = {key: one for key, one in before.items() if isinstance(one, Tested)}
    sizes = settle(registry, judged, alpha, tested)
    caps = replace(study, looks=None).seeds_asked()
    decided, given_up = [], []
    for key in [key for key in judged if key not in closed]:
        told = {"claim": key[0], "on": key[1]}
        judgement = _judgement_of(judged[key])
        if judgement.verdict not in (INCONCLUSIVE, NOT_JUDGED):
            decided.append({**told, "verdict": judgement.verdict})
            judged[key] = _closed(judged[key], replace(judgement, look=seeds))
        elif may_give_up and _is_paired(registry.claims[key[0]]) and _runs_on(registry, judged, key):
            most = min(caps.get(cell, 0) for cell in _cells(registry.claims[key[0]]))
            level = judged[key].decision.level * looks.alpha[-1] / alpha
            power = conditional_power(judged[key].comparison, level, most / judgement.n)
            if power < LEAST_POWER:
                given_up.append({**told, "power": power})
                details = {**judgement.details, "power": power, "most": most}
                judged[key] = _closed(judged[key], replace(judgement, look=seeds, reason=GIVEN_UP, details=details))
    open_ones = [key[0] for key in judged if _runs_on(registry, judged, key)]
    asked = study.seeds_asked(earlier)
    summary: dict[str, Any] = {"look": number, "seeds": seeds, "alpha": alpha, "spent": sum(looks.alpha[:number])}
    summary |= {"decided": decided, "given_up": given_up, "open": open_ones, "runs": sum(asked.values())}
    made = [*(earlier["verdicts"]["looks"]["made"] if earlier else []), summary]
    verdicts = document(registry, tables, {**study_json, "seeds": study.seeds[:seeds]}, judged, sizes)
    return {
        "look": number,
        "registry": registry.digest,
        "schedule": study.schedule,
        "asked": asked,
        "next": {} if last else _next(registry, open_ones, asked, caps, looks.seeds[number]),
        "tested": [
            {"claim": key[0], "on": key[1], "hypotheses": asdict(one.hypotheses), "decision": asdict(one.decision)}
            for key, one in judged.items()
            if isinstance(one, Tested)
        ],
        "verdicts": verdicts | {"looks": {"planned": study.schedule, "least_power": LEAST_POWER, "made": made}},
    }


def write_verdicts(look_json: Path, verdicts_json: Path, verdicts_csv: Path) -> dict[str, Any]:
    """Write the verdicts of the last look as those of the study."""
    verdicts: dict[str, Any] = read_json(look_json, _NEEDED)["verdicts"]
    write_json(verdicts_json, verdicts, ensure_ascii=False)
    as_rows(verdicts).to_csv(verdicts_csv, index=False, lineterminator="\n")
    return verdicts


def conditional_power(comparison: Comparison, level: float, growth: float) -> float:
    """Probability that ``growth`` times as many pairs decide a claim, should they go on as those before did.

    The pairs to come have the mean and the spread of those that are there ("under the current trend"; J. M. Lachin,
    A review of methods for futility stopping based on conditional power, Statistics in Medicine 24, 2005); any verdict
    counts.

    Parameters
    ----------
    comparison : Comparison
        With the values so far.
    level : float
        What a p-value will have to meet.
    growth : float
        Pairs at the last look over those that are there.
    """
    now = paired(comparison.values, correction=comparison.correction)
    n = round(growth * now.n)
    if n <= now.n:
        return 0.0
    spread = now.sd * sqrt(n - now.n) / n
    decided = 0
    last = replace(now, n=n, df=n - 1, se=now.sd * sqrt(1 / n + comparison.correction))
    for quantile in _QUANTILES:
        then = comparison.scale.hypotheses(replace(last, mean=now.mean + quantile * spread))
        # NaN, where there is no opposite to show, is not below it
        decided += then.p <= level or then.p_other <= level
    return decided / len(_QUANTILES)


def _closed(one: Judgement | Tested, judgement: Judgement) -> Judgement | Tested:
    """The same with a judgement that no later look changes; one that was given up can no more be shown."""
    if isinstance(one, Judgement):
        return judgement
    if judgement.reason != GIVEN_UP:
        return replace(one, judgement=judgement)
    said = one.hypotheses
    nothing = Hypotheses(said.asserts, 1.0, 1.0, nan if np.isnan(said.p_same) else 1.0)
    return replace(one, judgement=judgement, hypotheses=nothing)


def _next(
    registry: Registry, open_ones: Sequence[str], asked: Mapping[str, int], caps: Mapping[str, int], goal: int
) -> dict[str, int]:
    """The cells that run on, and with how many seeds: those of the claims that are open."""
    wanted: dict[str, int] = {}
    for name in open_ones:
        cells = _cells(registry.claims[name])
        # beyond the seeds of the arm that has the fewest there is no pair
        most = min(goal, *(caps.get(cell, 0) for cell in cells))
        wanted |= {cell: max(most, wanted.get(cell, 0)) for cell in cells if most > asked.get(cell, most)}
    return dict(sorted(wanted.items()))


def _runs_on(registry: Registry, judged: Found, key: Key) -> bool:
    """Whether a claim rests on this judgement, and more seeds may decide it; not so by design, nor without cells."""
    one, claim = judged[key], registry.claims[key[0]]
    if not isinstance(one, Tested) or not one.decision.open or one.judgement.look is not None:
        return False
    if claim.by_design or not _cells(claim):
        return False
    return deciding([on for name, on in judged if name == key[0]]) == key[1]


def _is_paired(claim: Claim) -> bool:
    """Whether its values are paired differences, of which is known what more of them would show."""
    return claim.kind in ("superiority", "equivalence", "ratio")


def _cells(claim: Claim) -> list[str]:
    return list(dict.fromkeys(str(cell) for cells in claim.cells.values() for cell in cells))


def _weighed(claim: Claim) -> tuple[Cell, ...]:
    """The cells whose hyperparameters' importance a claim is about."""
    return claim.cells.get("of", ()) if "importance" in claim.settings.get("fact", {}) else ()


def _judgement_of(one: Judgement | Tested) -> Judgement:
    return one if isinstance(one, Judgement) else one.judgement


def _before(earlier: Mapping[str, Any]) -> dict[Key, Judgement | Tested]:
    """The judgements of the look before, from its file."""
    judged: dict[Key, Judgement | Tested] = {
        (claim["id"], one["on"]): Judgement(**{**one, "b": tuple(one["b"]), "pairs": tuple(one["pairs"])})
        for claim in earlier["verdicts"]["claims"]
        for one in claim["judgements"]
    }
    for one in earlier["tested"]:
        key = (one["claim"], one["on"])
        p_values, decision = (_numbers(one[part]) for part in ("hypotheses", "decision"))
        judged[key] = Tested(_judgement_of(judged[key]), Hypotheses(**p_values), Decision(**decision))
    return judged


def _numbers(said: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON has no number for is not a number."""
    return {name: nan if value is None else value for name, value in said.items()}
