"""Claims that compare two cells: superiority, equivalence, and the ratio of two costs.

Each is brought to paired values that are above zero where the claim is right: differences of scores, or logarithms of
cost ratios less that of the ratio which the claim expects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hpotrial.core import metrics
from hpotrial.core.claims import (  # fmt: skip
    CONTRADICTED,
    GAP,
    INCONCLUSIVE,
    MEASURED,
    NOT_JUDGED,
    SUPPORTED,
    Claim,
    Judgement,
    ratio_margin,
)
from hpotrial.results.statistics.components import crossed_interval
from hpotrial.results.statistics.intervals import rope
from hpotrial.results.statistics.paired import (
    Paired,
    equivalence,
    hedges_g,
    interval,
    one_sided,
    paired,
    probability_of_improvement,
    wilcoxon,
)
from hpotrial.results.verdicts.decision import DIFFERENCE, EQUIVALENCE, Hypotheses
from hpotrial.results.verdicts.evidence import Evidence, Pairs

# of an interval, as they are reported
Ends = tuple[float | None, float | None]
# why the documented difference is, or is not, another one than the audited
GAP_REASONS = {SUPPORTED: "gap_larger", CONTRADICTED: "gap_smaller", INCONCLUSIVE: "gap_open"}


@dataclass(frozen=True)
class Scale:
    """How paired values are compared: what the claim expects, and the margin, both on the scale of the differences.

    Attributes
    ----------
    asserts : str
        ``difference`` or ``equivalence``.
    upper_only : bool
        Of an equivalence: whether only a difference upwards would break it.
    towards : int
        1 where the claim says that ``a`` is above what is expected, -1 where below.
    expected : float
        0 for scores; the logarithm of the expected ratio for costs.
    margin : float
        In points of the score, or as a logarithm.
    logarithmic : bool
        Whether values are costs.
    indifferent : bool
        Whether a difference within the margin is none that anybody would care about; not so for a ratio of two, say,
        where the claim names its bound itself.
    """

    asserts: str = DIFFERENCE
    upper_only: bool = False
    towards: int = 1
    expected: float = 0.0
    margin: float = 0.0
    logarithmic: bool = False
    indifferent: bool = True

    def differences(self, pairs: Pairs) -> np.ndarray:
        """Paired values, positive where the claim is right, of all seeds and folds; shape (values,)."""
        raw = np.log(pairs.a) - np.log(pairs.b) if self.logarithmic else pairs.a - pairs.b
        return np.asarray(self.towards * (raw - self.expected), dtype=float).ravel()

    def shown(self, value: float) -> float | None:
        """A difference as it is reported: a minus b, or a over b."""
        if not np.isfinite(value):
            return None
        raw = self.towards * value + self.expected
        return float(np.exp(raw)) if self.logarithmic else float(raw)

    def interval(self, ends: tuple[float, float]) -> Ends:
        """The ends of an interval as they are reported, the lower first."""
        low, high = (self.shown(end) for end in ends)
        return (low, high) if self.towards > 0 else (high, low)

    def hypotheses(self, found: Paired) -> Hypotheses:
        """The p-values of paired differences."""
        greater, less = one_sided(found)
        if self.asserts == DIFFERENCE:
            same = equivalence(found, -self.margin, self.margin) if self.indifferent else np.nan
            return Hypotheses(DIFFERENCE, greater, less, same)
        above, below_upper = one_sided(found, self.margin)
        if self.upper_only:
            return Hypotheses(EQUIVALENCE, below_upper, above)
        _, below = one_sided(found, -self.margin)
        same = equivalence(found, -self.margin, self.margin)
        return Hypotheses(EQUIVALENCE, same, min(1.0, 2 * min(above, below)))


@dataclass(frozen=True)
class Comparison:
    """A judgement that waits for the correction over its family.

    Attributes
    ----------
    judgement : Judgement
        All but the verdict and what goes with it.
    hypotheses : Hypotheses
        Its p-values.
    scale : Scale
        Of the values.
    values : ndarray
        The deciding pairs' differences, positive where the claim is right; shape (values,).
    correction : float
        Of their variance, for shared rows.
    ends : Callable[[float], tuple]
        The interval at a confidence, as it is reported: what the p-values do not reject. By default there is none.
    reasons : Mapping[str, str]
        By verdict, where it is not of a difference or a ratio: the key of the sentence that says why.
    """

    judgement: Judgement
    hypotheses: Hypotheses
    scale: Scale
    values: np.ndarray
    correction: float
    ends: Callable[[float], Ends] = lambda _: (None, None)
    reasons: Mapping[str, str] = field(default_factory=dict)


def compare(claim: Claim, on: str, evidence: Evidence) -> Comparison | Judgement:
    """Test a claim on one of its scores, or on its cost; a judgement right away where there is nothing to test.

    Of several rivals ``a`` must beat each: the claim's p-value is the largest of theirs (intersection-union test, R. L.
    Berger, Technometrics 24, 1982). One rival that beats ``a`` refutes the claim: the p-value of that is the
    smallest of theirs, times their number (Bonferroni's correction).
    """
    scale = replace(scale_of(claim), indifferent=False) if on == GAP else scale_of(claim)
    (a,), rivals = claim.cells["a"], claim.cells["b"]
    measure = claim.settings["cost"] if on == MEASURED else claim.settings["scores"].get(on, claim.settings["scores"])
    blank = Judgement(
        on=on,
        verdict=NOT_JUDGED,
        reason="no_runs",
        measure=_name(measure),
        unit="ratio" if scale.logarithmic else _unit(claim, evidence),
        a=str(a),
        b=tuple(map(str, rivals)),
        margin=claim.margin,
        expected=scale.shown(0.0) if scale.logarithmic else None,
    )
    tested = []
    for rival in rivals:
        empty = [cell for cell in (a, rival) if evidence.good(cell).empty]
        if empty:
            return replace(blank, rival=str(rival), details={"cell": str(empty[0])})
        if on == MEASURED:
            pairs = evidence.costs(a, rival, str(measure))
        elif on == GAP:
            pairs = evidence.gap(a, rival, claim.settings["scores"], claim.settings.get("metric"))
        else:
            pairs = evidence.scores(a, rival, measure, claim.settings.get("metric"))
        if len(pairs.seeds) < 2:
            reason = "one_seed" if len(pairs.seeds) else "no_pairs"
            return replace(blank, reason=reason, rival=str(rival), n=len(pairs.seeds))
        found = paired(scale.differences(pairs), correction=_correction(pairs), resolution=pairs.resolution)
        tested.append((rival, pairs, scale.hypotheses(found)))
    whole = all_of([hypotheses for *_, hypotheses in tested])
    # reported is the rival against whom the claim fails, or is hardest to hold
    rival, pairs, _ = max(tested, key=lambda one: one[2].p_for - one[2].p_against)
    found = paired(scale.differences(pairs), correction=_correction(pairs), resolution=pairs.resolution)
    described = _described(replace(blank, rival=str(rival)), scale, pairs)
    if measure == "audit" and claim.settings.get("metric") in (None, metrics.ACCURACY):
        crossed = crossed_interval(evidence.row_differences(a, rival))
        rows_low, rows_high = scale.interval(crossed) if crossed else (None, None)
        described = replace(described, rows_low=rows_low, rows_high=rows_high)
    return Comparison(
        described,
        whole,
        scale,
        scale.differences(pairs),
        _correction(pairs),
        lambda confidence: scale.interval(interval(found, confidence)),
        GAP_REASONS if on == GAP else {},
    )


def scale_of(claim: Claim) -> Scale:
    """On which scale a claim's values are compared."""
    if claim.kind != "ratio":
        asserts = EQUIVALENCE if claim.kind == "equivalence" else DIFFERENCE
        return Scale(asserts, claim.settings.get("sides") == "upper", margin=claim.margin)
    ((bound, ratio),) = claim.settings["expected"].items()
    return Scale(
        asserts=EQUIVALENCE if bound == "equal" else DIFFERENCE,
        towards=-1 if bound == "at_most" else 1,
        expected=float(np.log(ratio)),
        margin=ratio_margin(claim.margin),
        logarithmic=True,
        indifferent=ratio == 1,
    )


def all_of(hypotheses: Sequence[Hypotheses]) -> Hypotheses:
    """The hypotheses of a claim against each of several rivals, as one."""
    return Hypotheses(
        hypotheses[0].asserts,
        max(one.p_for for one in hypotheses),
        min(1.0, len(hypotheses) * min(one.p_against for one in hypotheses)),
        max(one.p_same for one in hypotheses),
    )


def _name(measure: str | Mapping[str, Any]) -> str:
    if isinstance(measure, Mapping):
        if "a" not in measure:
            return "documented_minus_audited"
        return f"{measure['a']}_score, {measure['b']}_score"
    return f"{measure}_score" if measure in ("selection", "test", "audit") else measure


def _unit(claim: Claim, evidence: Evidence) -> str:
    known = evidence.runs(claim.cells["a"][0])["metric"].dropna()
    metric = claim.settings.get("metric") or (known.iloc[0] if len(known) else None)
    return metrics.UNITS.get(str(metric), "share")


def _correction(pairs: Pairs) -> float:
    """Folds share rows within a seed; what the seeds share is reported apart, as ``p_shared_rows``."""
    return (pairs.shared_rows or 0.0) if pairs.folds > 1 else 0.0


def _described(judgement: Judgement, scale: Scale, pairs: Pairs) -> Judgement:
    """The numbers of one pair of cells, all but the verdict."""
    values = scale.differences(pairs)
    found = paired(values, correction=_correction(pairs), resolution=pairs.resolution)
    # seeds are what is drawn anew: folds of one seed stay together
    by_seed = values.reshape(len(pairs.seeds), -1).mean(axis=1)
    sides = [side.reshape(len(pairs.seeds), -1).mean(axis=1) for side in (pairs.a, pairs.b)]
    new_rows = None
    if pairs.shared_rows is not None:
        new_rows = scale.hypotheses(paired(values, correction=pairs.shared_rows, resolution=pairs.resolution)).p
    upwards = scale.towards * by_seed
    details = {"without": pairs.without} if pairs.without else {}
    return replace(
        judgement,
        n=len(pairs.seeds),
        effect=scale.shown(found.mean),
        effect_size=hedges_g(upwards),
        probability=probability_of_improvement(by_seed),
        p_wilcoxon=wilcoxon(by_seed),
        p_shared_rows=new_rows,
        rope=rope(by_seed, scale.margin),
        pairs=tuple(
            {"seed": int(seed), "a": float(a), "b": float(b)} for seed, a, b in zip(pairs.seeds, *sides, strict=True)
        ),
        details={**details, "folds": pairs.folds, "upper_only": scale.upper_only},
    )
