"""KerasTuner: a problem as a ``HyperModel``, its tuners over that, and a space as its hyperparameters."""

from __future__ import annotations

import contextlib
import gc
import tempfile
from typing import Any

import keras_tuner
import numpy as np

from hpotrial.core import seeds
from hpotrial.core.errors import BudgetSpent
from hpotrial.core.records import Cost, Trial, cut, failed, incumbent
from hpotrial.core.space import Choice, Configuration, Domain, Hyperparameter, Space, Value, plain
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Predictor, Selection


class ProblemHyperModel(keras_tuner.HyperModel):
    """Builds and fits the problem's model for KerasTuner, which selects on the first fold, and records its trials.

    Parameters
    ----------
    problem
        With one fold (cv-setting ``test`` or ``holdout``): KerasTuner's tuners take one validation set.
    space
        What is tuned; the rest keeps its fixed or default value.
    """

    def __init__(self, problem: Problem, space: Space) -> None:
        super().__init__()
        self.problem, self.space = problem, space
        self.scaler, *self.arrays = problem.scaled_fold(0)
        # KerasTuner saves the best epoch's weights at every improvement; this dictionary stands for its files
        self.checkpoints: dict[str, Any] = {}

    def build(self, hp: Any) -> Any:
        """A compiled model for the values that KerasTuner drew."""
        configuration = self._configuration(hp)
        return self.problem.build_model(configuration, self.arrays[1], self.checkpoints)

    def fit(self, hp: Any, model: Any, *_: Any, epochs: int | None = None, **arguments: Any) -> Any:
        """Fit for one trial and record it; a failure is recorded and raised, for KerasTuner to mark the trial."""
        configuration = self._configuration(hp)
        complete = self.problem.complete(configuration)
        asked = int(complete["epochs"] if epochs is None else epochs)
        X, y, X_scored, y_scored = self.arrays
        number = len(self.problem.trials)
        if "epochs" in configuration:
            # Hyperband says how long, whatever the configuration's place for it held
            configuration["epochs"] = asked
        try:
            history = model.fit(
                X, y, validation_data=(X_scored, y_scored), batch_size=int(complete["batch_size"]), epochs=asked,
                **arguments,
            )  # fmt: skip
            values = history.history[self.problem.monitor]
            self.problem.require_numbers(values)
        except BudgetSpent:
            if model.last_cost.fits:
                self.problem.record(cut(number, configuration, model.last_cost, asked))
            raise
        except Exception as error:
            self.problem.record(failed(number, configuration, model.last_cost, asked, error))
            raise
        best = int(np.argmax(values))
        score, kept = float(values[best]), history.epoch[best]
        self.problem.record(Trial(number, configuration, score, (score,), model.last_cost, asked, kept))
        return history

    def _configuration(self, hp: Any) -> Configuration:
        drawn = keras_tuner_configuration(self.space, hp)
        complete = self.problem.complete(drawn)
        # what is not tuned has its fixed or default value; what is tuned but inactive has none
        inactive = set(self.space.names) - set(drawn)
        return {name: complete[name] for name in self.problem.space.names if name not in inactive}


def run_tuner(problem: Problem, space: Space, tuner_class: Any, **options: Any) -> Selection | None:
    """Run a tuner of KerasTuner's over a problem; its best model, restored from its best epoch, is selected.

    KerasTuner swallows what a trial raises; each trial's status is checked against the record.

    Parameters
    ----------
    problem : Problem
        What is searched; on a cv-setting with one fold.
    space : Space
        What is tuned of the problem's space.
    tuner_class : type
        Such as ``keras_tuner.RandomSearch``.
    **options
        The tuner's own.
    """
    hypermodel = ProblemHyperModel(problem, space)
    with tempfile.TemporaryDirectory() as folder:
        tuner = tuner_class(
            hypermodel,
            objective=keras_tuner.Objective(problem.monitor, "max"),
            seed=seeds.of_keras_tuner(problem.search_seed),
            # failures are recorded one by one; KerasTuner would give up after three in a row
            max_consecutive_failed_trials=10**9,
            directory=folder,
            project_name="search",
            **options,
        )
        # KerasTuner collects garbage twice a trial; it need not look at all of TensorFlow each time
        gc.collect()
        gc.freeze()
        # the checkpoint is KerasTuner's own
        listeners = problem.listeners(hypermodel.arrays[2], hypermodel.arrays[3], checkpoint=False)
        with contextlib.suppress(BudgetSpent):
            tuner.search(callbacks=listeners, verbose=0)
        unrecorded = [t for t in tuner.oracle.trials.values() if t.status not in ("COMPLETED", "RUNNING")]
        for trial in unrecorded[sum(t.failed for t in problem.trials) :]:
            lines = (trial.message or "").strip().splitlines() or ["no message"]
            configuration = keras_tuner_configuration(space, trial.hyperparameters)
            problem.record(failed(len(problem.trials), configuration, Cost(), 0, RuntimeError(lines[-1])))
        best = incumbent(problem.trials)
        if best is None:
            return None
        (model,) = tuner.get_best_models(1)
        return Selection(best.configuration, best.score, Predictor(hypermodel.scaler, model))


def keras_tuner_configuration(space: Space, hp: Any) -> Configuration:
    """Ask a KerasTuner ``HyperParameters`` for one configuration of the space, declaring it on the way."""
    configuration: Configuration = {}
    for h in space.hyperparameters:
        with contextlib.ExitStack() as scopes:
            for parent, values in _conditions(space, h):
                told = [_expressed(parent.domain, value) for value in values]
                scopes.enter_context(hp.conditional_scope(parent.name, told))
            value = _asked(h, hp)
        if h.active(configuration):
            configuration[h.name] = value
    return configuration


def _conditions(space: Space, h: Hyperparameter) -> list[tuple[Hyperparameter, tuple[Value, ...]]]:
    """The parents of a hyperparameter with the values that they need, the first one first, each active under those
    before it: KerasTuner knows a parent only where that one's own condition is told too."""
    for name, values in h.when.items():
        parent = next(p for p in space.hyperparameters if p.name == name)
        return [*_conditions(space, parent), (parent, values)]
    return []


def _asked(h: Hyperparameter, hp: Any) -> Value:
    """The value that KerasTuner has for a hyperparameter; it has None where a condition does not hold."""
    d = h.domain
    if isinstance(d, Choice):
        drawn = plain(hp.Choice(h.name, [_expressed(d, value) for value in d.values]))
        return drawn if _expressible(d) or drawn is None else d.values[drawn]  # type: ignore[index]
    if (count := d.count()) is not None:
        # positions: KerasTuner's steps may miss the upper end, and its integers below 0 the lower one
        position = hp.Int(h.name, 0, count - 1)
        return None if position is None else d.value(int(position))
    low, high = d.drawn_from
    # reals in place of integers, which KerasTuner rounds down: the lowest would have too small a share
    real = hp.Float(h.name, low, high, sampling="log" if d.log else "linear")
    return None if real is None else d.nearest(float(real))


def _expressible(choice: Choice) -> bool:
    """KerasTuner's ``Choice`` takes numbers or words of one type; it makes integers of booleans and knows no null."""
    kinds = {type(value) for value in choice.values}
    return len(kinds) == 1 and kinds <= {int, float, str}


def _expressed(domain: Domain, value: Value) -> Value:
    """A value as KerasTuner is told it: itself, or its position where KerasTuner cannot say it."""
    if not isinstance(domain, Choice) or _expressible(domain):
        return value
    return next(i for i, v in enumerate(domain.values) if type(v) is type(value) and v == value)
