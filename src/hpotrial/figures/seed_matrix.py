"""Audit scores as a matrix of seeds and arms, for the figures that compare all arms of a dataset at once."""

import pandas as pd

from hpotrial.figures import style
from hpotrial.results import arm_label, cv_order


def audit_matrix(runs: pd.DataFrame) -> pd.DataFrame:
    """Audit scores of the runs of one dataset that ended well: a row per seed, a column per arm and cv-setting.

    A run that is missing is NaN. Columns are labels of arms, by cv-setting and name; an arm without any score is not
    there.
    """
    ok = style.ok_runs(runs).dropna(subset="audit_score")
    keys = sorted({*zip(ok["arm"], ok["cv"], strict=True)}, key=lambda key: (cv_order(key[1]), key[0]))
    wide = ok.pivot(index="seed", columns=["arm", "cv"], values="audit_score").sort_index()
    wide = wide.reindex(columns=pd.MultiIndex.from_tuples(keys, names=["arm", "cv"])) if keys else wide
    return wide.set_axis([arm_label(arm, cv) for arm, cv in keys], axis=1)


def complete_blocks(matrix: pd.DataFrame) -> pd.DataFrame:
    """The seeds in which every arm has a score.

    An arm with fewer than half of the seeds is left out first, since it would take them from all others.
    """
    enough = matrix.loc[:, matrix.notna().mean() >= 0.5]
    return enough.dropna()
