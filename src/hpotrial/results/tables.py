"""The collected tables of one study, as they lie in their folder."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from hpotrial.core import metrics
from hpotrial.core.files import read_json
from hpotrial.results.completeness import Completeness
from hpotrial.results.summary import summarise

IMPORTANCE_COLUMNS = ["dataset", "arm", "cv", "seed", "hyperparameter", "importance"]


def _of_metric(runs: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The runs of the arms that maximise ``metric``; a missing run has it from its arm's others, or accuracy."""
    known = runs.groupby(["dataset", "arm", "cv"])["metric"].transform("first").fillna(metrics.ACCURACY)
    return runs[known == metric]


@dataclass(frozen=True)
class Tables:
    """The collected tables of one study, read from their folder when first asked for."""

    folder: Path

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per planned run."""
        return pd.read_parquet(self.folder / "runs.parquet")

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row per trial of the planned runs."""
        return pd.read_parquet(self.folder / "trials.parquet")

    @cached_property
    def generations(self) -> pd.DataFrame:
        """One row per generation of the planned runs whose search has generations."""
        return pd.read_parquet(self.folder / "generations.parquet")

    @cached_property
    def arms(self) -> pd.DataFrame:
        """One row per dataset, arm and cv-setting: see :func:`summarise`."""
        return summarise(self.runs)

    @cached_property
    def importance(self) -> pd.DataFrame:
        """How much each hyperparameter matters in each run (``IMPORTANCE_COLUMNS``); empty where not computed."""
        file = self.folder / "importance.parquet"
        return pd.read_parquet(file) if file.is_file() else pd.DataFrame(columns=IMPORTANCE_COLUMNS)

    @cached_property
    def verdicts(self) -> dict[str, Any] | None:
        """What became of the claims, as ``verdicts.json`` has it; None for a study without a registry of claims."""
        file = self.folder / "verdicts.json"
        return read_json(file, remedy="judge the claims again") if file.is_file() else None

    def selecting_on(self, metric: str) -> "Tables":
        """The same tables with the runs and trials of those arms only that maximise ``metric``; verdicts stay whole."""
        return self._of(_of_metric(self.runs, metric))

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
        return Completeness(**read_json(self.folder / "completeness.json"))
