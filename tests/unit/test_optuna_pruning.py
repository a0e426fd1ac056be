"""What an Optuna trial is told of a fit, and when the fit is stopped."""

from types import SimpleNamespace

import optuna
import pytest

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.methods.optuna_hyperband import OptunaHyperband
from hpotrial.search import Budget
from hpotrial.study.arms import check_options
from hpotrial.training.callbacks import EpochPruning


class Told:
    """An Optuna trial that asks to stop after a step."""

    def __init__(self, last: int) -> None:
        self.last, self.steps = last, []
        # what a fit that is stopped by it hangs on
        self.number, self.study = 0, optuna.create_study(direction="maximize")

    def report(self, value: float, step: int) -> None:
        self.steps.append((step, value))

    def should_prune(self) -> bool:
        return self.steps[-1][0] >= self.last


def run_epochs(trial: Told, epochs: int, stopped_after: int | None = None) -> tuple[EpochPruning, int]:
    """Epochs with values 0, 1, ...; early stopping may end them."""
    callback, model = EpochPruning(trial, "val_loss", epochs), SimpleNamespace(stop_training=False)
    callback.set_model(model)
    for epoch in range(epochs):
        model.stop_training = epoch + 1 == stopped_after
        callback.on_epoch_end(epoch, {"val_loss": float(epoch)})
        if model.stop_training:
            return callback, epoch + 1
    return callback, epochs


def test_a_step_is_a_number_of_epochs_trained() -> None:
    trial = Told(last=99)
    callback, trained = run_epochs(trial, 4)
    assert trial.steps == [(1, 0.0), (2, 1.0), (3, 2.0), (4, 3.0)]
    assert not callback.pruned
    assert trained == 4


def test_the_fit_stops_where_the_pruner_says_so() -> None:
    callback, trained = run_epochs(Told(last=3), 10)
    assert callback.pruned
    assert trained == 3


def test_a_fit_with_all_its_epochs_is_not_pruned() -> None:
    assert not run_epochs(Told(last=4), 4)[0].pruned


def test_a_fit_that_early_stopping_ends_is_not_pruned() -> None:
    callback, trained = run_epochs(Told(last=3), 10, stopped_after=3)
    assert not callback.pruned
    assert trained == 3


SPACE = Space.from_config({"neurons": {"choice": [4, 8]}, "epochs": {"choice": [3, 9]}})


def test_plan_asks_for_the_longest_fit_of_each_trial() -> None:
    assert OptunaHyperband(n_trials=7).plan(SPACE, 100) == Budget(7, 63.0)
    assert OptunaHyperband(n_trials=7).plan(SPACE.without(("epochs",)), 100).epochs == 700.0


def test_numbers_that_prune_nothing_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="leaves nothing to prune of 9 epochs"):
        OptunaHyperband(min_resource=9).plan(SPACE, 100)
    with pytest.raises(ConfigurationError, match="reduction_factor: must be at least 2, not 1"):
        check_options("an arm", "optuna_hyperband", {"reduction_factor": 1})
