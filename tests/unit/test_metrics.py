"""Every metric, whatever file it comes from: its file's facts, and what it says of predictions."""

import numpy as np
import pytest

from hpotrial.core import metrics, provenance

rng = np.random.default_rng(0)
Y = rng.integers(0, 3, 200)
GUESSES = rng.dirichlet(np.ones(3), 200)
# the right class has most of the probability
GOOD = 0.2 * GUESSES + 0.8 * np.eye(3)[Y]


def test_the_tables_have_the_metrics_in_this_order():
    assert metrics.NAMES[:5] == ("accuracy", "balanced_accuracy", "macro_f1", "roc_auc", "log_loss")
    assert metrics.LOSSES[:1] == ("log_loss",)


@pytest.mark.parametrize("name", metrics.NAMES)
def test_better_predictions_score_higher(name):
    assert metrics.score(name, GOOD, Y) > metrics.score(name, GUESSES, Y)
    single = metrics.measure(name, GOOD.astype(np.float32), Y)
    assert single == pytest.approx(metrics.measure(name, GOOD, Y), rel=1e-5)


@pytest.mark.parametrize("name", [name for name, unit in metrics.UNITS.items() if unit == "share"])
def test_a_share_lies_between_0_and_1(name):
    for probabilities in (GOOD, GUESSES, 1 - GOOD):
        assert 0 <= metrics.measure(name, probabilities, Y) <= 1


@pytest.mark.parametrize("classes", [2, 3])
def test_all_are_measured_at_once(classes):
    y = np.arange(30) % classes
    found = metrics.all_of(np.full((30, classes), 1 / classes, np.float32), y)
    assert list(found) == list(metrics.NAMES)
    assert found["accuracy"] == found["balanced_accuracy"] == pytest.approx(1 / classes)
    assert found["roc_auc"] == 0.5
    assert found["log_loss"] == pytest.approx(np.log(classes))


def test_what_is_not_defined_is_none():
    absent = metrics.all_of(GOOD[Y < 2], Y[Y < 2])
    assert absent["roc_auc"] is None
    assert absent["log_loss"] is not None
    broken = metrics.all_of(np.full((4, 3), np.nan), np.array([0, 1, 2, 0]))
    assert broken["roc_auc"] is None
    assert broken["log_loss"] is None


def test_there_is_no_other_metric():
    with pytest.raises(KeyError):
        metrics.measure("acuracy", GOOD, Y)


def test_who_measures_depends_on_every_metric():
    """They are found by their files' names, so no import says it: every run records all of them."""
    files = provenance.digests("hpotrial.runs.run")
    assert {f"core/metrics/{name}.py" for name in metrics.NAMES} <= set(files)
