"""How much each hyperparameter matters to the selection score: functional ANOVA on the trials of a run.

Method: F. Hutter, H. Hoos, K. Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance", ICML
2014, as Optuna computes it: the share of the variance of a forest's prediction that is due to one hyperparameter alone.
"""

import json
import logging
from typing import Any

import numpy as np
import pandas as pd

from hpotrial.core import paths, seeds
from hpotrial.results import Tables
from hpotrial.results.tables import IMPORTANCE_COLUMNS

MIN_TRIALS = 16
MIN_HYPERPARAMETERS = 2
_TREES = 16  # of the forest; more cost more than they tell, beside the spread from seed to seed
_log = logging.getLogger(__name__)


class NotAssessed(Exception):
    """The trials of a run cannot say which hyperparameters matter; the message says why."""


def importances(tables: Tables) -> pd.DataFrame:
    """The importance of every hyperparameter in every run whose trials can tell.

    Assessed is the first search of a run, if it has at least ``MIN_TRIALS`` trials that ended well and at least
    ``MIN_HYPERPARAMETERS`` hyperparameters that vary among them; the others are left out, and the log says how
    many and why. Equal tables give equal numbers.

    Returns
    -------
    DataFrame
        ``dataset, arm, cv, seed, hyperparameter, importance``, sorted; the importances of a run sum to 1.
    """
    rows: list[dict[str, Any]] = []
    skipped: dict[str, list[str]] = {}
    first = tables.trials[tables.trials["repeat"] == 0]
    for key, trials in first.groupby(["dataset", "arm", "cv", "seed"]):
        run = dict(zip(IMPORTANCE_COLUMNS, key, strict=False))
        try:
            found = importances_of_run(trials)
        except NotAssessed as error:
            skipped.setdefault(str(error), []).append(paths.run_id(run))
            continue
        rows += [run | {"hyperparameter": name, "importance": value} for name, value in sorted(found.items())]
    for reason, runs in sorted(skipped.items()):
        _log.info("not assessed, %s: %d runs, the first %s", reason, len(runs), runs[0])
    frame = pd.DataFrame(rows, columns=IMPORTANCE_COLUMNS)
    kinds = dict.fromkeys(["dataset", "arm", "cv", "hyperparameter"], "str")
    return frame.astype({**kinds, "seed": "int64", "importance": "float64"})


def importances_of_run(trials: pd.DataFrame) -> dict[str, float]:
    """The importance of each hyperparameter that varies among the trials of one run; they sum to 1.

    A hyperparameter that is active in some trials only (a conditional one) is left out: what it does is part of what
    its parent does. Numbers count by their order among the values tried, each value weighing the
    same; None among them stands beyond the largest (no limit). Everything else is a category.

    Parameters
    ----------
    trials : DataFrame
        ``configuration`` (JSON text), ``score``, ``status`` and ``budget_epochs`` of the trials of one run.

    Raises
    ------
    NotAssessed
        Too few trials ended well, too few hyperparameters vary, one configuration was tried at several budgets (so that
        scores differ by more than hyperparameters), or the forest finds no variance to explain.
    """
    good = trials[(trials["status"] == "ok") & np.isfinite(trials["score"].astype(float))]
    if len(good) < MIN_TRIALS:
        raise NotAssessed(f"fewer than {MIN_TRIALS} trials")
    if good.groupby("configuration")["budget_epochs"].nunique().max() > 1:
        raise NotAssessed("one configuration at several budgets")
    configurations = [json.loads(text) for text in good["configuration"]]
    columns = _varying(configurations)
    if len(columns) < MIN_HYPERPARAMETERS:
        raise NotAssessed(f"fewer than {MIN_HYPERPARAMETERS} hyperparameters vary in all trials")
    found = _fanova(columns, good["score"].to_numpy(float))
    total = sum(found.values())
    if not total > 0:
        raise NotAssessed("no hyperparameter explains any variance on its own")
    return {name: value / total for name, value in found.items()}


def _varying(configurations: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The values of the hyperparameters that every configuration has and that are not all the same, by name."""
    always = sorted(set.intersection(*(set(one) for one in configurations)))
    columns = {name: [one[name] for one in configurations] for name in always}
    # JSON tells true from 1
    return {name: values for name, values in columns.items() if len({json.dumps(value) for value in values}) > 1}


def _fanova(columns: dict[str, list[Any]], scores: np.ndarray) -> dict[str, float]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions: dict[str, optuna.distributions.BaseDistribution] = {}
    numbers: dict[str, list[Any]] = {}
    for name, values in columns.items():
        ordered = _as_order(values)
        if ordered is None:
            numbers[name] = [json.dumps(value) for value in values]
            distributions[name] = optuna.distributions.CategoricalDistribution(sorted(set(numbers[name])))
        else:
            numbers[name] = ordered
            # half a step beyond the ends, so that the first and the last value weigh what the others do
            distributions[name] = optuna.distributions.FloatDistribution(-0.5, max(ordered) + 0.5)
    study = optuna.create_study(direction="maximize")
    study.add_trials(
        [
            optuna.create_trial(
                params={name: values[trial] for name, values in numbers.items()},
                distributions=distributions,
                value=float(score),
            )
            for trial, score in enumerate(scores)
        ]
    )
    evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=_TREES, seed=seeds.IMPORTANCE)
    try:
        found = evaluator.evaluate(study)
    except RuntimeError as error:  # all scores alike
        raise NotAssessed(str(error).rstrip(".").lower()) from None
    return {str(name): float(value) for name, value in found.items()}


def _as_order(values: list[Any]) -> list[float] | None:
    """The place of each number among the different ones; None where a value is neither a number nor None."""
    if any(isinstance(value, bool) or not isinstance(value, int | float | None) for value in values):
        return None
    places = {value: float(place) for place, value in enumerate(sorted({v for v in values if v is not None}))}
    return [places.get(value, float(len(places))) for value in values]
