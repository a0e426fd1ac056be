"""What a method sees: the data, the space, the budget, the seed, and three faces of one model."""

from hpotrial.search.problem import Problem
from hpotrial.search.selection import Predictor, Selection
from hpotrial.search.workload import Budget

__all__ = ["Budget", "Predictor", "Problem", "Selection"]
