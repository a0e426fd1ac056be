"""The plan: every run of a study with what it is expected to cost, made before anything trains.

Trials and fits are the most that there can be. Epochs and examples are those asked for, or, where a method draws its
configurations, their expectation; early stopping only lowers them. Seconds are estimates from one machine's rates
(``rates.yaml``, which ``benchmarks/plan_rates.py`` measures).
"""

from hpotrial.plan.making import COLUMNS, COUNTS, make_plan, priced, summary

__all__ = ["COLUMNS", "COUNTS", "make_plan", "priced", "summary"]
