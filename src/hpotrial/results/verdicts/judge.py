"""Every claim of a registry judged on a study's tables, all at once: the corrections are over the whole registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from hpotrial.core.claims import (  # fmt: skip
    AUDITED,
    CONTRADICTED,
    DESIGN,
    DOCUMENTED,
    EQUIVALENT,
    FAMILIES,
    GAP,
    INCONCLUSIVE,
    NOT_JUDGED,
    SUPPORTED,
    Claim,
    Judgement,
    Registry,
    deciding,
    family_of,
    judged_on,
)
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.files import jsonable, read_json, write_json
from hpotrial.results import Tables
from hpotrial.results.statistics.components import CONFIDENCE
from hpotrial.results.verdicts import facts
from hpotrial.results.verdicts.comparison import GAP_REASONS, Comparison, compare
from hpotrial.results.verdicts.decision import EQUIVALENCE, Decision, Hypotheses, decide
from hpotrial.results.verdicts.documented import within_interval
from hpotrial.results.verdicts.evidence import Evidence, spreads
from hpotrial.results.verdicts.power_analysis import detectable, seeds_between, seeds_needed

_NESTED = ("pairs", "rope", "details", "b")
# the reason, and what becomes of the claim, where a look found that the last one would hardly decide it
GIVEN_UP = "given_up"
# a claim, and the score that it is judged on
Key = tuple[str, str]


@dataclass(frozen=True)
class Tested:
    """A judgement that was tested among its family, and what a later look has to know of it.

    ``comparison`` has the values behind it; None where an earlier look had them.
    """

    judgement: Judgement
    hypotheses: Hypotheses
    decision: Decision
    comparison: Comparison | None = None


Found = dict[Key, Any]


def judge_study(
    registry: Registry,
    tables_dir: Path,
    plan_csv: Path,
    study_json: Path,
    replication_parquet: Path | None,
    verdicts_json: Path,
    verdicts_csv: Path,
    judged_json: Path | None = None,
) -> dict[str, Any]:
    """Judge a study's claims on its files and write ``verdicts.json`` and, a row per judgement, ``verdicts.csv``.

    ``judged_json`` remembers with which seeds and claims, and the other files of its folder say with which it was
    judged before; without it nothing is judged: the study has its first planned look before it.

    Raises
    ------
    HpoTrialError
        A file of the study cannot be read.
    """
    try:
        plan = pd.read_csv(plan_csv)
        replication = pd.read_parquet(replication_parquet) if replication_parquet else None
    except (OSError, ValueError) as error:
        raise HpoTrialError(
            f"the study's plan or replication cannot be read ({error}); run the workflow again"
        ) from None
    tables, study = Tables(Path(tables_dir)), read_json(study_json)
    if judged_json:
        verdicts = jsonable(judge(registry, tables, plan, study, replication))
        others = sorted(path for path in judged_json.parent.glob("judged_*.json") if path != judged_json)
        before = [read_json(path, ("seeds", "registry")) for path in others]
        verdicts["judged_before"] = [
            {"seeds": one["seeds"], "same_claims": one["registry"] == registry.digest}
            for one in sorted(before, key=lambda one: one["seeds"])
        ]
        write_json(judged_json, {"seeds": len(study["seeds"]), "registry": registry.digest})
    else:
        later = {
            (claim.id, on): Judgement(on, NOT_JUDGED, "no_look")
            for claim in registry.claims.values()
            for on in judged_on(claim)
        }
        verdicts = jsonable(
            document(registry, tables, study, later, {family: {"hypotheses": 0} for family in FAMILIES})
        )
    write_json(verdicts_json, verdicts, ensure_ascii=False)
    as_rows(verdicts).to_csv(verdicts_csv, index=False, lineterminator="\n")
    return dict(verdicts)


def judge(
    registry: Registry,
    tables: Tables,
    plan: pd.DataFrame,
    study: Mapping[str, Any],
    replication: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Judge every claim at once, as ``verdicts.json`` holds it (docs/architecture.md).

    Parameters are those of :func:`found`.
    """
    judged = found(registry, tables, plan, study, replication)
    return document(registry, tables, study, judged, settle(registry, judged, registry.alpha))


def found(
    registry: Registry,
    tables: Tables,
    plan: pd.DataFrame,
    study: Mapping[str, Any],
    replication: pd.DataFrame | None = None,
    closed: Mapping[Key, Judgement | Tested] = MappingProxyType({}),
) -> Found:
    """What the tables say of every claim, before any correction: its comparisons, and what is judged right away.

    Parameters
    ----------
    registry : Registry
        The claims, checked against the study.
    tables : Tables
        The collected tables.
    plan : DataFrame
        ``plan.csv``.
    study : Mapping
        The resolved study with its datasets' provenance, ``study.json``.
    replication : DataFrame or None
        ``replication.parquet``, where the study has it.
    closed : Mapping
        Judgements of earlier looks that stay as they are.
    """
    provenance = study.get("provenance", {})
    redrawn = {name: meta.get("documented_train_rows") is None for name, meta in provenance.items()}
    left_out = {
        (one["spec"]["name"], arm): reason
        for one in study["datasets"]
        for arm, reason in one.get("left_out", {}).items()
    }
    standins = _standins(tables, study)
    evidence = Evidence(tables, redrawn)
    return {
        (claim.id, on): closed.get((claim.id, on))
        or _obstacle(claim, on, standins, left_out)
        or _judged(claim, on, evidence, plan, replication)
        for claim in registry.claims.values()
        for on in judged_on(claim)
    }


def settle(
    registry: Registry, judged: Found, alpha: float, before: Mapping[Key, Tested] = MappingProxyType({})
) -> dict[str, dict[str, int]]:
    """Turn every comparison into a tested judgement, family by family; returns the sizes of the families.

    What follows from the study's design is in none, and tested alone. ``alpha`` is what each family may spend, and
    ``before`` what the look before found.
    """
    sizes = {}
    for family in FAMILIES:
        keys = [
            (name, on)
            for (name, on), one in judged.items()
            if not isinstance(one, Judgement) and family_of(registry.claims[name], on) == family
        ]
        decided = [before[key].decision if key in before else None for key in keys]
        decisions = decide([judged[key].hypotheses for key in keys], alpha, decided)
        for key, decision in zip(keys, decisions, strict=True):
            comparison = judged[key]
            if isinstance(comparison, Comparison):
                judgement = _settled(comparison, decision, registry.power)
                judged[key] = Tested(judgement, comparison.hypotheses, decision, comparison)
        sizes[family] = {"hypotheses": len(keys)}
    for (name, on), one in judged.items():
        if isinstance(one, Comparison) and family_of(registry.claims[name], on) == DESIGN:
            previous = before[name, on].decision if (name, on) in before else None
            (decision,) = decide([one.hypotheses], alpha, [previous])
            judged[name, on] = Tested(_settled(one, decision, registry.power), one.hypotheses, decision, one)
    return sizes


def document(
    registry: Registry,
    tables: Tables,
    study: Mapping[str, Any],
    judged: Found,
    sizes: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    """The verdicts as ``verdicts.json`` holds them (docs/architecture.md)."""
    standins = _standins(tables, study)
    judgements = {key: one if isinstance(one, Judgement) else one.judgement for key, one in judged.items()}
    return {
        "alpha": registry.alpha,
        "power": registry.power,
        "seeds": sorted(int(seed) for seed in study["seeds"]),
        "registry": registry.file,
        "families": sizes,
        "spread": spreads(tables, standins),
        "left_out": [{"id": name, "reason": reason} for name, reason in registry.left_out.items()],
        "claims": [
            _record(claim, [judgements[claim.id, on] for on in judged_on(claim)], standins)
            for claim in registry.claims.values()
        ],
    }


def _standins(tables: Tables, study: Mapping[str, Any]) -> set[str]:
    """The datasets whose rows are not the real ones."""
    standins = {name for name, meta in study.get("provenance", {}).items() if meta.get("standin")}
    return standins | set(tables.runs.loc[tables.runs["standin"].fillna(False).astype(bool), "dataset"])


def as_rows(verdicts: dict[str, Any]) -> pd.DataFrame:
    """One row per judgement, without what is nested."""
    return pd.DataFrame(
        [
            {
                "claim": claim["id"],
                "sources": " ".join(claim["sources"]),
                "kind": claim["kind"],
                "primary": claim["primary"],
                "by_design": claim["by_design"],
                "ours": claim["ours"],
                "standin": claim["standin"],
                "outcome": claim["outcome"],
                **{key: value for key, value in one.items() if key not in _NESTED},
                "b": " ".join(one["b"]),
            }
            for claim in verdicts["claims"]
            for one in claim["judgements"]
        ]
    )


def outcome_of(judgements: Sequence[Judgement]) -> str:
    """What the judgements of a claim come to: the audited or measured one decides, the documented one adds to it.

    That a claim replicates and does not hold (or holds on the audit rows alone) is said only where it is shown: by an
    audited verdict against it, or by the test of the gap between the documented difference and the audited one. That
    the one is shown and the other is not shows nothing (A. Gelman and H. Stern, The difference between "significant"
    and "not significant" is not itself statistically significant, The American Statistician 60, 2006).
    """
    verdicts = {one.on: one.verdict for one in judgements}
    documented, gap = verdicts.get(DOCUMENTED), verdicts.get(GAP)
    decisive = verdicts[deciding(verdicts)]
    against = (CONTRADICTED, EQUIVALENT)
    if decisive == SUPPORTED:
        return "audited_only" if documented in against or gap == CONTRADICTED else "holds"
    if decisive == NOT_JUDGED:
        return NOT_JUDGED
    if documented == SUPPORTED and AUDITED in verdicts and (decisive in against or gap == SUPPORTED):
        return "replicates_only"
    if any(one.reason == GIVEN_UP for one in judgements if one.on != GAP):
        return GIVEN_UP
    return {CONTRADICTED: "refuted", EQUIVALENT: EQUIVALENT}.get(str(decisive), "open")


def _obstacle(claim: Claim, on: str, standins: set[str], left_out: Mapping[tuple[str, str], str]) -> Judgement | None:
    """Why nothing can be said of a claim, whatever its numbers."""
    cells = [cell for some in claim.cells.values() for cell in some]
    simulated = [cell for cell in cells if cell.dataset in standins]
    if simulated:
        return Judgement(on, NOT_JUDGED, "standin", details={"cell": str(simulated[0])})
    for cell in cells:
        if (cell.dataset, cell.arm) in left_out:
            why = left_out[cell.dataset, cell.arm]
            return Judgement(on, NOT_JUDGED, "left_out", details={"cell": str(cell), "why": why})
    return None


def _judged(
    claim: Claim, on: str, evidence: Evidence, plan: pd.DataFrame, replication: pd.DataFrame | None
) -> Comparison | Judgement:
    if claim.kind == "count":
        return facts.count(claim, evidence, plan)
    if claim.kind == "interval":
        return within_interval(claim, evidence, replication)
    if claim.kind == "fact":
        return facts.fact(claim, evidence)
    judged = compare(claim, on, evidence)
    if isinstance(judged, Judgement) and judged.reason == "no_runs":
        return _failed(judged, evidence)
    return judged


def _failed(judgement: Judgement, evidence: Evidence) -> Judgement:
    """Tell runs that failed from runs that are not there."""
    runs = evidence.tables.runs
    dataset, arm, cv = str(judgement.details["cell"]).split("/")
    mine = runs[(runs["dataset"] == dataset) & (runs["arm"] == arm) & (runs["cv"] == cv)]
    failed = mine[~mine["status"].isin(["ok", "missing"])]
    if failed.empty:
        return judgement
    details = {**judgement.details, "failed": len(failed), "why": str(failed["message"].iloc[0])}
    return replace(judgement, reason="failed_runs", details=details)


def _settled(comparison: Comparison, decision: Decision, power: float) -> Judgement:
    scale, hypotheses, told = comparison.scale, comparison.hypotheses, comparison.reasons
    least = needed = None
    if not told or told is GAP_REASONS:
        least, needed = detectable(comparison, decision.level, power), seeds_needed(comparison, decision.level, power)
    short = least is not None and scale.margin > 0 and least > scale.margin
    if told:
        reason = told[decision.verdict]
    elif decision.verdict == INCONCLUSIVE:
        reason = "underpowered" if short else "inconclusive"
    else:
        reason = _reason(comparison, decision)
    # what is shown to be within a margin is so on both sides, each at the level
    of_margin = scale.asserts == EQUIVALENCE or decision.verdict == EQUIVALENT
    confidence = 1 - (1 + of_margin) * decision.level
    low, high = comparison.ends(confidence)
    low_alone, high_alone = comparison.ends(CONFIDENCE)
    seeds = (None, None) if needed is None else seeds_between(needed, len(comparison.values))
    return replace(
        comparison.judgement,
        verdict=decision.verdict,
        reason=reason,
        p=hypotheses.p,
        p_adjusted=decision.p_adjusted,
        p_other=hypotheses.p_other,
        p_other_adjusted=decision.p_other_adjusted,
        low=low,
        high=high,
        confidence=confidence,
        low_alone=low_alone,
        high_alone=high_alone,
        detectable=None if least is None else float(np.exp(least)) if scale.logarithmic else least,
        seeds_needed=needed,
        seeds_least=seeds[0],
        seeds_most=seeds[1],
    )


def _reason(comparison: Comparison, decision: Decision) -> str:
    scale, hypotheses, verdict = comparison.scale, comparison.hypotheses, decision.verdict
    if scale.asserts == EQUIVALENCE:
        words = ("ratio_equal", "ratio_unequal") if scale.logarithmic else ("within_margin", "outside_margin")
        return words[verdict == CONTRADICTED]
    if verdict == EQUIVALENT:
        if scale.logarithmic:
            return "ratio_equal"
        small = decision.asserted and hypotheses.p_for < hypotheses.p_against
        return "better_but_small" if small else "within_margin"
    if scale.logarithmic:
        above = (verdict == SUPPORTED) == (scale.towards > 0)
        return "ratio_above" if above else "ratio_below"
    return "better" if verdict == SUPPORTED else "worse"


def _record(claim: Claim, judgements: Sequence[Judgement], standins: set[str]) -> dict[str, Any]:
    datasets = list(dict.fromkeys(cell.dataset for some in claim.cells.values() for cell in some))
    return {
        "id": claim.id,
        "sources": list(claim.sources),
        "statement": dict(claim.statement),
        "note": dict(claim.note),
        "kind": claim.kind,
        "primary": claim.primary,
        "by_design": claim.by_design,
        "ours": claim.ours,
        "contradicts": list(claim.contradicts),
        "datasets": datasets,
        "standin": any(name in standins for name in datasets),
        "outcome": outcome_of(judgements),
        "judgements": [asdict(one) for one in judgements],
    }
