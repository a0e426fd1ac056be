"""One search of a run, from its problem to what it selected and what that is worth."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hpotrial import methods
from hpotrial.core import metrics
from hpotrial.core.errors import BudgetSpent
from hpotrial.core.records import ALL_TRIALS_FAILED, OK, SEARCH_ERROR, Repeat
from hpotrial.core.space import canonical
from hpotrial.runs.scoring import PARTS, Scored, Scorer
from hpotrial.search import Method, Predictor, Problem, Rows, Selection

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Search:
    """A search at its end.

    Attributes
    ----------
    problem : Problem
        What it was given, with its trials, its generations and the meter of its costs.
    status, message : str
        How it ended, and why if not well.
    selection : Selection or None
        What it selected; None where it did not end well.
    scored : Mapping or None
        What the selection came to on the ``test`` and the ``audit`` rows, its refits together.
    """

    problem: Problem
    status: str = OK
    message: str = ""
    selection: Selection | None = None
    scored: Mapping[str, Scored] | None = None

    @property
    def method(self) -> Method:
        """The arm's method with its options."""
        return methods.of(self.problem.arm)

    @property
    def trials_asked(self) -> int | None:
        """Trials that it was to make; None where a budget of epochs, or the method itself, ends it."""
        if self.problem.arm.epoch_budget is not None or not self.method.fixed_trials:
            return None
        return self.method.plan(self.problem.space, self.problem.epochs_of({})).trials

    @property
    def rungs(self) -> int | None:
        """How often a configuration may be evaluated, each time with more; None where the method has no rungs."""
        problem = self.problem
        rows = Rows(problem.n_train, len(problem.folds), problem.n_classes)
        return self.method.rungs(problem.space, problem.epochs_of({}), rows)

    @property
    def configurations(self) -> int:
        """Different configurations among its trials."""
        return len({canonical(trial.configuration) for trial in self.problem.trials})

    @property
    def repeat(self) -> Repeat:
        """This search as it is recorded."""
        test, audit = (self.scored[part].metrics if self.scored else None for part in PARTS)
        return Repeat(
            number=self.problem.repeat,
            configuration=self.selection.configuration if self.selection else None,
            selection_score=self.selection.score if self.selection else None,
            test_score=as_maximised(self.problem.arm.metric, test),
            audit_score=as_maximised(self.problem.arm.metric, audit),
            trials=len(self.problem.trials),
            configurations=self.configurations,
            cost=self.problem.meter.total,
        )


def as_maximised(metric: str, values: Mapping[str, float | None] | None) -> float | None:
    """A metric of several as a search maximises it; None where it is not known."""
    value = values[metric] if values else None
    return -value if value is not None and metric in metrics.LOSSES else value


def searched(problem: Problem, scorer: Scorer) -> Search:
    """Search, fit the selection anew where and as often as that is asked for, and score it.

    A search that raises ends with status ``search_error``, one whose trials all failed with ``all_trials_failed``.
    Errors of the machine (memory, disk) are raised.
    """
    try:
        selection = _selection(problem)
        models = _models(problem, selection) if selection else []
    except (MemoryError, OSError):
        raise
    except Exception as error:
        log.exception("the search ended in an error")
        return Search(problem, SEARCH_ERROR, f"{type(error).__name__}: {error}".splitlines()[0][:500])
    if selection is None:
        message = problem.trials[-1].message if problem.trials else "no trial was made"
        return Search(problem, ALL_TRIALS_FAILED, message)
    return Search(problem, selection=selection, scored=scorer.parts(models))


def _selection(problem: Problem) -> Selection | None:
    """What the search settles on, with the model that is scored."""
    arm = problem.arm
    try:
        selection = methods.of(arm).search(problem)
    except BudgetSpent:
        selection = problem.selected()
    if selection and (selection.predictor is None or ((arm.refit or arm.refits > 1) and not selection.refitted)):
        selection = replace(selection, predictor=problem.refit(selection.configuration), refitted=True)
    return selection


def _models(problem: Problem, selection: Selection) -> list[Predictor]:
    """The selection's model, and those of its further refits, as long as the first."""
    first = selection.predictor
    assert first is not None
    further = range(1, problem.arm.refits)
    epochs = first.model.last_cost.epochs if further else None
    return [first, *(problem.refit(selection.configuration, number, epochs) for number in further)]
