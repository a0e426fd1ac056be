"""The collected tables of one study: what its runs came to, and means over seeds, the only replication a run has."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from hpotrial.core import metrics, paths
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.files import read_json
from hpotrial.core.records import ARM_KEY, SCORES
from hpotrial.results.statistics.intervals import mean_interval

# what a run costs: of these the tables of arms have the means
MEAN_COSTS = [
    "trials",
    "fits",
    "epochs",
    "examples",
    "wall_seconds",
    "cpu_seconds",
    "compile_seconds",
    "startup_seconds",
    "job_seconds",
]
IMPORTANCE_COLUMNS = ["dataset", "arm", "cv", "seed", "hyperparameter", "importance"]


@dataclass(frozen=True)
class Completeness:
    """What became of the planned runs; a run is named ``{dataset}/{arm}/{cv}/seed{seed}``.

    ``planned == ok + len(failed) + len(missing) + len(unreadable)``. ``unplanned`` runs were found on disk and left
    out. Of those that ended well, ``fewer_trials`` made fewer trials than were asked for, ``repeated`` evaluated a
    configuration again, ``one_rung`` halved nothing (:mod:`hpotrial.results.shortfalls`). ``versions`` counts, for each
    package, the runs that recorded each version.
    """

    planned: int
    ok: int
    failed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    unplanned: list[str] = field(default_factory=list)
    fewer_trials: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    one_rung: list[str] = field(default_factory=list)
    versions: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Tables:
    """The collected tables of one study, read from their folder when first asked for: what a figure is drawn from.

    Parameters
    ----------
    folder : Path
        Where ``collect`` wrote them.

    Examples
    --------
    >>> tables = Tables(Path("results/quick/tables")).of_dataset("telecust")  # doctest: +SKIP
    >>> tables.arms[["arm", "cv", "audit", "audit_low", "audit_high"]]  # doctest: +SKIP
    """

    folder: Path

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per planned run: its arm, cv-setting and seed, its scores (shares of 1) and its costs."""
        return pd.read_parquet(self.folder / f"{paths.RUNS}.parquet")

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row per trial of the planned runs: its configuration as JSON, its score, its costs."""
        return pd.read_parquet(self.folder / f"{paths.TRIALS}.parquet")

    @cached_property
    def generations(self) -> pd.DataFrame:
        """One row per generation of the planned runs whose search has generations."""
        return pd.read_parquet(self.folder / f"{paths.GENERATIONS}.parquet")

    @cached_property
    def repeats(self) -> pd.DataFrame:
        """One row per search of the planned runs: what it selected, its scores, what it cost."""
        return pd.read_parquet(self.folder / f"{paths.REPEATS}.parquet")

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row per run that ended well: which rows it got right, for ``results.right_rows.right_matrix``."""
        return pd.read_parquet(self.folder / f"{paths.ROWS}.parquet")

    @cached_property
    def arms(self) -> pd.DataFrame:
        """One row per dataset, arm and cv-setting: means over seeds with intervals, of :func:`summarise`."""
        return summarise(self.runs)

    @cached_property
    def importance(self) -> pd.DataFrame:
        """How much each hyperparameter matters in each run (``IMPORTANCE_COLUMNS``); empty where not computed."""
        file = self.folder / f"{paths.IMPORTANCE}.parquet"
        return pd.read_parquet(file) if file.is_file() else pd.DataFrame(columns=IMPORTANCE_COLUMNS)

    @cached_property
    def verdicts(self) -> dict[str, Any] | None:
        """What became of the claims, as ``verdicts.json`` has it; None for a study without a registry of claims."""
        file = self.folder / paths.VERDICTS
        return read_json(file, remedy="judge the claims again") if file.is_file() else None

    def by_main_metric(self) -> "Tables":
        """The same tables with those arms only that maximise the metric of most arms of their dataset.

        Scores by different metrics have no place on one axis, nor in one column. Verdicts stay whole.
        """
        return self._of(self.runs[arm_metric(self.runs) == _main_metrics(self.runs)])

    def of_cells(self, cells: Collection[str]) -> "Tables":
        """The same tables with the runs and trials of these cells only, ``dataset/arm/cv``; verdicts stay whole."""
        return self._of(self.runs[paths.cell_ids(self.runs).isin(list(cells))])

    def of_dataset(self, dataset: str) -> "Tables":
        """The same tables with the runs and trials of one dataset only; verdicts stay whole."""
        return self._of(self.runs[self.runs["dataset"] == dataset])

    def _of(self, runs: pd.DataFrame) -> "Tables":
        arms = runs[["dataset", "arm", "cv"]].drop_duplicates()
        part = Tables(self.folder)
        # the cached properties, filled before anything is read
        part.__dict__["runs"] = runs
        for name in ("trials", "generations", "importance"):
            part.__dict__[name] = getattr(self, name).merge(arms, on=["dataset", "arm", "cv"])
        part.__dict__["verdicts"] = self.verdicts
        return part

    @cached_property
    def completeness(self) -> Completeness:
        """The plan held against what was found."""
        return Completeness(**read_json(self.folder / paths.COMPLETENESS))


def arm_metric(runs: pd.DataFrame) -> "pd.Series[str]":
    """The metric that each run's arm maximises; a missing run has it from its arm's others, or accuracy."""
    return runs.groupby(["dataset", "arm", "cv"])["metric"].transform("first").fillna(metrics.ACCURACY)


def _main_metrics(runs: pd.DataFrame) -> "pd.Series[str]":
    """For each run the metric of most arms of its dataset; of equally many, the first of ``metrics.NAMES``."""
    cells = runs.assign(metric=arm_metric(runs)).drop_duplicates(["dataset", "arm", "cv"])
    main = {dataset: max(metrics.NAMES, key=list(mine).count) for dataset, mine in cells.groupby("dataset")["metric"]}
    return runs["dataset"].map(main)


def arm_label(arm: str, cv: str) -> str:
    """How an arm at one cv-setting is called in tables and figures."""
    return f"{arm}, {cv}"


def cv_order(cv: str) -> tuple[int, int]:
    """Sorting key of cv-settings: `test`, `holdout`, then folds by number."""
    return CvSetting(cv).order


def fold_gains(runs: pd.DataFrame) -> pd.DataFrame:
    """Audit scores of the runs that ended well with both cv3 and cv5: columns dataset, arm, seed, cv3, cv5, gain."""
    ok = runs[(runs["status"] == "ok") & runs["cv"].isin(["cv3", "cv5"])]
    wide = ok.pivot(index=["dataset", "arm", "seed"], columns="cv", values="audit_score")
    wide = wide.reindex(columns=["cv3", "cv5"]).dropna().reset_index()
    return wide.assign(gain=wide["cv5"] - wide["cv3"])


def summarise_metrics(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per dataset, arm and cv-setting: the mean of every metric on the audit rows, with 95 % intervals.

    Columns: ``ARM_KEY``, ``selects_on`` (the metric that the arm maximises), ``seeds``, then for each of
    ``hpotrial.core.metrics.NAMES`` its mean in its own units, ``_low`` and ``_high``.
    """
    rows = []
    for row, _, ok in _arms(runs):
        row["seeds"] = len(ok)
        for name in metrics.NAMES:
            row |= _with_interval(name, ok[f"audit_{name}"])
        rows.append(row)
    return pd.DataFrame(rows, columns=[*ARM_KEY, "selects_on", "seeds", *_interval_names(metrics.NAMES)])


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per dataset, arm and cv-setting: scores, with 95 % intervals, and mean costs over seeds.

    Scores are by the metric ``selects_on`` (shares of 1; a loss negated). Only runs with status ``ok`` count; ``seeds``
    says how many there are, ``planned`` how many were asked for.
    """
    rows = []
    for row, group, ok in _arms(runs):
        row |= {"standin": bool(ok["standin"].fillna(False).any()), "planned": len(group), "seeds": len(ok)}
        for score in SCORES:
            row |= _with_interval(score, ok[f"{score}_score"])
        rows.append(row | {cost: mean_interval(ok[cost])[1] for cost in MEAN_COSTS})
    names = [*ARM_KEY, "selects_on", "standin", "planned", "seeds", *_interval_names(SCORES), *MEAN_COSTS]
    return pd.DataFrame(rows, columns=names)


def _arms(runs: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]]:
    """Of each arm at each cv-setting: the start of its row, its runs, and those that ended well."""
    for key, group in sorted(runs.groupby(ARM_KEY), key=lambda item: (*item[0][:3], cv_order(str(item[0][3])))):
        # a run that is missing does not say what it maximises
        selects_on = str(next(iter(group["metric"].dropna()), metrics.ACCURACY))
        yield dict(zip(ARM_KEY, key, strict=True)) | {"selects_on": selects_on}, group, group[group["status"] == "ok"]


def _with_interval(name: str, values: pd.Series) -> dict[str, float]:
    return dict(zip(_interval_names([name]), mean_interval(values)[1:], strict=True))


def _interval_names(names: Iterable[str]) -> list[str]:
    return [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
