"""hyperopt's tree of Parzen estimators (documents 002, 003, 004; Bergstra et al., NeurIPS 2011).

hyperopt draws its first ``n_startup_jobs`` points at random, 20 unless told otherwise: the ten evaluations of document
004 never reach the model.
"""

from __future__ import annotations

from typing import Any

from hpotrial.problem import Budget, Problem, Selection
from hpotrial.problem.budget import of_draws
from hpotrial.space import Space
from hpotrial.space_translation import from_hyperopt, hyperopt_space

CV_KINDS = ("test", "holdout", "cv")


def search(problem: Problem, *, max_evals: int = 20, n_startup_jobs: int = 20) -> Selection | None:
    """Run ``fmin`` with ``tpe.suggest`` and ``Trials``; the best trial's model is what is scored.

    Parameters
    ----------
    problem
        What is searched.
    max_evals
        Number of evaluations; the same point may come twice.
    n_startup_jobs
        Evaluations at random before the model is asked.
    """
    from functools import partial

    import numpy as np
    from hyperopt import STATUS_FAIL, STATUS_OK, Trials, fmin, tpe
    from hyperopt.exceptions import AllTrialsFailed

    def objective(drawn: dict[str, Any]) -> dict[str, Any]:
        trial = problem.evaluate(from_hyperopt(problem.space, drawn))
        return {"status": STATUS_OK, "loss": -trial.score} if trial.ok else {"status": STATUS_FAIL}

    try:
        fmin(
            objective,
            hyperopt_space(problem.space),
            algo=partial(tpe.suggest, n_startup_jobs=n_startup_jobs),
            max_evals=max_evals,
            trials=Trials(),
            rstate=np.random.default_rng(problem.seed),
            show_progressbar=False,
            verbose=False,
        )
    except AllTrialsFailed:
        return None
    return problem.selected()


def plan(space: Space, epochs: int, *, max_evals: int = 20, n_startup_jobs: int = 20) -> Budget:
    """``max_evals`` trials."""
    budget = of_draws(space, epochs, 1)
    return Budget(max_evals, budget.epochs * max_evals)
