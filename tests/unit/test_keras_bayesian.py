"""How many trials KerasTuner's Bayesian optimisation makes, and what is refused."""

from typing import Any

import pytest

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.methods.keras_bayesian import check, plan

SPACE = Space.from_config(
    {
        "neurons": {"choice": [4, 8]},
        "layers": {"choice": [1, 2]},
        "epochs": {"choice": [10, 30]},
    }
)


def test_a_search_that_stays_random_ends_with_the_space() -> None:
    # two hyperparameters, six random trials, four configurations: the process is never asked
    assert plan(SPACE, 50, max_trials=10).trials == 4
    assert plan(SPACE, 50, max_trials=10).epochs == 4 * 50


def test_a_search_that_asks_the_process_makes_all_its_trials() -> None:
    assert plan(SPACE, 50, max_trials=10, num_initial_points=3).trials == 10
    everything = plan(SPACE, 50, max_trials=10, num_initial_points=3, tune="all")
    assert (everything.trials, everything.epochs) == (10, 10 * 20)


@pytest.mark.parametrize("options", [{"max_trials": 0}, {"num_initial_points": 0}, {"alpha": 0.0}])
def test_numbers_that_make_no_search_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"keras_bayesian: {next(iter(options))} must be above 0"):
        check(SPACE, **options)
