"""What a study's seeds could show of its claims, and how many seeds each claim would need."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from hpotrial.core import paths
from hpotrial.core.claims import INCONCLUSIVE, NOT_JUDGED
from hpotrial.core.errors import DataError
from hpotrial.core.files import read_json, replacing
from hpotrial.results.statistics import power as powers
from hpotrial.results.verdicts.comparison import Comparison
from hpotrial.results.verdicts.decision import EQUIVALENCE

CONCLUSIVE_SHARE = 0.8
_FIRST = "run the study first (`hpotrial run`), or a small one (`make quick`)"


def detectable(comparison: Comparison, level: float, power: float) -> float | None:
    """Smallest effect, on the scale of the differences, that these pairs show with that power at that level.

    Of a claimed equivalence: the smallest margin within which they would show two equal cells to lie.
    """
    values, scale = comparison.values, comparison.scale
    sd, n = float(values.std(ddof=1)), len(values)
    if scale.asserts != EQUIVALENCE:
        found = powers.detectable(sd, n, level, power, correction=comparison.correction)
        return found * _guard(comparison, n, level / 2, power) if math.isfinite(found) else None
    if sd == 0:
        return 0.0
    sides = 1 if scale.upper_only else 2

    def enough(margin: float) -> bool:
        return powers.power_of_equivalence(sd, margin, n, level, sides=sides) >= power

    high = sd
    while not enough(high):
        high *= 2
    low = 0.0
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high * _guard(comparison, n, level, power)


def _guard(comparison: Comparison, n: int, level: float, power: float) -> float:
    return 1.0 if comparison.correction else powers.guard(n, level, power)


def seeds_needed(comparison: Comparison, level: float, power: float) -> int | None:
    """Seeds with which a true difference of the margin is found, and none is shown to be none, each with that power.

    So it is conditional on the truth: a difference of half the margin takes more, whatever it is called in the end. The
    spread is this study's own, and the level the one that the correction leaves here. None for a claim without a
    margin, and for fold scores, whose shared rows no number of seeds takes away.
    """
    scale = comparison.scale
    if scale.margin <= 0 or comparison.correction:
        return None
    sd = float(comparison.values.std(ddof=1))
    sides = 1 if scale.upper_only else 2

    def different(margin: float) -> int | None:
        return powers.seeds_for_difference(sd, margin, level, power)

    def same(margin: float) -> int | None:
        return powers.seeds_for_equivalence(sd, margin, level, power, sides=sides)

    needed = [_guarded(different, scale.margin, level / 2, power)]
    if scale.indifferent:
        needed.append(_guarded(same, scale.margin, level, power))
    known = [one for one in needed if one is not None]
    return max(known) if len(known) == len(needed) else None


def seeds_between(needed: int, n: int, confidence: float = 0.95) -> tuple[int, int]:
    """What the number of seeds needed may be, the spread that it rests on being known from ``n`` seeds only.

    Seeds needed go with the variance, whose interval is that of chi-square: from ten seeds 0.47 to 3.3 times as many.
    """
    low, high = (special.chdtri(n - 1, tail) / (n - 1) for tail in ((1 - confidence) / 2, (1 + confidence) / 2))
    return math.ceil(needed / low), math.ceil(needed / high)


def _guarded(seeds_for: Callable[[float], int | None], margin: float, level: float, power: float) -> int | None:
    """Seeds by Student's test, and what the guard against skewness takes beside; it takes less the more they are."""
    found = seeds_for(margin)
    for _ in range(2):
        found = None if found is None else seeds_for(margin / powers.guard(found, level, power))
    return found


def power_table(verdicts: Mapping[str, Any], plan: pd.DataFrame) -> pd.DataFrame:
    """Per primary judgement: seeds it had, the effect they can show, seeds it needs, and what those seeds would cost.

    Columns: ``claim, on, verdict, seeds, margin, detectable, seeds_needed, hours``: hours of one core for the runs of
    the claim's cells with that many seeds, by the plan's price of one run; NaN where nothing can be said.
    """
    price = plan[~plan["plan_only"].astype(bool)].groupby(["dataset", "arm", "cv"])["seconds"].mean()
    rows = []
    for claim in verdicts["claims"]:
        for one in claim["judgements"]:
            if not claim["primary"] or one["on"] == "documented":
                continue
            cells = {tuple(cell.split("/")) for cell in [one["a"], *one["b"]] if cell}
            seconds = sum(float(price.get(cell, np.nan)) for cell in cells) if cells else np.nan
            needed = one["seeds_needed"]
            rows.append(
                {
                    "claim": claim["id"],
                    "on": one["on"],
                    "verdict": one["verdict"],
                    "seeds": one["n"],
                    "margin": one["margin"],
                    "detectable": one["detectable"],
                    "seeds_needed": needed,
                    "hours": np.nan if needed is None else needed * seconds / 3600,
                }
            )
    return pd.DataFrame(rows).astype({"seeds_needed": "Int64"})


def write_power(results_dir: Path) -> str:
    """Write ``power.csv`` beside a study's plan, from its verdicts.

    Parameters
    ----------
    results_dir : Path
        The folder of the study's results.

    Returns
    -------
    str
        The table, and the seeds with which most claims would have a conclusive verdict.

    Raises
    ------
    DataError
        The study has not been judged.
    """
    study = paths.StudyPaths(str(results_dir))
    verdicts = read_json(Path(study.table(paths.VERDICTS)), remedy=_FIRST)
    try:
        table = power_table(verdicts, pd.read_csv(study.plan))
    except (OSError, ValueError) as error:
        raise DataError(f"{study.plan} cannot be read ({error}): {_FIRST}") from None
    with replacing(Path(study.power)) as file:
        table.to_csv(file, index=False, lineterminator="\n")
    seeds = seeds_for_share(table)
    share = f"{CONCLUSIVE_SHARE:.0%} of the {len(table)} primary judgements"
    return (
        table.to_string(index=False, float_format=lambda value: f"{value:.3g}", na_rep="-")
        + f"\nseeds for a conclusive verdict on {share}: {seeds if seeds else 'not to be had at these margins'}"
    )


def seeds_for_share(table: pd.DataFrame, share: float = CONCLUSIVE_SHARE) -> int | None:
    """Fewest seeds with which at least that share of the table's claims has, or would have, a conclusive verdict.

    A claim that is conclusive already counts with the seeds it had. None where no number is known to be enough.
    """
    settled = ~table["verdict"].isin([INCONCLUSIVE, NOT_JUDGED])
    needed = table["seeds_needed"].astype(float).where(~settled, table["seeds"].astype(float)).sort_values()
    wanted = math.ceil(share * len(table))
    if not wanted or needed.notna().sum() < wanted:
        return None
    return int(needed.iloc[wanted - 1])
