"""The runs of a study collected into tidy tables, and held against the plan."""

from hpotrial.core.records import COUNTS
from hpotrial.results.collect import collect
from hpotrial.results.statistics.intervals import mean_interval
from hpotrial.results.tables import Completeness, Tables, arm_label, cv_order, fold_gains, summarise, summarise_metrics

__all__ = [
    "COUNTS",
    "Completeness",
    "Tables",
    "arm_label",
    "collect",
    "cv_order",
    "fold_gains",
    "mean_interval",
    "summarise",
    "summarise_metrics",
]
