"""Where the artefacts of a study lie: said once, for the rules, for what reads them, and for the documentation.

What is made for each run, row, figure or claim has the rules' wildcards in its path.
"""

from __future__ import annotations

from collections.abc import Mapping
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
REPEATS = "repeats"
# Parquet alone
ROWS = "rows"
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


def cell_ids(runs: Any) -> Any:
    """What each run of a table shares with those of the other seeds: ``dataset/arm/cv``, as a column."""
    return runs["dataset"] + "/" + runs["arm"] + "/" + runs["cv"]


class StudyPaths:
    """The files and folders of one study, as text, below its folder of results.

    Attributes
    ----------
    results : str
        That folder.
    plan, study, power : str
        Every run with what it may cost; what was asked, and of which data; the seeds that each claim needs.
    runs, trials, outcome : str
        The folder of the runs; a run's trials, and its record.
    replication, replicated_row : str
        The folder of the documented rows that were trained again, and the record of one.
    fits, row_fits : str
        The folder of the tables of fits, and of that of a documented row that is trained again.
    provenance : str
        The folder of the digests of the code that runs were made with, a file for each fingerprint.
    look, judged : str
        What a planned look decided and asks for; what was judged where none was planned.
    figure, claims : str
        The folder of a figure (a picture for each dataset, or one of the study), and of the evidence of each claim.

    Examples
    --------
    >>> StudyPaths("results").outcome
    'results/runs/{dataset}/{arm}/{cv}/seed{seed}/outcome.json'
    """

    def __init__(self, results: str) -> None:
        self.results = results
        self.plan, self.study, self.power = (f"{results}/{name}" for name in ("plan.csv", "study.json", "power.csv"))
        self.runs = f"{results}/runs"
        self.trials, self.outcome = (f"{self.runs}/{RUN}/{name}" for name in (TRIALS_FILE, OUTCOME_FILE))
        self.replication = f"{results}/replication"
        self.replicated_row = f"{self.replication}/{ROW}.json"
        self.fits = f"{results}/fits"
        self.row_fits = f"{self.fits}/replication/{ROW}"
        self.provenance = f"{results}/provenance"
        self.looks = f"{results}/looks"
        self.look, self.judged = f"{self.looks}/look{{look}}.json", f"{self.looks}/judged_{{seeds}}_{{registry}}.json"
        self.figure, self.claims = f"{results}/figures/{{figure}}", f"{results}/claims"

    def table(self, name: str) -> str:
        """A file among the tables."""
        return f"{self.results}/tables/{name}"

    def run_fits(self, shared: bool) -> str:
        """The folder of the table of fits that a run uses: all runs' of its dataset and seed, or its own."""
        return f"{self.fits}/{{dataset}}/seed{{seed}}" if shared else f"{self.fits}/{RUN}"

    def report(self, name: str) -> str:
        """A file of the report."""
        return f"{self.results}/report/{name}"
