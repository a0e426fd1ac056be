"""Optuna's ``HyperbandPruner`` on real epochs: asynchronous successive halving in several brackets (Li et al., JMLR 18,
2018, and MLSys 2020).

A trial goes on from where it is or ends: none is taken up again, unlike KerasTuner's Hyperband. Each comes to the rungs
of its bracket (``min_resource`` epochs, ``reduction_factor`` times as many, ...) and goes on if it is among the best of
those that came there before it. A pruned trial keeps the score that it had, and cannot be selected.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log
from typing import Annotated, Any, Literal

from annotated_types import Ge

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.records import Trial
from hpotrial.core.space import Configuration, Space
from hpotrial.search import Budget, Method, Problem, Rows, Selection
from hpotrial.search.workload import longest


@dataclass(frozen=True)
class OptunaHyperband(Method):
    """A study with ``HyperbandPruner``; the model of the best trial that was not pruned is what is scored.

    A trial may have as many epochs as the space's longest, or the fixed epochs; epochs are not searched.

    Parameters
    ----------
    n_trials : int
        Number of trials, pruned ones included.
    min_resource : int
        Epochs that every trial gets.
    reduction_factor : int
        One trial in so many goes on from a rung, to a rung so many times as long.
    sampler : str
        What proposes configurations: ``tpe``, Optuna's default, or ``random``, as in the paper.
    n_startup_trials : int
        For ``tpe``: trials at random in each bracket before the model is asked.
    """

    n_trials: Annotated[int, Ge(1)] = 30
    min_resource: Annotated[int, Ge(1)] = 1
    reduction_factor: Annotated[int, Ge(2)] = 3
    sampler: Literal["tpe", "random"] = "tpe"
    n_startup_trials: Annotated[int, Ge(0)] = 10

    cv_kinds = ("test", "holdout")
    libraries = ("keras",)
    packages = ("optuna",)
    shares_fits = False

    def search(self, problem: Problem) -> Selection | None:
        """Run the study; each epoch of a fit is reported to it."""
        import optuna

        from hpotrial.search.adapters.optuna import run_study
        from hpotrial.training.callbacks import EpochPruning

        epochs = longest(problem.space, problem.epochs_of({}))

        def evaluate(configuration: Configuration, asked: Any) -> Trial:
            if "epochs" in problem.space.names:
                configuration = {**configuration, "epochs": epochs}
            return problem.evaluate(configuration, epochs, callbacks=[EpochPruning(asked, problem.monitor, epochs)])

        samplers = optuna.samplers
        proposing = (
            samplers.TPESampler(n_startup_trials=self.n_startup_trials, seed=problem.search_seed)
            if self.sampler == "tpe"
            else samplers.RandomSampler(seed=problem.search_seed)
        )
        pruner = optuna.pruners.HyperbandPruner(
            min_resource=self.min_resource, max_resource=epochs, reduction_factor=self.reduction_factor
        )
        space = problem.space.without(("epochs",))
        return run_study(problem, proposing, self.n_trials, space=space, pruner=pruner, evaluate=evaluate)

    def plan(self, space: Space, epochs: int) -> Budget:
        """``n_trials`` trials, each asking for all epochs; pruning, like early stopping, only lowers them.

        Raises
        ------
        ConfigurationError
            If a trial's first rung lies beyond its last epoch, so that nothing would ever be pruned.
        """
        most = longest(space, epochs)
        if self.min_resource >= most:
            raise ConfigurationError(
                f"optuna_hyperband: min_resource {self.min_resource} leaves nothing to prune of {most} epochs; lower it"
            )
        return Budget(self.n_trials, float(self.n_trials * most))

    def rungs(self, space: Space, epochs: int, rows: Rows) -> int:
        """Those of the longest bracket, of which the last is a fit's last epoch."""
        return 1 + floor(log(longest(space, epochs) / self.min_resource, self.reduction_factor))
