"""The problem that a method is given, and its first face: ``evaluate``."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hpotrial import models
from hpotrial.problem.folds import Fold
from hpotrial.space import Configuration, Space, canonical
from hpotrial.trials import Cost, CostMeter, Trial, failed, incumbent

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Predictor:
    """A fitted model with the scaling that belongs to it."""

    scaler: Any
    model: Any

    def probabilities(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (rows, classes), of unscaled rows."""
        return np.asarray(self.model.predict(self.scaler.transform(X)))


@dataclass(frozen=True)
class Selection:
    """What a search settled on.

    Attributes
    ----------
    configuration
        The chosen configuration.
    score
        Its selection score.
    predictor
        The search's own fitted model; None if it kept none, and a refit has to be scored.
    refitted
        Whether ``predictor`` was fitted anew on all training rows.
    """

    configuration: Configuration
    score: float
    predictor: Predictor | None
    refitted: bool = False


@dataclass
class Problem:
    """Everything that a search may know; the test rows are in it only where it selects on them, the audit rows never.

    Attributes
    ----------
    X, y
        Rows that the search may look at, shape (rows, ...), and their class codes.
    folds
        Pairs of positions (fitted, scored) in ``X``; a trial makes one fit for each.
    n_train
        How many of ``X``'s rows, the first, are training rows; a refit uses just those.
    space
        The search space of the arm.
    model, fixed
        Name of the model; hyperparameters that are not searched.
    training
        ``engine``, ``early_stopping``, ``checkpoint``.
    seed
        The run's seed. A fit's own seed follows from it, the configuration and the rows, not from what ran before.
    capacity
        Rows that a compiled program has room for; the same for all cv-settings, so that they share programs.
    """

    X: np.ndarray
    y: np.ndarray
    folds: list[Fold]
    n_train: int
    n_classes: int
    space: Space
    model: str
    fixed: Mapping[str, Any]
    training: Mapping[str, Any]
    seed: int
    capacity: int
    validates_in_fit: bool
    meter: CostMeter = field(default_factory=CostMeter)
    trials: list[Trial] = field(default_factory=list)
    refit_epochs: int = 0
    _best: tuple[int, Predictor] | None = None
    _scaled: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    # -- the model --------------------------------------------------------------------------------------------------

    def complete(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """A value for every hyperparameter: the configuration's, else the fixed one, else the model's default."""
        return {**models.hyperparameters(self.model), **self.fixed, **configuration}

    def fit_seed(self, configuration: Mapping[str, Any], y_fitted: np.ndarray) -> int:
        """The seed of a fit, from the run's seed, the configuration and the labels of the rows in their order."""
        texts = (canonical(configuration).encode(), np.ascontiguousarray(y_fitted, dtype=np.int32).tobytes())
        return int(np.random.SeedSequence([self.seed, *map(zlib.crc32, texts)]).generate_state(1)[0])

    def build_model(
        self, configuration: Mapping[str, Any], y_fitted: np.ndarray, checkpoints: dict[str, Any] | None = None
    ) -> Any:
        """An untrained, metered model; the labels ``y_fitted`` of the rows that it is for decide its seed."""
        from hpotrial.training.building import build

        return build(
            self.model,
            self.complete(configuration),
            self.X.shape[1:],
            self.n_classes,
            seed=self.fit_seed(configuration, y_fitted),
            engine=self.training["engine"],
            capacity=self.capacity,
            meter=self.meter,
            checkpoints=checkpoints,
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

    # -- the first face: evaluate -----------------------------------------------------------------------------------

    def evaluate(self, configuration: Mapping[str, Any], epochs: int | None = None) -> Trial:
        """Fit a configuration on every fold and score it; a failure is recorded, not raised.

        Parameters
        ----------
        configuration
            A value for each active hyperparameter of the space.
        epochs
            Epochs of each fit; None: as the configuration, the fixed hyperparameters or the model's default say.
        """
        complete = self.complete(configuration)
        asked = int(complete["epochs"] if epochs is None else epochs)
        cost, scores, best_epoch = Cost(), [], -1
        try:
            for number in range(len(self.folds)):
                model, predictor, score, best_epoch, error = self._fit_fold(number, configuration, complete, asked)
                cost += model.last_cost
                if error is not None:
                    raise error
                scores.append(score)
        except Exception as error:
            return self.record(failed(len(self.trials), dict(configuration), cost, asked, error))
        kept = best_epoch if len(self.folds) == 1 else -1
        mean = float(np.mean(scores))
        trial = self.record(Trial(len(self.trials), dict(configuration), mean, tuple(scores), cost, asked, kept))
        if len(self.folds) == 1 and incumbent(self.trials) is trial:
            self._best = trial.number, predictor
        return trial

    def _fit_fold(
        self, number: int, configuration: Mapping[str, Any], complete: Mapping[str, Any], epochs: int
    ) -> tuple[Any, Predictor, float, int, Exception | None]:
        from hpotrial.training.callbacks import BestEpoch, for_training

        scaler, X, y, X_scored, y_scored = self.scaled_fold(number)
        model = self.build_model(configuration, y)
        arguments: dict[str, Any] = {"batch_size": int(complete["batch_size"]), "epochs": epochs}
        callbacks = for_training(self.training) if self.validates_in_fit else []
        if self.validates_in_fit:
            arguments["validation_data"] = (X_scored, y_scored)
        predictor = Predictor(scaler, model)
        try:
            history = model.fit(X, y, callbacks=callbacks, **arguments).history
        except Exception as error:
            return model, predictor, float("nan"), -1, error
        kept = [c for c in callbacks if isinstance(c, BestEpoch)]
        if kept:
            return model, predictor, float(kept[0].value), kept[0].epoch, None
        if self.validates_in_fit:
            return model, predictor, float(history["val_accuracy"][-1]), -1, None
        return model, predictor, accuracy(model.predict(X_scored), y_scored), -1, None

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

    def refit(self, configuration: Mapping[str, Any], epochs: int | None = None) -> Predictor:
        """Fit a configuration on all training rows, without validation; metered."""
        from hpotrial.training.scaling import Standardizer

        complete = self.complete(configuration)
        X, y = self.X[: self.n_train], self.y[: self.n_train]
        scaler = Standardizer().fit(X)
        model = self.build_model(configuration, y)
        asked = int(complete["epochs"] if epochs is None else epochs)
        model.fit(scaler.transform(X), y, batch_size=int(complete["batch_size"]), epochs=asked)
        self.refit_epochs += model.last_cost.epochs
        return Predictor(scaler, model)

    # -- the other faces --------------------------------------------------------------------------------------------

    def estimator(self) -> Any:
        """The second face: a scikit-learn classifier (SciKeras) whose parameters are the space's hyperparameters."""
        from hpotrial.problem.estimator import estimator

        return estimator(self)

    def splitter(self) -> list[Fold]:
        """The folds, in the form of scikit-learn's ``cv``; they divide ``X``, ``y``."""
        return self.folds

    def hypermodel(self, space: Space) -> Any:
        """The third face: a KerasTuner ``HyperModel`` that tunes ``space``, a part of the problem's space."""
        from hpotrial.problem.hypermodel import ProblemHyperModel

        return ProblemHyperModel(self, space)


def accuracy(probabilities: np.ndarray, y: np.ndarray) -> float:
    """Share of rows whose most probable class is the right one."""
    return float(np.mean(np.argmax(probabilities, axis=1) == y))
