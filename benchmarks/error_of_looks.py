"""How often a registry has a false verdict after all of its planned looks, and what the looks decide: simulated.

Run as `python benchmarks/error_of_looks.py [REGISTRIES]` (1,000 for each line); prints and writes
benchmarks/error_of_looks.json, which docs/statistics.md quotes. The schedule is that of config/full.yaml, the registry
has about as many claims as config/claims.yaml has primary hypotheses, every second of them an equivalence.

The rule is the library's (`results.verdicts.decision.decide` on the p-values of `Scale.hypotheses`), for many
registries at once; tests/statistics/test_error_of_looks.py holds the two against each other. Nothing is given up, which
makes errors likelier: whatever is still open is tested at every look.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special
from statsmodels.stats.proportion import proportion_confint

ROOT = Path(__file__).resolve().parents[1]
LOOKS, ALPHA = (10, 20, 40, 80, 160, 260), (0.005, 0.0025, 0.005, 0.0075, 0.01, 0.02)
CLAIMS, MARGIN = 40, 0.01
SEED = 20_260_712
# registries that are simulated at once
AT_ONCE = 100
SUPPORTED, CONTRADICTED, EQUIVALENT, OPEN = "supported", "contradicted", "equivalent", "open"
Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Independent noise of spread 1."""
    return rng.normal(size=shape)


def one_rival(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Noise of which half is the rival's that all claims share, so that they err together."""
    return (rng.normal(size=shape) - rng.normal(size=(shape[0], 1, shape[2]))) / np.sqrt(2)


def skewed(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Noise of skewness 1, to the left in every second claim."""
    form = 4.0
    signs = np.where(np.arange(shape[1]) % 4 < 2, 1.0, -1.0)[:, None]
    return signs * (rng.gamma(form, size=shape) - form) / np.sqrt(form)


def p_values(values: np.ndarray, equivalence: np.ndarray, margin: float = MARGIN) -> np.ndarray:
    """What each claim asserts, and the opposite of it, as p-values; then the one-sided ones of its direction.

    Parameters
    ----------
    values : ndarray
        Differences, positive where the claim is right; shape (registries, claims, seeds).
    equivalence : ndarray
        Whether a claim asserts one, shape (claims,).

    Returns
    -------
    ndarray
        Shape (registries, claims, 3): ``p``, ``p_other``, and 1 where the difference is above zero.
    """
    n = values.shape[2]
    mean, sd = values.mean(axis=2), values.std(axis=2, ddof=1)
    skewness = ((values - mean[..., None]) ** 3).mean(axis=2) / (sd**2 * (n - 1) / n) ** 1.5

    def sides(null: float) -> tuple[np.ndarray, np.ndarray]:
        # Student's t, and t without the skewness (Hall 1992): the larger p of the two
        u = (mean - null) / sd
        hall = np.sqrt(n) * (u + skewness * u**2 / 3 + skewness**2 * u**3 / 27 + skewness / (6 * n))
        t = np.sqrt(n) * u
        return special.stdtr(n - 1, -np.minimum(t, hall)), special.stdtr(n - 1, np.maximum(t, hall))

    above, below = sides(0.0)
    beyond, below_upper = sides(margin)
    above_lower, under = sides(-margin)
    differs = np.minimum(1, 2 * np.minimum(above, below))
    same = np.maximum(above_lower, below_upper)
    outside = np.minimum(1, 2 * np.minimum(beyond, under))
    p, other = np.where(equivalence, same, differs), np.where(equivalence, outside, same)
    return np.stack([p, other, above < below], axis=2)


def decided(p: np.ndarray, alpha: float, fallen: np.ndarray) -> np.ndarray:
    """Which nulls have fallen after a look: `decide`, for many registries at once.

    Parameters
    ----------
    p : ndarray
        Of what each claim asserts and of its opposite, shape (registries, claims, 2).
    alpha : float
        What the look spends.
    fallen : ndarray
        Which had fallen before, of the same shape; a claim with one is not tested again.
    """
    registries = len(p)
    rows = np.arange(registries)
    gone, after = fallen.copy(), fallen.copy()
    kept = fallen.any(axis=2)
    largest = np.zeros(registries)
    flat = p.reshape(registries, -1)
    for place in np.argsort(flat, axis=1, kind="stable").T:
        row, side = place // 2, place % 2
        tested = ~kept[rows, row]
        possible = (~gone).any(axis=2).sum(axis=1)
        adjusted = np.maximum(largest, np.minimum(1, flat[rows, place] * possible))
        largest = np.where(tested, adjusted, largest)
        gone[rows[tested], row[tested], side[tested]] = True
        falls = tested & (largest <= alpha)
        after[rows[falls], row[falls], side[falls]] = True
        if not (largest <= alpha).any():
            break
    return after


def verdicts(fallen: np.ndarray, upwards: np.ndarray, equivalence: np.ndarray) -> np.ndarray:
    """The verdicts of fallen nulls, shape (registries, claims)."""
    asserted, opposite = fallen[..., 0], fallen[..., 1]
    of_difference = np.where(opposite, EQUIVALENT, np.where(asserted, np.where(upwards, SUPPORTED, CONTRADICTED), OPEN))
    return np.where(equivalence, np.where(asserted, SUPPORTED, np.where(opposite, CONTRADICTED, OPEN)), of_difference)


def false(said: np.ndarray, truths: np.ndarray, equivalence: np.ndarray, margin: float = MARGIN) -> np.ndarray:
    """Whether each verdict says what is not so; a difference of exactly the margin is not within it."""
    within = np.abs(truths) < margin
    of_same = np.where(said == SUPPORTED, ~within, (said == CONTRADICTED) & (np.abs(truths) <= margin))
    of_difference = np.select(
        [said == SUPPORTED, said == CONTRADICTED, said == EQUIVALENT], [truths <= 0, truths >= 0, ~within], False
    )
    return np.where(equivalence, of_same, of_difference)


def looked_at(
    values: np.ndarray, equivalence: np.ndarray, looks: tuple[int, ...] = LOOKS, alpha: tuple[float, ...] = ALPHA
) -> list[np.ndarray]:
    """The verdicts after each look at registries' differences of shape (registries, claims, seeds)."""
    fallen = np.zeros((*values.shape[:2], 2), dtype=bool)
    upwards = np.zeros(values.shape[:2], dtype=bool)
    said = []
    for n, spends in zip(looks, alpha, strict=True):
        p = p_values(values[..., :n], equivalence)
        new = ~fallen.any(axis=2)
        upwards = np.where(new, p[..., 2] > 0, upwards)
        fallen = decided(p[..., :2], spends, fallen)
        said.append(verdicts(fallen, upwards, equivalence))
    return said


def simulated(
    truths: np.ndarray,
    draw: Draw,
    sds: np.ndarray,
    registries: int,
    seed: int,
    looks: tuple[int, ...] = LOOKS,
    alpha: tuple[float, ...] = ALPHA,
) -> dict[str, Any]:
    """Registries with a false verdict after all looks, and the share of claims that is decided after each."""
    rng = np.random.default_rng(seed)
    equivalence = np.arange(len(truths)) % 2 == 1
    wrong, shares = 0, np.zeros(len(looks))
    for done in range(0, registries, AT_ONCE):
        now = min(AT_ONCE, registries - done)
        values = truths[:, None] + sds[:, None] * draw(rng, (now, len(truths), looks[-1]))
        said = looked_at(values, equivalence, looks, alpha)
        wrong += int(false(said[-1], truths, equivalence).any(axis=1).sum())
        shares += [float((one != OPEN).mean()) * now / registries for one in said]
    low, high = proportion_confint(wrong, registries, method="beta")
    return {"count": wrong, "of": registries, "rate": wrong / registries, "low": float(low), "high": float(high),
            "decided": [round(float(share), 4) for share in shares]}  # fmt: skip


def worlds() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What is true of the claims, and how far their differences spread from seed to seed."""
    place = np.arange(CLAIMS)
    signs = np.where(place // 2 % 2, 1.0, -1.0)
    mixture = np.array([0, MARGIN, -MARGIN, 2 * MARGIN, 0.5 * MARGIN])[place // 2 % 5]
    wide, narrow = np.full(CLAIMS, 0.03), np.full(CLAIMS, 0.005)
    return {
        "no difference, wide": (np.zeros(CLAIMS), wide),
        "at the margin, wide": (signs * MARGIN, wide),
        "at the margin, narrow": (signs * MARGIN, narrow),
        "a mixture": (mixture, np.where(place // 10 % 2, wide, narrow)),
    }


def main(registries: int = 1000) -> None:
    """Simulate, print and write every line."""
    lines = []
    for row, (truth, (truths, sds)) in enumerate(worlds().items()):
        for column, draw in enumerate((normal, one_rival, skewed)):
            found = simulated(truths, draw, sds, registries, SEED + 10 * row + column)
            lines.append({"truth": truth, "data": draw.__name__} | found)
            print(f"{truth:<24}{draw.__name__:<12}{found['rate']:.3f} [{found['low']:.3f}, {found['high']:.3f}]  "
                  f"decided {found['decided']}", flush=True)  # fmt: skip
    # who looks every ten seeds, with all of alpha each time
    often = tuple(range(LOOKS[0], LOOKS[-1] + 1, 10))
    truths, sds = worlds()["at the margin, wide"]
    unplanned = simulated(truths, normal, sds, registries, SEED + 100, often, (sum(ALPHA),) * len(often))
    print(f"unplanned: {unplanned['rate']:.3f} [{unplanned['low']:.3f}, {unplanned['high']:.3f}]")
    unplanned = {"truth": "at the margin, wide", "data": "normal", "looks": often} | unplanned
    said = {"looks": LOOKS, "alpha": ALPHA, "claims": CLAIMS, "margin": MARGIN, "seed": SEED, "lines": lines}
    said["unplanned"] = unplanned
    (ROOT / "benchmarks" / "error_of_looks.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
