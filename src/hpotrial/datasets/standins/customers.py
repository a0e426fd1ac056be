"""A stand-in for telecust: customers drawn at random whose moments, class by class, are those of the published table.

A Gaussian copula joins the features of a class: correlated normal scores are drawn, and each becomes a value of its
feature, by the shares of its levels (region, education, ...), by a beta distribution between its bounds (tenure, age,
...), or by a lognormal one (income). The figures in `telecust_moments.yaml` are all that is taken from the table.
"""

from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from hpotrial.core import seeds

SOURCE = "stand-in for telecust: customers drawn at random from the published table's moments, class by class"
LICENCE = "that of this project; no row of the published table is in it"


@cache
def moments() -> dict[str, Any]:
    """The figures: `features` (name: bounds, shape), `classes` (name: size, mean, sd, levels, correlation)."""
    import yaml

    text = resources.files(__package__).joinpath("telecust_moments.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def draw(seed: int = seeds.SYNTHETIC_CUSTOMERS) -> tuple[np.ndarray, np.ndarray]:
    """Customers (rows x 11, whole numbers as float32, the classes mixed) and their class codes (int32)."""
    figures = moments()
    rng = seeds.generator(seed)
    blocks = [_draw_class(figures["features"], group, rng) for group in figures["classes"].values()]
    X = np.concatenate(blocks)
    y = np.repeat(np.arange(len(blocks), dtype=np.int32), [len(block) for block in blocks])
    order = rng.permutation(len(X))
    return X[order], y[order]


def _draw_class(features: dict[str, Any], group: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    from scipy.stats import norm

    lower = [[*row, 1.0] for row in group["correlation"]]
    correlation = np.eye(len(lower))
    for i, row in enumerate(lower):
        correlation[i, : i + 1] = correlation[: i + 1, i] = row
    values, vectors = np.linalg.eigh(correlation)
    # rounding and rank correlations may leave the matrix a little short of positive definite
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    root /= np.linalg.norm(root, axis=1, keepdims=True)
    scores = norm.cdf(rng.standard_normal((group["size"], len(features))) @ root.T)
    columns = [_quantile(scores[:, i], feature, name, group) for i, (name, feature) in enumerate(features.items())]
    return np.stack(columns, axis=1).astype(np.float32)


def _quantile(p: np.ndarray, feature: dict[str, Any], name: str, group: dict[str, Any]) -> np.ndarray:
    """The values of one feature, whole numbers within its bounds, at the probabilities `p`."""
    from scipy.stats import beta, lognorm

    low, high = feature["bounds"]
    if feature["shape"] == "levels":
        shares = np.cumsum(group["levels"][name])
        return np.minimum(low + np.searchsorted(shares, p * shares[-1]), high)
    mean, sd = group["mean"][name], group["sd"][name]
    if feature["shape"] == "lognormal":
        spread = np.sqrt(np.log1p((sd / (mean - low)) ** 2))
        found = low + lognorm.ppf(p, spread, scale=(mean - low) / np.exp(spread**2 / 2))
    else:
        # half a unit on either side is what rounding adds to the first and the last value
        start, width = low - 0.5, high - low + 1.0
        centre, variance = (mean - start) / width, (sd / width) ** 2
        size = centre * (1 - centre) / variance - 1
        found = start + width * beta.ppf(p, centre * size, (1 - centre) * size)
    return np.clip(np.rint(found), low, high) + 0.0  # and no -0.0
