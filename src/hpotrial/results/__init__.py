"""The runs of a study collected into tidy tables, and held against the plan."""

from hpotrial.core.table_schemas import COUNTS
from hpotrial.results.collect import collect
from hpotrial.results.completeness import Completeness
from hpotrial.results.labels import arm_label, cv_order
from hpotrial.results.summary import mean_interval, summarise, summarise_metrics
from hpotrial.results.tables import Tables

__all__ = [
    "COUNTS",
    "Completeness",
    "Tables",
    "arm_label",
    "collect",
    "cv_order",
    "mean_interval",
    "summarise",
    "summarise_metrics",
]
