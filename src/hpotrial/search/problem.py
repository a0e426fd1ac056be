"""The problem that a method is given: its rows, its space, and ``evaluate``, which makes a trial of a configuration."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hpotrial import models
from hpotrial.core import metrics, seeds
from hpotrial.core.configuration import Arm
from hpotrial.core.errors import BudgetSpent, NotFiniteLoss
from hpotrial.core.records import CUT, OK, PRUNED, Cost, Generation, Trial, cut, failed, incumbent
from hpotrial.core.space import Space, canonical
from hpotrial.search.folds import Fold
from hpotrial.search.known_fits import KnownFits
from hpotrial.search.selection import Predictor, Selection
from hpotrial.training.fit_table import FitTable
from hpotrial.training.metering import CostMeter

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoldFit:
    """One fit of a trial: its model, its score on the fold's scored rows, the epoch whose weights were kept (or -1),
    and whether a pruner ended it."""

    predictor: Predictor
    score: float
    best_epoch: int = -1
    pruned: bool = False


@dataclass
class Problem:
    """Everything that a search may know; the test rows are in it only where it selects on them, the audit rows never.

    Attributes
    ----------
    X, y : ndarray of shape (rows, ...), ndarray of shape (rows,)
        Rows that the search may look at, and their class codes, from 0.
    folds : list of pairs of ndarray
        Positions (fitted, scored) in ``X``, as scikit-learn's ``cv`` has them; a trial makes one fit for each pair. An
        arm's ``train_share`` below 1 leaves training rows in neither.
    n_train : int
        How many of ``X``'s rows, the first, are training rows; a refit uses just those.
    n_classes : int
        The number of classes, some of which may be absent from ``y``.
    arm : Arm
        The model, the hyperparameters that are not searched, how networks are fitted, what is maximised.
    seed : int
        The run's seed. A fit's own seed follows from it, the configuration and the rows, not from what ran before.
    repeat : int
        Which of the run's searches this is, from 0; ``search_seed`` follows from it.
    capacity : int
        Rows that a compiled program has room for; the same for all cv-settings, so that they share programs.
    validates_in_fit : bool
        Whether a Keras fit scores the fold's rows after each epoch, on which early stopping and checkpoints look.
    fits : FitTable or None
        Where finished fits are kept, and taken from; None: nowhere.
    space : Space
        The arm's search space.
    meter : CostMeter
        What all fits cost so far.
    trials : list of Trial
        What was evaluated, in order.
    generations : list of Generation
        What an evolutionary search tells of its populations.
    known_trials, known_models : KnownFits
        What the searches of the run have evaluated, and fitted by a library, so far.

    Examples
    --------
    >>> from hpotrial.core.configuration import Arm
    >>> arm = Arm("loop", "grid_loop", {}, "random_forest", {}, {"n_estimators": {"choice": [2, 4]}})
    >>> X, y = np.arange(12.0).reshape(12, 1), np.repeat([0, 1], 6)
    >>> folds = [(np.arange(0, 12, 2), np.arange(1, 12, 2))]
    >>> problem = Problem(X, y, folds, 12, 2, arm, seed=0, capacity=12, validates_in_fit=True)
    >>> problem.evaluate({"n_estimators": 2}).status
    'ok'
    >>> problem.selected().configuration
    {'n_estimators': 2}
    """

    X: np.ndarray
    y: np.ndarray
    folds: list[Fold]
    n_train: int
    n_classes: int
    arm: Arm
    seed: int
    capacity: int
    validates_in_fit: bool
    fits: FitTable | None = None
    repeat: int = 0
    space: Space = field(init=False)
    meter: CostMeter = field(init=False)
    trials: list[Trial] = field(default_factory=list)
    generations: list[Generation] = field(default_factory=list)
    _best: tuple[int, Predictor] | None = None
    _scaled: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    known_trials: KnownFits[tuple[Trial, Predictor | None]] = field(default_factory=KnownFits)
    known_models: KnownFits[Predictor] = field(default_factory=KnownFits)

    def __post_init__(self) -> None:
        self.space = Space.from_config(self.arm.space)
        self.meter = CostMeter(epoch_budget=self.arm.epoch_budget)

    def repeated(self, number: int) -> Problem:
        """The problem of another search of the run: of the same rows, folds and fits, with nothing done yet."""
        return replace(self, repeat=number, trials=[], generations=[], _best=None)

    @property
    def search_seed(self) -> int:
        """What all that the search draws follows from: the run's seed, and in its further searches others."""
        return seeds.of_search(self.seed, self.repeat)

    # -- the model --------------------------------------------------------------------------------------------------

    @property
    def library(self) -> str:
        """The library of the model: ``keras`` or ``sklearn``."""
        return models.library(self.arm.model)

    @property
    def epochs_name(self) -> str:
        """The model's hyperparameter that says how long a fit trains."""
        return models.epochs_name(self.arm.model)

    @property
    def monitor(self) -> str:
        """What the logs of an epoch call the selecting metric on the scored rows; greater is better."""
        return f"val_{self.arm.metric}"

    def score(self, probabilities: np.ndarray, y: np.ndarray) -> float:
        """The selecting metric of class probabilities (rows, classes) against class codes; greater is better."""
        return metrics.score(self.arm.metric, probabilities, y)

    def require_numbers(self, scores: Any) -> None:
        """Raise NotFiniteLoss if a score, or one of several, is infinite or not a number."""
        if not np.isfinite(scores).all():
            raise NotFiniteLoss(f"the {self.arm.metric} of the scored rows is not a number")

    def epochs_of(self, configuration: Mapping[str, Any]) -> int:
        """Passes over the training rows that a fit of this configuration asks for."""
        return int(self.complete(configuration)[self.epochs_name])

    def complete(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """A value for every hyperparameter: the configuration's, else the fixed one, else the model's default."""
        return {**models.defaults(self.arm.model), **self.arm.fixed, **configuration}

    def fit_seed(self, configuration: Mapping[str, Any], y_fitted: np.ndarray, refit: int = 0) -> int:
        """The seed of a fit, from the run's seed, the configuration and the labels of the rows in their order.

        Of several refits each has its own, the first that of any fit of these rows.
        """
        return seeds.of_fit(self.seed, canonical(configuration), y_fitted, refit)

    def build_model(
        self,
        configuration: Mapping[str, Any],
        y_fitted: np.ndarray,
        checkpoints: dict[str, Any] | None = None,
        *,
        refit: int = 0,
    ) -> Any:
        """An untrained, metered model; the labels ``y_fitted`` of the rows that it is for decide its seed."""
        from hpotrial.training.building import make_model

        return make_model(
            self.arm.model,
            self.complete(configuration),
            self.X.shape[1:],
            self.n_classes,
            seed=self.fit_seed(configuration, y_fitted, refit),
            training=self.arm.training,
            capacity=self.capacity,
            meter=self.meter,
            checkpoints=checkpoints,
            fits=self.fits,
        )

    def scaled_fold(self, number: int) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Scaler, rows and labels of a fold: (scaler, X fitted, y fitted, X scored, y scored), kept and read-only."""
        from hpotrial.training.scaling import Standardizer

        if number not in self._scaled:
            fitted, scored = self.folds[number]
            scaler = Standardizer().fit(self.X[fitted])
            X_fitted, X_scored = (scaler.transform(self.X[rows]) for rows in (fitted, scored))
            arrays = (X_fitted, self.y[fitted], X_scored, self.y[scored])
            for array in arrays:
                array.setflags(write=False)
            if len(self.folds) > 1 and self.X.nbytes > 2**24:
                self._scaled.clear()
            self._scaled[number] = (scaler, *arrays)
        return self._scaled[number]

    def only_scored(self, number: int) -> np.ndarray | None:
        """The scaled rows that are all that a fold's model is asked for; None of one fold, whose may win."""
        return self.scaled_fold(number)[3] if len(self.folds) > 1 else None

    # -- evaluating a configuration ---------------------------------------------------------------------------------

    def evaluate(
        self, configuration: Mapping[str, Any], epochs: int | None = None, callbacks: Sequence[Any] = ()
    ) -> Trial:
        """Fit a configuration on every fold and score it; a failure is recorded, not raised.

        Parameters
        ----------
        configuration : Mapping
            A value for each active hyperparameter of the space.
        epochs : int, optional
            Epochs of each fit; by default as the configuration, the fixed hyperparameters or the model's default say.
        callbacks : sequence of keras.callbacks.Callback
            Told of each epoch after the configured ones; for Keras models on cv-settings with one fold. One with a true
            attribute ``pruned`` after the fit makes the trial a pruned one.

        Returns
        -------
        Trial
            Recorded already, in ``trials``; ``trial.ok`` says whether it has a score.

        Raises
        ------
        BudgetSpent
            If the arm's budget of epochs ends before the trial does; the trial is recorded as cut.
        """
        trial, predictor = self._evaluated(configuration, epochs, callbacks)
        self.record(trial)
        if trial.status == CUT:
            raise BudgetSpent
        if predictor is not None and incumbent(self.trials) is trial:
            self._best = trial.number, predictor
        return trial

    def _evaluated(
        self, configuration: Mapping[str, Any], epochs: int | None, callbacks: Sequence[Any]
    ) -> tuple[Trial, Predictor | None]:
        """The trial that a configuration makes, not yet recorded, and its model where there is one fold.

        Raises BudgetSpent if nothing of the budget is left before the first fit; a trial that it ends later is ``cut``.
        """
        number, asked = len(self.trials), self.epochs_of(configuration) if epochs is None else epochs
        settled, cost, fits, before = dict(configuration), Cost(), [], len(self.meter.costs)
        known = f"{asked} {canonical(settled)}"
        if not callbacks and (found := self.known_trials.charged(known, self.meter, asked * len(self.folds))):
            return replace(found[0], number=number), found[1]
        try:
            for fold in range(len(self.folds)):
                mark = len(self.meter.costs)
                try:
                    fits.append(self._fit_fold(fold, configuration, asked, callbacks))
                finally:
                    cost = sum(self.meter.costs[mark:], cost)
            scores = tuple(fit.score for fit in fits)
            self.require_numbers(scores)
        except BudgetSpent:
            if not cost.fits:
                raise
            return cut(number, settled, cost, asked), None
        except Exception as error:
            return failed(number, settled, cost, asked, error), None
        kept = fits[0].best_epoch if len(fits) == 1 else -1
        status = PRUNED if any(fit.pruned for fit in fits) else OK
        trial = Trial(number, settled, float(np.mean(scores)), scores, cost, asked, kept, status)
        predictor = fits[0].predictor if len(fits) == 1 else None
        if self.arm.repeats > 1 and not callbacks:
            self.known_trials.keep(known, (trial, predictor), self.meter.costs[before:])
        return trial, predictor

    def _fit_fold(
        self, number: int, configuration: Mapping[str, Any], epochs: int, callbacks: Sequence[Any]
    ) -> FoldFit:
        scaler, X, y, X_scored, y_scored = self.scaled_fold(number)
        predictor = Predictor(scaler, model := self.build_model(configuration, y))
        model.scored_rows = self.only_scored(number)
        arguments: dict[str, Any] = {"epochs": epochs, **self.fit_arguments(configuration)}
        listeners: list[Any] = []
        if self.library == "keras" and self.validates_in_fit:
            listeners = [*self.listeners(X_scored, y_scored), *callbacks]
            arguments |= {"validation_data": (X_scored, y_scored), "callbacks": listeners}
        history = model.fit(X, y, **arguments).history
        if "validation_data" not in arguments:
            return FoldFit(predictor, self.score(model.predict(X_scored), y_scored))
        from hpotrial.training.callbacks import BestEpoch

        pruned = any(getattr(callback, "pruned", False) for callback in callbacks)
        for kept in listeners:
            if isinstance(kept, BestEpoch):
                return FoldFit(predictor, float(kept.value), kept.epoch, pruned)
        return FoldFit(predictor, float(history[self.monitor][-1]), -1, pruned)

    def fit_arguments(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """What a fit of this configuration is told beside its epochs."""
        return {"batch_size": int(self.complete(configuration)["batch_size"])} if self.library == "keras" else {}

    def listeners(self, X_scored: np.ndarray, y_scored: np.ndarray, checkpoint: bool = True) -> list[Any]:
        """The Keras callbacks of a fit that validates on these scaled rows: metric, early stopping, checkpoint.

        Parameters
        ----------
        X_scored, y_scored : ndarray of shape (rows, ...), ndarray of shape (rows,)
            Scaled rows, and their class codes.
        checkpoint : bool
            False leaves the checkpoint out, where a library keeps its own.
        """
        from hpotrial.training.callbacks import for_training

        training = self.arm.training if checkpoint else replace(self.arm.training, checkpoint="last")
        measured = None if self.arm.metric == metrics.ACCURACY else (X_scored, y_scored, self.score)
        return for_training(training, self.monitor, measured)

    # -- recording and settling -------------------------------------------------------------------------------------

    def record(self, trial: Trial) -> Trial:
        """Add a finished trial and say so in the log."""
        self.trials.append(trial)
        outcome = f"score {trial.score:.4f}" if trial.ok else f"{trial.status}: {trial.message}"
        log.info(
            "trial %d: %s, %s, %d fits, %d epochs, %.1f s",
            trial.number, canonical(trial.configuration), outcome, trial.cost.fits, trial.cost.epochs,
            trial.cost.wall_seconds,
        )  # fmt: skip
        return trial

    def selected(self) -> Selection | None:
        """The incumbent of all trials, with its fitted model where ``evaluate`` kept one; None if all failed."""
        best = incumbent(self.trials)
        if best is None:
            return None
        kept = self._best[1] if self._best and self._best[0] == best.number else None
        return Selection(best.configuration, best.score, kept)

    def refit(self, configuration: Mapping[str, Any], number: int = 0, epochs: int | None = None) -> Predictor:
        """Fit a configuration on all training rows, without validation; metered, and outside the budget of epochs.

        It ends at the epoch that the search kept of its best trial of this configuration, since nothing is set aside
        that could stop a refit early; where none was kept, after the configuration's epochs.

        Parameters
        ----------
        configuration : Mapping
            A value for each active hyperparameter.
        number : int
            Which of several refits it is, from 0: each has a seed of its own.
        epochs : int, optional
            Those of the first refit, where this is a further one.
        """
        from hpotrial.training.scaling import Standardizer

        X, y = self.X[: self.n_train], self.y[: self.n_train]
        scaler = Standardizer().fit(X)
        model = self.build_model(configuration, y, refit=number)
        model.budgeted = False
        asked = self._epochs_to_refit(configuration) if epochs is None else epochs
        model.fit(scaler.transform(X), y, epochs=asked, **self.fit_arguments(configuration))
        return Predictor(scaler, model)

    def _epochs_to_refit(self, configuration: Mapping[str, Any]) -> int:
        tried = incumbent([trial for trial in self.trials if trial.configuration == dict(configuration)])
        return self.epochs_of(configuration) if tried is None or tried.best_epoch < 0 else tried.best_epoch + 1
