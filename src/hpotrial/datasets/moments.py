"""The figures of `telecust_moments.yaml`, worked out from the published table by `hpotrial moments`."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hpotrial.core.errors import DataError
from hpotrial.core.files import read_bounded
from hpotrial.datasets.dataset import Dataset
from hpotrial.datasets.kinds import telecust

HEADER = """\
# Moments of the published telecust table (1,000 customers), class by class; made by datasets/moments.py.
# levels: share of each value from the first bound to the last. correlation: lower triangle, in the order of the
# features, of the normal scores behind the ranks.
"""
# features with a handful of values are described by their shares, the others by mean and standard deviation
MAX_LEVELS = 8
SHAPES = {"income": "lognormal"}


def figures(dataset: Dataset) -> dict[str, Any]:
    """The figures of a telecust table: `features` and `classes`, as `customers.moments` returns them."""
    from scipy.stats import spearmanr

    names = telecust.FEATURES
    bounds = {name: (int(column.min()), int(column.max())) for name, column in zip(names, dataset.X.T, strict=True)}
    levelled = [name for name, (low, high) in bounds.items() if high - low < MAX_LEVELS]
    features = {
        name: {"bounds": list(bounds[name]), "shape": "levels" if name in levelled else SHAPES.get(name, "beta")}
        for name in names
    }
    classes = {}
    for code, class_name in enumerate(dataset.meta.classes):
        rows = dataset.X[dataset.y == code].astype(np.float64)
        column = dict(zip(names, rows.T, strict=True))
        # a rank correlation rho belongs to normal scores correlated by 2 sin(pi rho / 6)
        scores = 2 * np.sin(np.pi / 6 * spearmanr(rows).statistic)
        classes[class_name] = {
            "size": len(rows),
            "mean": {name: round(float(column[name].mean()), 3) for name in names},
            "sd": {name: round(float(column[name].std(ddof=1)), 3) for name in names},
            "levels": {name: _shares(column[name], *bounds[name]) for name in levelled},
            "correlation": [[round(float(r), 3) for r in scores[i, :i]] for i in range(len(names))],
        }
    return {"features": features, "classes": classes}


def _shares(values: np.ndarray, low: int, high: int) -> list[float]:
    counts = np.bincount((values - low).astype(int), minlength=high - low + 1)
    return [round(float(count) / len(values), 4) for count in counts]


def text(dataset: Dataset) -> str:
    """The YAML file, with the line breaks that make it readable."""
    return HEADER + yaml.safe_dump(figures(dataset), sort_keys=False, default_flow_style=None, width=118)


def moments_of(path: Path) -> str:
    """The content of ``telecust_moments.yaml``, worked out from the published table.

    Parameters
    ----------
    path : Path
        The table, as published.

    Raises
    ------
    DataError
        The file is another table, or is none.
    """
    published = telecust.Telecust("telecust")
    file = published.raw_files()[0]
    try:
        content = read_bounded(path, file.max_bytes)
    except FileNotFoundError:
        raise DataError(f"{path} not found: say where the published table is") from None
    reason = file.refusal(content)
    if reason is not None:
        raise DataError(f"{path} {reason}: calibrate on the published table")
    return text(published.build({file.name: content}))
