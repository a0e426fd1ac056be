"""Documented values held against what new runs would give: by the spread of runs, or by that of their draws."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pandas as pd
from scipy import special

from hpotrial.core.claims import CONTRADICTED, INCONCLUSIVE, MEASURED, NOT_JUDGED, SUPPORTED, Claim, Judgement
from hpotrial.results.statistics.order import BestOfDraws
from hpotrial.results.statistics.paired import Paired, equivalence, interval, one_sided, paired
from hpotrial.results.verdicts.comparison import Comparison, Ends, Scale
from hpotrial.results.verdicts.decision import EQUIVALENCE, Hypotheses
from hpotrial.results.verdicts.evidence import Evidence

_REASONS = {SUPPORTED: "inside", CONTRADICTED: "outside", INCONCLUSIVE: "interval_open"}
_ROWS = {SUPPORTED: "rows_alike", CONTRADICTED: "rows_differ", INCONCLUSIVE: "rows_open"}


def within_interval(claim: Claim, evidence: Evidence, replication: pd.DataFrame | None) -> Comparison | Judgement:
    """Hold documented values against what a new run would give.

    A documented value is that of one run. So its opposite is that this run was of another kind than ours: the
    document's value lies outside of where a new run would. What the claim asserts is shown where a new run would land
    within the margin of the value: only then does a value that lies inside say anything.
    """
    if "replication" in claim.settings:
        return _replicated(claim, replication)
    (cell,), score = claim.cells["of"], claim.settings["score"]
    documented = float(claim.settings["value"])
    blank = Judgement(
        on=MEASURED, verdict=NOT_JUDGED, reason="no_runs", unit="share", a=str(cell), measure=f"{score}_score",
        expected=documented, margin=claim.margin,
    )  # fmt: skip
    values = evidence.good(cell)[f"{score}_score"].dropna().astype(float)
    if len(values) < 2:
        return replace(
            blank, reason="one_seed" if len(values) else "no_runs", n=len(values), details={"cell": str(cell)}
        )
    scale = Scale(EQUIVALENCE, expected=documented, margin=claim.margin)
    beyond = values.to_numpy() - documented
    judgement = replace(
        blank,
        n=len(values),
        effect=float(values.mean()),
        pairs=tuple({"seed": int(str(seed)), "value": value} for seed, value in values.items()),
    )
    if claim.settings.get("independent_draws"):
        trials = evidence.trials(cell)
        # further searches of a run share its fits, so that their draws are not independent of the first's
        trials = trials[trials["repeat"] == 0]
        drawn = trials[trials["seed"].isin(values.index) & trials["score"].notna()]
        best = BestOfDraws(drawn["score"].to_numpy(float), int(drawn.groupby("seed").size().min()))
        hypotheses = Hypotheses(EQUIVALENCE, best.beyond(documented, claim.margin), best.as_far_as(documented))
        judgement = replace(judgement, details={"draws": best.draws, "drawn": len(best.values)})

        def ends(confidence: float) -> Ends:
            # where the draws set no end, the score does
            low, high = best.interval(confidence)
            return 0.0 if low is None else low, 1.0 if high is None else high

        return Comparison(judgement, hypotheses, scale, beyond, 1.0, ends, _REASONS)
    # of a new run: its own variance beside that of the mean
    new_run = paired(beyond, correction=1.0)
    hypotheses = Hypotheses(
        EQUIVALENCE, equivalence(new_run, -claim.margin, claim.margin), min(1.0, 2 * min(one_sided(new_run)))
    )
    return Comparison(
        judgement, hypotheses, scale, beyond, 1.0, lambda confidence: scale.interval(interval(new_run, confidence)),
        _REASONS,
    )  # fmt: skip


def _replicated(claim: Claim, replication: pd.DataFrame | None) -> Comparison | Judgement:
    """Hold every row of a document's table against one more run of its configuration, and all of them together.

    The opposite, that a row is of another kind, by Fisher's combination of the rows' p-values; that the rows are alike,
    by their mean difference: Student's two one-sided tests, with degrees of freedom after Welch and Satterthwaite.
    """
    blank = Judgement(
        on=MEASURED, verdict=NOT_JUDGED, reason="no_runs", unit="count", measure="validation_accuracy",
        margin=claim.margin, details={"cell": "replicate"},
    )  # fmt: skip
    if replication is None:
        return blank
    asked = claim.settings["replication"]
    rows = replication[replication["source"] == asked["source"]]
    if "method" in asked:
        rows = rows[rows["method"] == asked["method"]]
    if rows["standin"].fillna(False).astype(bool).any():
        return replace(blank, reason="standin")
    known = rows[rows["validation_inside"].notna()]
    if known.empty:
        return blank
    if len(known) < asked.get("rows", 1):
        return replace(blank, reason="rows_missing", details={"compared": len(known), "wanted": asked["rows"]})
    n = known["fits"].to_numpy(float)
    off = (known["validation_documented"] - known["validation_mean"]).to_numpy(float)
    se = known["validation_sd"].to_numpy(float) * np.sqrt(1 + 1 / n)
    each = 2 * special.stdtr(n - 1, -np.abs(off) / se)
    together = float(special.chdtrc(2 * len(each), -2 * sum(map(log, np.maximum(each, np.finfo(float).tiny)))))
    df = float(np.sum(se**2) ** 2 / np.sum(se**4 / (n - 1)))
    mean = Paired(int(n.max()), float(off.mean()), float("nan"), sqrt(float(np.sum(se**2))) / len(off), df)
    inside = int(known["validation_inside"].astype(bool).sum())
    judgement = replace(
        blank,
        n=int(n.max()),
        effect=float(inside),
        details={
            "inside": inside,
            "compared": len(known),
            "not_compared": len(rows) - len(known),
            "off": float(off.mean()),
            "rows": [
                {
                    "row": int(row["row"]),
                    "documented": float(row["validation_documented"]),
                    **{name: float(row[f"validation_{name}"]) for name in ("mean", "low", "high")},
                    "inside": bool(row["validation_inside"]),
                }
                for _, row in known.iterrows()
            ],
        },
    )
    hypotheses = Hypotheses(EQUIVALENCE, equivalence(mean, -claim.margin, claim.margin), together)
    scale = Scale(EQUIVALENCE, margin=claim.margin)
    return Comparison(judgement, hypotheses, scale, off, 1.0, reasons=_ROWS)
