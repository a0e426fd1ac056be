"""Work out the figures of `telecust_moments.yaml` from the published table.

python -m hpotrial.datasets.moments path/to/telecust.csv > telecust_moments.yaml
"""

import sys
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
MOST_LEVELS = 8
SHAPES = {"income": "lognormal"}


def figures(dataset: Dataset) -> dict[str, Any]:
    """The figures of a telecust table: `features` and `classes`, as `customers.moments` returns them."""
    from scipy.stats import spearmanr

    names = telecust.FEATURES
    bounds = {name: (int(column.min()), int(column.max())) for name, column in zip(names, dataset.X.T, strict=True)}
    levelled = [name for name, (low, high) in bounds.items() if high - low < MOST_LEVELS]
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


def main(arguments: list[str]) -> None:
    """Print the YAML file for the table whose path is the one argument. Raises DataError for any other table."""
    if len(arguments) != 1:
        raise DataError("moments takes one argument: the path of the published table (telecust.csv)")
    published = telecust.Kind("telecust")
    file = published.raw_files()[0]
    content = read_bounded(Path(arguments[0]), file.max_bytes)
    reason = file.refusal(content)
    if reason is not None:
        raise DataError(f"{arguments[0]} {reason}: calibrate on the published table")
    sys.stdout.write(text(published.build({file.name: content})))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DataError as error:
        sys.exit(f"error: {error}")
