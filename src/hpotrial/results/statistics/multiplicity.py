"""Correction for testing many hypotheses."""

import numpy as np
from numpy.typing import ArrayLike


def holm(p_values: ArrayLike) -> np.ndarray:
    """Holm's adjusted p-values, shape (hypotheses,): the family-wise error rate at which each is just rejected.

    A NaN stays NaN, and its hypothesis does not count (S. Holm, A simple sequentially rejective multiple test
    procedure, Scandinavian Journal of Statistics 6, 1979).
    """
    from statsmodels.stats.multitest import multipletests

    adjusted = np.array(p_values, dtype=float)
    tested = ~np.isnan(adjusted)
    if tested.any():
        adjusted[tested] = multipletests(adjusted[tested], method="holm")[1]
    return adjusted
