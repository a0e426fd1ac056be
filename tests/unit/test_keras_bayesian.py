"""How many trials KerasTuner's Bayesian optimisation makes, and what is refused."""

from typing import Any

import pytest

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.methods.keras_bayesian import KerasBayesian
from hpotrial.study.arms import check_options

SPACE = Space.from_config(
    {
        "neurons": {"choice": [4, 8]},
        "layers": {"choice": [1, 2]},
        "epochs": {"choice": [10, 30]},
    }
)


def test_a_search_that_stays_random_ends_with_the_space() -> None:
    # two hyperparameters, six random trials, four configurations: the process is never asked
    assert KerasBayesian(max_trials=10).plan(SPACE, 50).trials == 4
    assert KerasBayesian(max_trials=10).plan(SPACE, 50).epochs == 4 * 50


def test_a_search_that_asks_the_process_makes_all_its_trials() -> None:
    assert KerasBayesian(max_trials=10, num_initial_points=3).plan(SPACE, 50).trials == 10
    everything = KerasBayesian(max_trials=10, num_initial_points=3, tune="all").plan(SPACE, 50)
    assert (everything.trials, everything.epochs) == (10, 10 * 20)


@pytest.mark.parametrize(
    ("options", "bound"),
    [
        ({"max_trials": 0}, "at least 1, not 0"),
        ({"num_initial_points": 0}, "at least 1, not 0"),
        ({"alpha": 0.0}, "greater than 0, not 0.0"),
    ],
)
def test_numbers_that_make_no_search_are_refused(options: dict[str, Any], bound: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^an arm.{next(iter(options))}: must be {bound}$"):
        check_options("an arm", "keras_bayesian", options)
