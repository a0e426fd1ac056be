"""How often the verdicts are wrong, and how often they find what is there: on simulated registries with a known truth.

The figures of the report's appendix. Nothing is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hpotrial.core import seeds
from hpotrial.core.claims import (  # fmt: skip
    ALPHA,
    CONTRADICTED,
    EQUIVALENT,
    INCONCLUSIVE,
    MARGINS,
    POWER,
    SUPPORTED,
    Judgement,
)
from hpotrial.core.files import read_json, write_json
from hpotrial.results.statistics.paired import constant, interval, paired
from hpotrial.results.statistics.power import guard, seeds_for_equivalence
from hpotrial.results.verdicts.comparison import Comparison, Scale
from hpotrial.results.verdicts.decision import DIFFERENCE, EQUIVALENCE, decide
from hpotrial.results.verdicts.power_analysis import detectable

MARGIN, CONFIDENCE = MARGINS["score"], 0.95
SAMPLES = 4000
# seeds and claims below which a study's own differences are too few to draw from
LEAST = 5


@dataclass(frozen=True)
class Noise:
    """How far differences of accuracy spread from seed to seed.

    Attributes
    ----------
    sd : float
        Their standard deviation, where it is not counted out.
    rows, disagree : int, float
        Rows that accuracy is counted on, and the share of them on which two arms disagree.
    """

    sd: float
    rows: int
    disagree: float


# as on the telecust data, where ten seeds show little, and as on MNIST, where they show equivalence
WIDE, NARROW = Noise(0.03, 200, 0.1), Noise(0.003, 5000, 0.03)
Draw = Callable[[np.random.Generator, np.ndarray, int, Noise], np.ndarray]


def normal(rng: np.random.Generator, truths: np.ndarray, n: int, noise: Noise) -> np.ndarray:
    """Independent normal differences with the means ``truths``; their shape and one axis more, of ``n``."""
    return rng.normal(truths[..., None], noise.sd, (*truths.shape, n))


def shared_rival(rng: np.random.Generator, truths: np.ndarray, n: int, noise: Noise) -> np.ndarray:
    """The same where all claims of a registry have one rival, so that their differences go up and down together."""
    arms = rng.normal(truths[..., None], noise.sd / np.sqrt(2), (*truths.shape, n))
    return arms - rng.normal(0, noise.sd / np.sqrt(2), (*truths.shape[:-1], 1, n))


def counts(rng: np.random.Generator, truths: np.ndarray, n: int, noise: Noise) -> np.ndarray:
    """Differences of accuracies: coarse multiples of one row, with ties."""
    # accuracies differ by all rows at most, and by no more than those on which the arms disagree
    gains = np.clip(truths[..., None], -1, 1)
    disagree = np.maximum(noise.disagree, np.abs(gains))
    wins, losses = ((disagree + side * gains) / 2 for side in (1, -1))
    shape = (*truths.shape, n)
    return np.asarray((rng.binomial(noise.rows, wins, shape) - rng.binomial(noise.rows, losses, shape)) / noise.rows)


def skewed(rng: np.random.Generator, truths: np.ndarray, n: int, noise: Noise) -> np.ndarray:
    """Differences of skewness 1, as a gamma distribution's."""
    form = 4.0
    return truths[..., None] + noise.sd * (rng.gamma(form, 1, (*truths.shape, n)) - form) / np.sqrt(form)


def empirical(judged: Mapping[str, Any]) -> Draw | None:
    """Draws from a study's own differences; None where fewer than five of its claims have as many as five seeds.

    Of every claim that was tested the differences (log ratios of costs) are taken for all that there are: centred, in
    their standard deviations, and resampled by seed, so that what goes together in the study goes together here.

    Parameters
    ----------
    judged : Mapping
        ``verdicts.json``.
    """
    found = []
    for claim in judged["claims"]:
        for one in claim["judgements"]:
            if one["p"] is None or not one["pairs"] or "a" not in one["pairs"][0]:
                continue
            sides = [np.array([pair[side] for pair in one["pairs"]], dtype=float) for side in ("a", "b")]
            if one["unit"] == "ratio":
                sides = [np.log(side) for side in sides]
            values = sides[0] - sides[1]
            if len(values) >= LEAST and not constant(values):
                found.append((values - values.mean()) / values.std())
    if len(found) < LEAST:
        return None
    seeds_of_each = min(map(len, found))
    pool = np.array([values[:seeds_of_each] for values in found])
    pool = (pool - pool.mean(axis=1, keepdims=True)) / pool.std(axis=1, keepdims=True)

    def draw(rng: np.random.Generator, truths: np.ndarray, n: int, noise: Noise) -> np.ndarray:
        claims = np.arange(truths.shape[-1]) % len(pool)
        drawn = rng.integers(0, seeds_of_each, (*truths.shape[:-1], 1, n))
        return np.asarray(truths[..., None] + noise.sd * pool[claims[:, None], drawn])

    return draw


def verdicts(
    differences: np.ndarray, scales: Sequence[Scale], alpha: float = ALPHA, resolution: float = 0.0
) -> list[str]:
    """The verdicts of one registry of claims, judged together.

    Parameters
    ----------
    differences : ndarray
        Positive where the claim is right; shape (claims, seeds).
    scales : sequence of Scale
        What each claim asserts, and its margin.
    alpha : float
        Chance of any false verdict.
    resolution : float
        The step of the differences, as of :func:`hpotrial.results.statistics.paired.paired`.
    """
    hypotheses = [
        scale.hypotheses(paired(row, resolution=resolution)) for scale, row in zip(scales, differences, strict=True)
    ]
    return [decision.verdict for decision in decide(hypotheses, alpha)]


def is_false(verdict: str, scale: Scale, truth: float) -> bool:
    """Whether a verdict says of a true difference what is not so; an inconclusive one says nothing.

    A difference of exactly the margin is not within it.
    """
    if verdict == INCONCLUSIVE:
        return False
    within = abs(truth) < scale.margin
    if scale.asserts == EQUIVALENCE:
        # contradicted would be a difference beyond the margin
        return not within if verdict == SUPPORTED else abs(truth) <= scale.margin
    return {SUPPORTED: truth <= 0, CONTRADICTED: truth >= 0, EQUIVALENT: not within}[verdict]


def false_verdicts(
    truths: np.ndarray,
    scales: Sequence[Scale],
    draw: Draw,
    noise: Noise,
    n: int,
    registries: int,
    seed: int,
    alpha: float = ALPHA,
) -> int:
    """In how many of so many registries any verdict is false, the claims' true differences being ``truths``."""
    rng = seeds.generator(seed)
    resolution = 1 / noise.rows if draw is counts else 0.0
    wrong = 0
    for _ in range(registries):
        said = verdicts(draw(rng, truths, n, noise), scales, alpha, resolution)
        wrong += any(map(is_false, said, scales, truths))
    return wrong


def found(
    truths: np.ndarray,
    scales: Sequence[Scale],
    verdict: str,
    n: int,
    registries: int,
    seed: int,
    alpha: float = ALPHA,
) -> int:
    """In how many registries of normal differences, widely spread, the first claim has that verdict."""
    rng = seeds.generator(seed)
    return sum(verdicts(normal(rng, truths, n, WIDE), scales, alpha)[0] == verdict for _ in range(registries))


def planted(n_claims: int, margin: float = MARGIN) -> list[tuple[str, np.ndarray, list[Scale], Noise]]:
    """What is planted: its name, the claims' true differences, what they assert, and the noise.

    In narrow noise `equivalent` is within reach, and so is its opposite.
    """
    different, same = Scale(DIFFERENCE, margin=margin), Scale(EQUIVALENCE, margin=margin)
    place = np.arange(n_claims)
    mixture = np.array([0, margin, -margin, 2 * margin])[place // 2 % 4]
    both = [same if number % 2 else different for number in place]
    return [
        ("no_difference", np.zeros(n_claims), [different] * n_claims, WIDE),
        ("at_margin", np.where(place % 2, margin, -margin), [different] * n_claims, NARROW),
        # every kind of claim with every kind of truth
        ("mixture", mixture, both, NARROW),
        ("mixture", mixture, both, WIDE),
    ]


def calibrate(
    n_seeds: int,
    n_claims: int,
    registries: int = 1000,
    seed: int = seeds.CALIBRATION,
    *,
    alpha: float = ALPHA,
    power: float = POWER,
    margin: float = MARGIN,
    own: Draw | None = None,
) -> dict[str, Any]:
    """False verdicts, power and coverage, counted on simulated registries.

    Parameters
    ----------
    n_seeds, n_claims : int
        Of a registry: pairs of each claim, and claims.
    registries : int
        Registries for each figure.
    seed : int
        Of the simulation; each figure has random numbers of its own.
    alpha, power, margin : float
        The standards of the study's registry; the margin is that of a score.
    own : Draw or None
        The study's own differences, see :func:`empirical`.

    Returns
    -------
    dict
        What was simulated (``alpha, power, margin, sd, n_seeds, n_claims, registries, seed``) and three lists.
        ``false_verdicts``: ``truth, data, sd, count, of, rate, low, high``, the family-wise rate of false verdicts.
        ``power``: ``of_what, effect, seeds, stated, count, of, rate, low, high``. ``coverage``: ``interval, data,
        seeds, stated, count, of, rate, low, high``. ``low`` and ``high`` are the 95 % interval of the rate by Clopper
        and Pearson.
    """
    wrong = []
    for row, (truth, means, scales, noise) in enumerate(planted(n_claims, margin)):
        for column, (data, draw) in enumerate(_kinds(own).items()):
            count = false_verdicts(means, scales, draw, noise, n_seeds, registries, seed + 10 * row + column, alpha)
            wrong.append({"truth": truth, "data": data, "sd": noise.sd} | _rate(count, registries))
    said = {"alpha": alpha, "power": power, "margin": margin, "sd": WIDE.sd, "n_seeds": n_seeds, "n_claims": n_claims}
    said |= {"registries": registries, "seed": seed}
    powers = _powers(n_seeds, n_claims, registries, seed + 100, alpha, power, margin)
    return said | {"false_verdicts": wrong, "power": powers, "coverage": _coverage(n_seeds, seed + 200, margin, own)}


def _kinds(own: Draw | None) -> dict[str, Draw]:
    """What differences may be like, by the report's word for it."""
    kinds: dict[str, Draw] = {"normal": normal, "shared_rival": shared_rival, "counts": counts, "skewed": skewed}
    return kinds | ({"empirical": own} if own else {})


def _powers(
    n: int, n_claims: int, registries: int, seed: int, alpha: float, power: float, margin: float
) -> list[dict[str, Any]]:
    # what the correction leaves to the first hypothesis that falls
    level = alpha / n_claims
    scales = [Scale(DIFFERENCE, margin=margin)] * n_claims
    first = np.arange(n_claims) == 0
    one = Comparison(Judgement("", "", ""), scales[0].hypotheses(paired([0.0])), scales[0], _of_spread(WIDE.sd, n), 0.0)
    effect = detectable(one, level, power)
    assert effect is not None
    seen = found(np.where(first, effect, 0.0), scales, SUPPORTED, n, registries, seed, alpha)
    rows = [{"of_what": "difference", "effect": effect, "seeds": n, "stated": power} | _rate(seen, registries)]
    enough = seeds_for_equivalence(WIDE.sd, margin, level, power)
    if enough is not None:
        # as many as the guard against skewness asks for beside
        enough = seeds_for_equivalence(WIDE.sd, margin / guard(enough, level, power), level, power)
    if enough is not None:
        seen = found(np.where(first, 0.0, margin), scales, EQUIVALENT, enough, registries, seed + 1, alpha)
        said = {"of_what": "equivalence", "effect": 0.0, "seeds": enough, "stated": power}
        rows.append(said | _rate(seen, registries))
    return rows


def _of_spread(sd: float, n: int) -> np.ndarray:
    """So many values of that standard deviation."""
    values = np.arange(n) - (n - 1) / 2
    return np.asarray(sd * values / values.std(ddof=1))


def _coverage(n: int, seed: int, margin: float, own: Draw | None) -> list[dict[str, Any]]:
    rows = []
    for place, (data, draw) in enumerate(_kinds(own).items()):
        if draw is shared_rival:
            continue
        # a registry of one claim for each sample, so that the study's own claims take turns
        samples = draw(seeds.generator(seed + place), np.full(SAMPLES, margin), n, WIDE)
        if draw is own:
            each = [own(seeds.generator(seed + place + turn), np.full(40, margin), n, WIDE) for turn in range(100)]
            samples = np.concatenate(each)
        intervals = {
            "t": [interval(replace(paired(row), skewness=0.0), CONFIDENCE) for row in samples],
            "printed": [interval(paired(row), CONFIDENCE) for row in samples],
        }
        for name, ends in intervals.items():
            holds = sum(low <= margin <= high for low, high in ends)
            said = {"interval": name, "data": data, "seeds": n, "stated": CONFIDENCE}
            rows.append(said | _rate(holds, len(samples)))
    return rows


def _rate(count: int, of: int) -> dict[str, float]:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count, of, method="beta")
    return {"count": int(count), "of": of, "rate": count / of, "low": float(low), "high": float(high)}


def write(path: Path, n_seeds: int = 10, n_claims: int = 25, judged: Path | None = None, **options: Any) -> None:
    """Write what :func:`calibrate` finds as JSON; equal numbers give equal bytes.

    ``judged`` is the study's ``verdicts.json``, whose differences are drawn from as well.
    """
    own = empirical(read_json(judged, ("claims",))) if judged else None
    write_json(path, calibrate(n_seeds, n_claims, own=own, **options))
