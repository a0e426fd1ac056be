"""Where the artefacts of a study lie: said once, for the rules, for what reads them, and for the documentation.

What is made for each run, row, figure or claim has the rules' wildcards in its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# what all studies of a folder share
RAW = "data/raw"
RECEIPT = f"{RAW}/{{dataset}}.json"
DATA_NPZ, DATA_JSON = "data/processed/{dataset}.npz", "data/processed/{dataset}.json"
SPLIT = "data/splits/{dataset}/seed{seed}.npz"
# how a run is called, its folder below the runs, and the start of its log's name
RUN = "{dataset}/{arm}/{cv}/seed{seed}"
ROW = "row{row}"
# in the folder of a run
TRIALS_FILE, OUTCOME_FILE = "trials.parquet", "outcome.json"
# in the folder of tables: Parquet with CSV beside it, CSV, HTML, JSON
RUNS, TRIALS, GENERATIONS, IMPORTANCE, REPLICATION = "runs", "trials", "generations", "importance", "replication"
ARMS, ARM_METRICS, ARMS_PAGE, VERDICT_ROWS = "arms.csv", "arm_metrics.csv", "arms.html", "verdicts.csv"
COMPLETENESS, VERDICTS = "completeness.json", "verdicts.json"
RECOMMENDATIONS, CALIBRATION = "recommendations.json", "calibration.json"
# in the folder of the report
REPORT, REPORT_PAGE, NUMBERS = "report.pdf", "report.html", "numbers.json"


def run_id(run: Mapping[Any, Any]) -> str:
    """How a run is called, from its ``dataset``, ``arm``, ``cv`` and ``seed``.

    Examples
    --------
    >>> run_id({"dataset": "telecust", "arm": "grid_loop", "cv": "cv5", "seed": 3})
    'telecust/grid_loop/cv5/seed3'
    """
    return RUN.format(**run)


@dataclass(frozen=True)
class StudyPaths:
    """The files and folders of one study, as text, below its folder of results.

    Examples
    --------
    >>> StudyPaths("results").outcome
    'results/runs/{dataset}/{arm}/{cv}/seed{seed}/outcome.json'
    """

    results: str

    @property
    def plan(self) -> str:
        """Every run with what it may cost, made before anything trains."""
        return f"{self.results}/plan.csv"

    @property
    def study(self) -> str:
        """What was asked, and of which data."""
        return f"{self.results}/study.json"

    @property
    def power(self) -> str:
        """The seeds that each claim needs."""
        return f"{self.results}/power.csv"

    @property
    def runs(self) -> str:
        """The folder of the runs."""
        return f"{self.results}/runs"

    @property
    def trials(self) -> str:
        """The trials of a run."""
        return f"{self.runs}/{RUN}/{TRIALS_FILE}"

    @property
    def outcome(self) -> str:
        """The record of a run."""
        return f"{self.runs}/{RUN}/{OUTCOME_FILE}"

    @property
    def replication(self) -> str:
        """The folder of the documented rows that were trained again."""
        return f"{self.results}/replication"

    @property
    def replicated_row(self) -> str:
        """The record of such a row."""
        return f"{self.replication}/{ROW}.json"

    @property
    def run_journals(self) -> str:
        """The folder of the fits of runs that have not been collected."""
        return f"{self.results}/journals/runs"

    @property
    def row_journals(self) -> str:
        """The folder of the fits of documented rows that have not been compared."""
        return f"{self.results}/journals/replication"

    @property
    def provenance(self) -> str:
        """The folder of the digests of the code that runs were made with, a file for each fingerprint."""
        return f"{self.results}/provenance"

    def table(self, name: str) -> str:
        """A file among the tables."""
        return f"{self.results}/tables/{name}"

    @property
    def figure(self) -> str:
        """The folder of a figure: a picture for each dataset, or one of the study."""
        return f"{self.results}/figures/{{figure}}"

    @property
    def claims(self) -> str:
        """The folder of the evidence of each claim."""
        return f"{self.results}/claims"

    def report(self, name: str) -> str:
        """A file of the report."""
        return f"{self.results}/report/{name}"
