"""The numbers of the report's verdict pages, from ``verdicts.json``."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hpotrial.core.claims import AUDITED, CONTRADICTED, DOCUMENTED, GAP, MEASURED, SUPPORTED, VERDICTS, deciding
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.files import read_json
from hpotrial.core.words import warn_of

# of these a study always says how many there are; of the others only where there are any
ALWAYS = ("holds", "replicates_only", "refuted", "equivalent", "open")
# the judgement whose numbers stand in the verdict table
_SHOWN_FIRST = (AUDITED, MEASURED, DOCUMENTED)
_NEEDED = {"alpha", "power", "seeds", "families", "left_out", "claims"}
_POINT = 0.01


def verdict_pages(verdicts_json: Path, evidence_dir: Path, words: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What the verdict table, the contradictions and the evidence print.

    Parameters
    ----------
    verdicts_json : Path
        As the judge of the claims wrote it.
    evidence_dir : Path
        Holds ``{claim}.svg`` for each claim.
    words : Mapping
        Of the report: every reason of a verdict must have its sentence there.

    Returns
    -------
    dict
        ``claims`` in the order of the registry, numbered from 1; effects, intervals and margins in the units of
        `core.claims.Judgement`, each judgement saying by ``form`` and ``digits`` how they are printed.

    Raises
    ------
    HpoTrialError
        The verdicts cannot be read, a claim's figure is not there, or there is no word for what they say.
    """
    found = read_json(Path(verdicts_json), _NEEDED, "judge the claims again")
    numbers = {claim["id"]: place for place, claim in enumerate(found["claims"], start=1)}
    claims = [_claim(claim, numbers, Path(evidence_dir), words, language) for claim in found["claims"]]
    made = found.get("looks", {}).get("made", [])
    # what an adjusted p was held against: of an open claim at the last look
    spent = {look["seeds"]: look["alpha"] for look in made} | {None: made[-1]["alpha"] if made else found["alpha"]}
    for judgement in (one for claim in claims for one in claim["judgements"]):
        judgement["limit"] = spent.get(judgement.get("look"), found["alpha"])
    untold = [claim["id"] for claim in found["claims"] if language not in claim["statement"]]
    warn_of(untold, language, "the registry of claims")
    # what a document concludes, and what could have turned out otherwise
    concluded = [claim for claim in claims if not claim["by_design"] and not claim["ours"]]
    counts = {name: sum(claim["outcome"] == name for claim in concluded) for name in words["outcome"]}
    return {
        "alpha": found["alpha"],
        "power": found["power"],
        "seeds": found["seeds"],
        "hypotheses": {name: family["hypotheses"] for name, family in found["families"].items()},
        "counted": len(concluded),
        "by_design": _by_design(claims),
        "ours": sum(claim["ours"] for claim in claims),
        "drops": _drops(concluded),
        "spread": found["spread"],
        "documents": len({source for claim in claims for source in claim["sources"]}),
        "outcomes": [{"outcome": name, "count": counts[name]} for name in counts if counts[name] or name in ALWAYS],
        "standins": sum(claim["standin"] for claim in claims),
        "claims": claims,
        "contradictions": contradictions(found["claims"]),
        "looks": _looks(found["looks"], found["claims"]) if "looks" in found else None,
        "judged_before": found.get("judged_before", []),
        "shared_rows": _shared_rows(claims, found["alpha"]),
        # what stands after a semicolon is a hint for whoever writes the study
        "left_out": [{"id": one["id"], "reason": one["reason"].partition(";")[0]} for one in found["left_out"]],
    }


def _looks(looks: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The planned looks, each with the numbers of the claims that it decided and gave up."""
    rests_on = {claim["id"]: deciding([one["on"] for one in claim["judgements"]]) for claim in claims}
    numbers = {claim["id"]: place for place, claim in enumerate(claims, start=1)}

    def told(entries: Sequence[Mapping[str, Any]]) -> list[int]:
        return sorted(numbers[one["claim"]] for one in entries if one["on"] == rests_on[one["claim"]])

    made = [{**one, "decided": told(one["decided"]), "given_up": told(one["given_up"])} for one in looks["made"]]
    return {**looks, "made": made}


def contradictions(claims: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Claims that stand against each other, by their numbers (from 1): each a ``claim`` and those ``against`` it.

    Every contradiction is named once, with the claim that has the most of them on the left.
    """
    numbers = {claim["id"]: place for place, claim in enumerate(claims, start=1)}
    against = {
        numbers[claim["id"]]: {numbers[other] for other in claim["contradicts"] if other in numbers} for claim in claims
    }
    named: set[frozenset[int]] = set()
    rows = []
    for number in sorted(against, key=lambda number: (-len(against[number]), number)):
        new = sorted(other for other in against[number] if frozenset((number, other)) not in named)
        if new:
            rows.append({"claim": number, "against": new})
            named |= {frozenset((number, other)) for other in new}
    return sorted(rows, key=lambda row: row["claim"])


def _shared_rows(claims: Sequence[Mapping[str, Any]], alpha: float) -> dict[str, int]:
    """How many judgements have a p-value for new rows, and how many of those reach ``alpha`` without and with it."""
    known = [one for claim in claims for one in claim["judgements"] if one["p_shared_rows"] is not None]
    return {
        "judgements": len(known),
        "significant": sum(one["p"] is not None and one["p"] <= alpha for one in known),
        "remaining": sum(one["p_shared_rows"] <= alpha for one in known),
    }


def _by_design(claims: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    told = [one["verdict"] for claim in claims if claim["by_design"] for one in claim["judgements"][-1:]]
    said = {verdict: told.count(verdict) for verdict in (SUPPORTED, CONTRADICTED)}
    return {"count": sum(claim["by_design"] for claim in claims), **said}


def _drops(claims: Sequence[Mapping[str, Any]]) -> list[dict[str, int]]:
    """By how much a documented advantage is shown to be less on the audit rows, where a claim only replicates."""
    return [
        {"claim": claim["number"], "judgement": place}
        for claim in claims
        if claim["outcome"] == "replicates_only"
        for place, one in enumerate(claim["judgements"])
        if one["on"] == GAP and one["verdict"] == SUPPORTED
    ]


def _claim(
    claim: Mapping[str, Any], numbers: Mapping[str, int], evidence_dir: Path, words: Mapping[str, Any], language: str
) -> dict[str, Any]:
    name = claim["id"]
    judgements = [_judgement(name, claim["kind"], judgement, words) for judgement in claim["judgements"]]
    if claim["outcome"] not in words["outcome"]:
        raise HpoTrialError(f"claim {name}: the report has no word for the outcome {claim['outcome']!r}")
    file = evidence_dir / f"{name}.svg"
    drawn = any(one["pairs"] or one["effect"] is not None for one in claim["judgements"])
    if drawn and not file.is_file():
        raise HpoTrialError(f"the evidence {file} is not there; draw the evidence before the report")
    by_score = {judgement["on"]: place for place, judgement in enumerate(judgements)}
    return {
        "number": numbers[name],
        "id": name,
        "statement": in_language(claim["statement"], language),
        "note": in_language(claim.get("note") or {}, language),
        "sources": list(claim["sources"]),
        "documents": [_document(source) for source in claim["sources"]],
        "kind": claim["kind"],
        "primary": claim["primary"],
        "by_design": claim["by_design"],
        "ours": claim["ours"],
        "standin": claim["standin"],
        "outcome": claim["outcome"],
        "contradicts": [numbers[other] for other in claim["contradicts"] if other in numbers],
        "figure": file.name if drawn else None,
        "judgements": judgements,
        "told_first": next((by_score[on] for on in _SHOWN_FIRST if on in by_score), None),
    }


def in_language(texts: Mapping[str, str], language: str) -> str:
    """A text given by language; in English where the language has none, and empty where there is none at all.

    A per cent sign stays on the line of its number.
    """
    text = texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _document(source: str) -> str:
    """``000`` of ``000_f3a99df5210ceb51.txt``; the name itself where it does not begin with a number."""
    found = re.match(r"\d+", source)
    return found.group() if found else source


def _judgement(name: str, kind: str, judgement: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    if judgement["reason"] not in words["reasons"]:
        raise HpoTrialError(
            f"claim {name}: the report has no sentence for the reason {judgement['reason']!r}; "
            "add it to `reasons` in every report.yaml in report/words/"
        )
    if judgement["verdict"] not in VERDICTS:
        raise HpoTrialError(f"claim {name}: {judgement['verdict']!r} is no verdict; there are {', '.join(VERDICTS)}")
    kept = {key: value for key, value in judgement.items() if key not in ("pairs", "a", "b", "rival")}
    return kept | {
        "a": _cell(judgement["a"]),
        "b": [_cell(cell) for cell in judgement["b"]],
        "rival": _cell(judgement["rival"]),
        "form": _form(kind, judgement["unit"]),
        "digits": _digits(kind, judgement),
    }


def _cell(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    dataset, arm, cv = text.split("/")
    return {"dataset": dataset, "arm": arm, "cv": cv}


def _form(kind: str, unit: str) -> str:
    """How an effect is printed: as ``points`` (a difference of shares), a ``level`` in per cent, or in its own unit."""
    if unit == "share":
        return "points" if kind in ("superiority", "equivalence") else "level"
    return unit


def _digits(kind: str, judgement: Mapping[str, Any]) -> int:
    """Decimals of points: one more where the margin is below a point, which would else read as zero."""
    if kind == "interval":
        return 2
    margin = judgement["margin"]
    return 2 if judgement["unit"] == "share" and margin is not None and margin < _POINT else 1
