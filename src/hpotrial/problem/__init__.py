"""What a method sees: the data, the space, the budget, the seed, and three faces of one model."""

from hpotrial.problem.budget import Budget
from hpotrial.problem.problem import Problem
from hpotrial.problem.selection import Predictor, Selection

__all__ = ["Budget", "Predictor", "Problem", "Selection"]
