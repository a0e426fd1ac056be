"""scikit-learn: a problem as a classifier whose fits become trials, its searches over that, a space as its grids."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from hpotrial.core.errors import BudgetSpent, NotFiniteLoss
from hpotrial.core.records import Cost, Trial, cut, failed
from hpotrial.core.space import Choice, Configuration, Range, Space, Value, canonical
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Predictor, Selection
from hpotrial.training.fit_table import digest
from hpotrial.training.scaling import Standardizer

# the value of a hyperparameter whose condition does not hold
INACTIVE = "inactive"

FoldResult = tuple[float | None, Cost, Exception | None]


class FoldRecorder:
    """Gathers the fits of one candidate, which scikit-learn makes one after another, into a trial.

    Attributes
    ----------
    drawn : Space
        What the candidates are drawn from.
    labels
        The labels of the rows of the latest fit, which decide its seed.
    fold
        The fold of the problem that it is on; None for other rows, such as a part of them or the refit's.
    """

    def __init__(self, problem: Problem, drawn: Space) -> None:
        self.problem, self.drawn = problem, drawn
        self.labels = np.zeros(0, np.int32)
        self.fold: int | None = None
        self._folds: list[FoldResult] = []

    def begin(self, X: Any, y: Any) -> None:
        """A fit of these rows and labels begins; scikit-learn goes through the folds in their order."""
        self.labels, number = np.asarray(y), len(self._folds)
        fitted, _ = self.problem.folds[number]
        whole = len(fitted) == len(self.labels) and np.array_equal(np.asarray(X), self.problem.X[fitted])
        self.fold = number if whole else None

    def build(self, configuration: Configuration) -> Any:
        """An untrained model for the rows of the latest fit."""
        model = self.problem.build_model(configuration, self.labels)
        model.budgeted = not self.refits
        if self.fold is not None:
            model.scored_rows = self.problem.only_scored(self.fold)
        return model

    @property
    def refits(self) -> bool:
        """Whether the latest fit was on all rows: the search's refit, no part of a trial."""
        return len(self.labels) == len(self.problem.y)

    def scored(self, configuration: Configuration, epochs: int, score: float, cost: Cost) -> float:
        """Add one fold's score; the last fold completes the trial.

        Parameters
        ----------
        epochs
            Asked of the fit.

        Raises
        ------
        NotFiniteLoss
            If the score is not a number, which is recorded as a failure.
        """
        try:
            self.problem.require_numbers(score)
        except NotFiniteLoss as error:
            self.failed(configuration, epochs, cost, error)
            raise
        self._add(configuration, epochs, (score, cost, None))
        return score

    def failed(self, configuration: Configuration, epochs: int, cost: Cost, error: Exception) -> None:
        """Add one fold's failure; the last fold completes the trial."""
        self._add(configuration, epochs, (None, cost, error))

    def cut(self, configuration: Configuration, epochs: int, cost: Cost) -> None:
        """The arm's budget ended in this fold: the trial is recorded as cut, unless nothing of it was trained."""
        total = sum((c for _, c, _ in self._folds), cost)
        self._folds = []
        if total.fits:
            self.problem.record(cut(len(self.problem.trials), configuration, total, epochs))

    def _add(self, configuration: Configuration, epochs: int, fold: FoldResult) -> None:
        self._folds.append(fold)
        problem = self.problem
        if len(self._folds) < len(problem.folds):
            return
        total = sum((c for _, c, _ in self._folds), Cost())
        errors = [e for _, _, e in self._folds if e is not None]
        scores = tuple(s for s, _, _ in self._folds if s is not None)
        self._folds = []
        number = len(problem.trials)
        if errors:
            problem.record(failed(number, configuration, total, epochs, errors[0]))
        else:
            problem.record(Trial(number, configuration, float(np.mean(scores)), scores, total, epochs))


class RecordedClassifier:
    """Mixin for a classifier that scikit-learn's searches fit and score; what they do becomes the problem's trials.

    Its parameters are the space's hyperparameters, and the one that says how long a fit trains. ``_train`` sets
    ``scaler_`` and ``model_``. A fit on all rows is the search's refit, no part of a trial: if it fails, so does the
    search.
    """

    recorder: FoldRecorder
    scaler_: Any
    model_: Any

    @property
    def configuration(self) -> Configuration:
        """The values that this classifier has for the space's active hyperparameters."""
        return active(self.recorder.problem, self._parameters())

    @property
    def predictor(self) -> Predictor:
        """The fitted model with its scaling."""
        return Predictor(self.scaler_, self.model_)

    def set_params(self, **parameters: Any) -> Self:
        """Set a candidate's parameters, which scikit-learn draws one by one, but for those that are inactive."""
        drawn = self.recorder.drawn
        inactive = set(drawn.names) - set(drawn.activate(parameters))
        return super().set_params(**{n: v for n, v in parameters.items() if n not in inactive})  # type: ignore[misc]

    def fit(self, X: Any, y: Any, **arguments: Any) -> Self:
        """Fit rows of shape (rows, ...) and their class codes.

        Whatever ends a fold's fit is recorded, and raised for the search to deal with; what ends the refit is raised.
        """
        recorder = self.recorder
        recorder.begin(X, y)
        try:
            self._train_once(X, y, arguments)
        except BudgetSpent:
            recorder.cut(self.configuration, self._epochs(), self._cost())
            raise
        except Exception as error:
            if not recorder.refits:
                recorder.failed(self.configuration, self._epochs(), self._cost(), error)
            raise
        return self

    def _train_once(self, X: Any, y: Any, arguments: Mapping[str, Any]) -> None:
        """Train, unless a search of this run has fitted the same rows."""
        problem, epochs = self.recorder.problem, self._epochs()
        if problem.arm.repeats == 1:
            self._train(X, y, **arguments)  # type: ignore[attr-defined]
            return
        key = f"{epochs} {canonical(self.configuration)} {digest(np.asarray(X))} {digest(self.recorder.labels)}"
        known = problem.known_models.charged(key, problem.meter, None if self.recorder.refits else epochs)
        if known is not None:
            self.scaler_, self.model_ = known.scaler, known.model
            return
        before = len(problem.meter.costs)
        self._train(X, y, **arguments)  # type: ignore[attr-defined]
        problem.known_models.keep(key, self.predictor, problem.meter.costs[before:])

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The selecting metric on a fold's rows, recorded."""
        value = self.recorder.problem.score(self.predictor.probabilities(np.asarray(X)), np.asarray(y))
        return self.recorder.scored(self.configuration, self._epochs(), value, self._cost())

    def _parameters(self) -> dict[str, Any]:
        return self.get_params(deep=False)  # type: ignore[attr-defined]

    def _epochs(self) -> int:
        """Epochs that a fit asks for."""
        problem = self.recorder.problem
        asked = self._parameters()[problem.epochs_name]
        return problem.epochs_of({}) if asked is INACTIVE else int(asked)

    def _cost(self) -> Cost:
        return self.model_.last_cost if hasattr(self, "model_") else Cost()


def active(problem: Problem, parameters: Mapping[str, Any]) -> Configuration:
    """The configuration that a classifier's parameters stand for."""
    return {n: parameters[n] for n in problem.space.names if parameters.get(n, INACTIVE) is not INACTIVE}


class SklearnProblemClassifier(RecordedClassifier, ClassifierMixin, BaseEstimator):
    """Builds the problem's model, scales inside each fold, and has its fits recorded."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """Class probabilities, shape (rows, classes)."""
        return self.predictor.probabilities(np.asarray(X))

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class codes, shape (rows,)."""
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]

    def _train(self, X: Any, y: Any, **arguments: Any) -> None:
        recorder, rows = self.recorder, np.asarray(X)
        self.classes_ = np.arange(recorder.problem.n_classes)
        if recorder.fold is None:
            self.scaler_ = Standardizer().fit(rows)
            scaled = self.scaler_.transform(rows)
        else:
            self.scaler_, scaled, *_ = recorder.problem.scaled_fold(recorder.fold)
        self.model_ = recorder.build(self.configuration)
        self.model_.fit(scaled, y, epochs=self._epochs(), **arguments)


def estimator(problem: Problem, drawn: Space | None = None) -> Any:
    """A classifier for scikit-learn's searches, SciKeras's where the model is Keras's; its fits are recorded.

    Its parameters are the space's hyperparameters and what says how long a fit trains (for a Keras model, the batch
    size too).

    Parameters
    ----------
    problem : Problem
        What is searched.
    drawn : Space, optional
        What the candidates are drawn from; None: the problem's space.
    """
    recorder = FoldRecorder(problem, drawn or problem.space)
    if problem.library == "sklearn":
        return _sklearn_classifier(problem, recorder)
    from hpotrial.search.adapters.scikeras import classifier

    def build(parameters: Mapping[str, Any]) -> Any:
        return recorder.build(active(problem, parameters))

    return classifier(problem, build, INACTIVE, RecordedClassifier, {"recorder": recorder})


def _sklearn_classifier(problem: Problem, recorder: FoldRecorder) -> Any:
    defaults = dict.fromkeys(problem.space.names, INACTIVE)
    defaults.setdefault(problem.epochs_name, problem.complete({})[problem.epochs_name])

    def initialise(self: Any, **parameters: Any) -> None:
        vars(self).update({**defaults, **parameters})

    # scikit-learn reads an estimator's parameters from the signature, and clones by class and parameters, so that what
    # the estimator is bound to belongs to the class
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    named = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=v) for n, v in defaults.items()]
    initialise.__signature__ = inspect.Signature([own, *named])  # type: ignore[attr-defined]
    bound = {"__init__": initialise, "recorder": recorder}
    return type("SklearnProblemClassifier", (SklearnProblemClassifier,), bound)()


def run_search(problem: Problem, searcher: Any) -> Selection | None:
    """Fit a search of scikit-learn's on the problem's rows; its refitted best estimator is the selection.

    None if every fit failed, which scikit-learn says with a ValueError.

    Parameters
    ----------
    problem : Problem
        What is searched.
    searcher : sklearn.model_selection.BaseSearchCV
        Such as ``GridSearchCV(estimator(problem), grid(problem.space), cv=problem.folds, error_score=np.nan)``.
    """
    try:
        searcher.fit(problem.X, problem.y)
    except ValueError:
        if any(trial.ok for trial in problem.trials):
            raise
        return None
    best = searcher.best_estimator_
    return Selection(best.configuration, float(searcher.best_score_), best.predictor, refitted=True)


def grid(space: Space) -> dict[str, list[Value]]:
    """``param_grid`` of ``GridSearchCV``, which knows no conditions."""
    return {h.name: list(h.domain.grid() or ()) for h in space.hyperparameters}


def distributions(space: Space) -> dict[str, Any]:
    """``param_distributions`` of ``RandomizedSearchCV``: lists and scipy distributions.

    Every hyperparameter is drawn, an inactive one too, which the estimator does not set: drawn from the list of all
    configurations, a parent's value would have as many shares as it has children's values.
    """
    drawn: dict[str, Any] = {}
    for h in space.hyperparameters:
        d = h.domain
        if isinstance(d, Choice):
            drawn[h.name] = list(d.values)
        elif (values := d.grid()) is not None:
            drawn[h.name] = list(values)
        else:
            drawn[h.name] = _continuous(d)
    return drawn


def _continuous(domain: Range) -> Any:
    # a second to import, which a space of lists needs not
    from scipy import stats

    low, high = domain.drawn_from
    reals = stats.loguniform(low, high) if domain.log else stats.uniform(low, high - low)
    return _Integers(domain, reals) if domain.kind is int else reals


class _Integers:
    """Drawn reals as integers, with the ``rvs`` that scikit-learn asks for."""

    def __init__(self, domain: Range, reals: Any) -> None:
        self.domain, self.reals = domain, reals

    def rvs(self, size: Any = None, random_state: Any = None) -> Value:
        """One draw."""
        return self.domain.nearest(float(self.reals.rvs(random_state=random_state)))
