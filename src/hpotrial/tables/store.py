"""The collected tables of one study, as they lie in their folder."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from hpotrial.tables.completeness import Completeness
from hpotrial.tables.summary import summarise


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
    def completeness(self) -> Completeness:
        """The plan held against what was found."""
        return Completeness(**json.loads((self.folder / "completeness.json").read_text()))
