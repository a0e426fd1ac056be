"""hyperopt's ``fmin`` over a problem: what its algorithms share."""

from __future__ import annotations

from typing import Any

from hyperopt import STATUS_FAIL, STATUS_OK, Trials, fmin
from hyperopt.exceptions import AllTrialsFailed

from hpotrial.core import seeds
from hpotrial.search.adapters.space_translation import from_hyperopt, hyperopt_space
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Selection


def run_fmin(problem: Problem, algo: Any, max_evals: int) -> Selection | None:
    """Run ``fmin`` with ``Trials`` over the problem's space; the best trial is selected, None if all failed.

    Parameters
    ----------
    problem
        What is searched; its seed is ``fmin``'s.
    algo
        Such as ``hyperopt.rand.suggest``.
    max_evals
        Number of evaluations, one after another; the same point may come twice.
    """

    def objective(drawn: dict[str, Any]) -> dict[str, Any]:
        trial = problem.evaluate(from_hyperopt(problem.space, drawn))
        return {"status": STATUS_OK, "loss": -trial.score} if trial.ok else {"status": STATUS_FAIL}

    try:
        fmin(
            objective,
            hyperopt_space(problem.space),
            algo=algo,
            max_evals=max_evals,
            trials=Trials(),
            rstate=seeds.generator(problem.seed),
            show_progressbar=False,
            verbose=False,
        )
    except AllTrialsFailed:
        return None
    return problem.selected()
