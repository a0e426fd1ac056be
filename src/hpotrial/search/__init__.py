"""What a method sees: a problem (rows, space, budget, seed), and what it says of its plan and its result."""

from hpotrial.search.problem import Predictor, Problem, Selection
from hpotrial.search.workload import Budget

__all__ = ["Budget", "Predictor", "Problem", "Selection"]
