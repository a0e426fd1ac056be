"""What a method is, what it is given (a problem: rows, space, budget, seed), and what it says of plan and result."""

from hpotrial.search.method import Method
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Predictor, Selection
from hpotrial.search.workload import Budget, Rows

__all__ = ["Budget", "Method", "Predictor", "Problem", "Rows", "Selection"]
