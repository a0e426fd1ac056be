"""What a method is, what it is given (a problem: rows, space, budget, seed), and what it says of plan and result."""

from hpotrial.search.method import Method
from hpotrial.search.problem import Predictor, Problem, Selection
from hpotrial.search.workload import Budget, Rows

__all__ = ["Budget", "Method", "Predictor", "Problem", "Rows", "Selection"]
