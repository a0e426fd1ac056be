"""An arm's share of rows: every method's fits get it, the rows that are scored stay, and a refit has all."""

from typing import Any

import numpy as np
import pytest
from marked_problem import SPACE, marked_problem, marked_rows
from test_methods import CASES, LAST_RUNG, SMALL, refit_of, told

from hpotrial import methods
from hpotrial.core.configuration import Training
from hpotrial.methods.grid_loop import GridLoop
from hpotrial.methods.hyperopt_random import HyperoptRandom
from hpotrial.training.metering import FittedModel

pytestmark = pytest.mark.slow

SHARE = 0.5


@pytest.mark.parametrize(("name", "cv", "model"), CASES)
def test_a_searchs_fits_get_their_share_and_its_refit_all_rows(
    name: str, cv: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[int] = []
    validated: set[int] = set()
    fit = FittedModel.fit

    def watched(self: Any, x: Any = None, y: Any = None, **arguments: Any) -> Any:
        fitted.append(len(x))
        if arguments.get("validation_data"):
            validated.add(len(arguments["validation_data"][0]))
        return fit(self, x, y, **arguments)

    monkeypatch.setattr(FittedModel, "fit", watched)
    whole = marked_problem(name, cv, model=model).folds
    problem = marked_problem(name, cv, model=model, train_share=SHARE)
    selection = methods.load(name)(**SMALL.get(name, {})).search(problem)
    assert selection is not None

    refits = refit_of(selection).fits
    searched, refitted = fitted[: len(fitted) - refits], fitted[len(fitted) - refits :]
    expected = {round(SHARE * len(rows)) for rows, _ in whole}
    # a lower rung of scikit-learn's halving has fewer rows still
    assert ({max(searched)} if name in LAST_RUNG else set(searched)) == expected
    assert refitted == [len(marked_rows()[2].train)] * refits
    assert validated <= {len(scored) for _, scored in whole}
    assert sum(t.cost.examples for t in problem.trials) <= sum(t.cost.epochs for t in problem.trials) * max(expected)


def test_a_refit_after_the_search_has_all_training_rows() -> None:
    problem = marked_problem("grid_loop", "test", train_share=SHARE)
    predictor = problem.refit({"neurons": 4, "activation_input": "relu", "batch_size": 16, "epochs": 1})
    assert predictor.model.last_cost.examples == problem.n_train == len(marked_rows()[2].train)


@pytest.mark.parametrize("checkpoint", ["best", "last"])
def test_a_refit_ends_at_the_epoch_that_the_search_kept(checkpoint: str) -> None:
    problem = marked_problem(
        "grid_loop", "holdout", training=Training("compiled", None, checkpoint),
        space=SPACE | {"epochs": {"choice": [8]}},
    )  # fmt: skip
    selection = GridLoop().search(problem)
    assert selection is not None
    best = next(trial for trial in problem.trials if trial.configuration == selection.configuration)
    refitted = problem.refit(selection.configuration)
    assert refitted.model.last_cost.epochs == (best.best_epoch + 1 if checkpoint == "best" else 8)


def test_few_draws_are_the_first_of_many() -> None:
    """So that arms of 5 and of 15 draws differ in the draws alone."""
    few, many = marked_problem("hyperopt_random", "test"), marked_problem("hyperopt_random", "test")
    HyperoptRandom(max_evals=3).search(few)
    HyperoptRandom(max_evals=6).search(many)
    assert len({str(t.configuration) for t in many.trials}) > 2
    assert told(few) == told(many)[:3]
    assert np.isfinite([t.score for t in many.trials]).all()
