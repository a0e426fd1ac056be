"""The runs of a study collected into tidy tables, and held against the plan."""

from hpotrial.tables.collecting import collect
from hpotrial.tables.completeness import Completeness
from hpotrial.tables.labels import arm_label, cv_order
from hpotrial.tables.schema import COUNTS
from hpotrial.tables.store import Tables
from hpotrial.tables.summary import mean_interval, summarise, summarise_metrics

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
