"""What a method sees: the data, the space, the budget, the seed, and three faces of one model."""

from hpotrial.problem.budget import Budget
from hpotrial.problem.problem import Predictor, Problem, Selection

__all__ = ["Budget", "Predictor", "Problem", "Selection"]
