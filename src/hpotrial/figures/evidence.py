"""The evidence of each claim, drawn small enough for half a page beside its words: pairs and effects, or values."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from hpotrial.core.claims import GAP
from hpotrial.figures import style
from hpotrial.figures.evidence_pairs import draw_pairs
from hpotrial.figures.evidence_values import draw_rows, draw_values
from hpotrial.figures.wording import speaking


def draw_evidence(verdicts: Mapping[str, Any], folder: Path, language: str = "en") -> list[str]:
    """Draw what the verdict on each claim rests on into ``folder``, as ``{claim}.svg`` (for the report) and ``.png``.

    Parameters
    ----------
    verdicts : Mapping
        The content of ``verdicts.json``.
    folder : Path
        Where to; files of other claims that lie there are left alone.
    language : str
        One of ``core.words.languages()``.

    Returns
    -------
    list of str
        The ids of the claims, in the order of the verdicts.

    Raises
    ------
    HpoTrialError
        Figures cannot be drawn in that language.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with speaking(language), matplotlib.rc_context(style.RC_PARAMS):
        for claim in verdicts["claims"]:
            style.save(evidence(claim), folder / str(claim["id"]))
    return [str(claim["id"]) for claim in verdicts["claims"]]


def evidence(claim: Mapping[str, Any]) -> Figure:
    """The picture of one claim (as ``verdicts.json`` has it); words where its judgements hold nothing to draw."""
    # how far the scores of one claim are apart is not drawn, but told beside
    judgements = [one for one in claim["judgements"] if one["on"] != GAP]
    paired = [one for one in judgements if one["pairs"] and "a" in one["pairs"][0]]
    if paired:
        return draw_pairs(paired)
    for judgement in judgements:
        if judgement.get("details", {}).get("rows"):
            return draw_rows(judgement)
        if judgement["pairs"] or (judgement["effect"] is not None and judgement["expected"] is not None):
            return draw_values(judgement)
    if all(judgement["verdict"] == "not_judged" for judgement in judgements):
        return style.in_words(style.say("Not judged, so there is no evidence to draw; the text says why."))
    return style.in_words(style.say("No effect was measured, so there is no evidence to draw."))
