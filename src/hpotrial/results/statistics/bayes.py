"""Bayesian probabilities of a difference below, within and above a region of practical equivalence."""

from math import nan

import numpy as np
from numpy.typing import ArrayLike

from hpotrial.results.statistics.paired import paired


def rope(differences: ArrayLike, margin: float, *, centre: float = 0.0, correction: float = 0.0) -> dict[str, float]:
    """Posterior probabilities that the mean difference is below, within and above ``centre`` +- ``margin``.

    The posterior is Student's t round the mean difference, from an uninformative prior (A. Benavoli, G. Corani,
    J. Demsar and M. Zaffalon, Time for a change, Journal of Machine Learning Research 18, 2017, section 3), computed by
    baycomp. Its ``CorrelatedTTest`` is for folds of a cross-validation and always adds their correlation,
    ``1 / (n / runs - 1)``, to the variance of the mean, which no number of runs makes zero: that is its posterior with
    this ``correction``. Pairs of independent seeds have none.

    Parameters
    ----------
    differences
        a - b of each pair, shape (pairs,), without NaN.
    margin, centre
        Half the width of the region (0 or more), and its middle.
    correction
        As of :func:`hpotrial.results.statistics.paired.paired`.

    Returns
    -------
    dict
        ``worse``, ``equal`` and ``better``, which sum to 1; NaN below two pairs. Where the differences never vary the
        posterior is a point, and a point on the region's border is within it.

    Raises
    ------
    ValueError
        If a difference is not finite.
    """
    p = paired(differences, correction=correction)
    if p.n < 2:
        return dict.fromkeys(("worse", "equal", "better"), nan)
    from baycomp.single import Posterior

    # without a region baycomp gives two probabilities
    width = max(float(margin), np.finfo(float).tiny)
    # ends that are equal on paper are equal: a mean of shares is off by rounding
    mean = round(p.mean - centre, 12) if p.sd == 0 else p.mean - centre
    worse, equal, better = (float(share) for share in Posterior(mean, p.se**2, p.df, width).probs())
    return {"worse": worse, "equal": min(max(equal, 0.0), 1.0), "better": better}
