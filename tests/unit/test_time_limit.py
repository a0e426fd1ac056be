"""A fit that exceeds its time ends, whichever library makes it, and is a failed trial of its own kind."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpotrial import models
from hpotrial.core.configuration import Training
from hpotrial.core.errors import FitTimeout
from hpotrial.core.records import TIMEOUT, Cost, failed
from hpotrial.training.building import make_model
from hpotrial.training.fit_table import FitTable
from hpotrial.training.metering import CostMeter, limited, unlimited

X = np.random.default_rng(0).normal(size=(600, 5)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int32)


def at_work(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_cpu_time_is_limited_and_a_pause_is_free() -> None:
    with limited(0.2):
        time.sleep(0.4)
        with unlimited():
            at_work(0.3)
        at_work(0.05)
    with pytest.raises(FitTimeout, match=r"more than 0\.2 s of CPU time"), limited(0.2):
        at_work(2)
    at_work(0.3)
    with limited(None):
        at_work(0.01)


def test_an_exception_that_was_swallowed_comes_again() -> None:
    swallowed: list[FitTimeout] = []

    def deaf() -> None:
        try:
            at_work(2)
        except FitTimeout as error:
            swallowed.append(error)
        at_work(2)

    with pytest.raises(FitTimeout), limited(0.05):
        deaf()
    assert len(swallowed) == 1


FITS = {
    "compiled": ("mlp", {"layers": 0, "epochs": 10**6, "batch_size": 8}, {"epochs": 10**6, "batch_size": 8}),
    "stock": ("mlp", {"layers": 0, "epochs": 10**6, "batch_size": 8}, {"epochs": 10**6, "batch_size": 8}),
    "forest": ("random_forest", {"n_estimators": 10**5}, {"epochs": 10**5}),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FITS)
def test_a_fit_ends_at_its_time_and_the_table_of_fits_says_so(kind: str, tmp_path: Path) -> None:
    name, configuration, arguments = FITS[kind]
    engine = kind if kind != "forest" else "compiled"

    def attempt() -> tuple[Cost, int, Any]:
        meter = CostMeter()
        complete = {**models.defaults(name), **configuration}
        model = make_model(
            name,
            complete,
            (5,),
            2,
            seed=1,
            capacity=600,
            training=Training(engine, fit_seconds=1.0),
            meter=meter,
            fits=FitTable(tmp_path / "fits", "code"),
        )
        with pytest.raises(FitTimeout) as error:
            model.fit(X, Y, **arguments)
        return model.last_cost, meter.taken, error.value

    cost, taken, error = attempt()
    assert (cost.fits, taken) == (1, 0)
    # stock Keras compiles inside its fit, and an epoch or a tree is finished first
    assert 0.9 < cost.cpu_seconds < 8
    again, taken, error_again = attempt()
    assert (again, taken, str(error_again)) == (cost, 1, str(error))
    assert failed(0, {}, cost, 9, error).status == TIMEOUT
    assert failed(0, {}, cost, 9, error).failed


@pytest.mark.slow
def test_a_refit_may_take_its_time() -> None:
    complete = {**models.defaults("random_forest"), "n_estimators": 60}
    model = make_model("random_forest", complete, (5,), 2, seed=1, capacity=600, training=Training(fit_seconds=0.01))
    model.budgeted = False
    model.fit(X, Y)
    assert model.last_cost.epochs == 60
