"""One documented configuration trained again: on real digits, with the document's meaning of each number."""

import json
from dataclasses import replace

import numpy as np
import pytest
from dataset_samples import MNIST, REAL, needs_mnist, small_dataset

from hpotrial import models
from hpotrial.core.columns import from_json, to_json
from hpotrial.core.documented import DocumentedRow
from hpotrial.core.errors import DataError
from hpotrial.core.records import ReplicatedRow
from hpotrial.datasets.dataset import Dataset, save
from hpotrial.datasets.fetching import fetch
from hpotrial.datasets.preparing import prepare
from hpotrial.runs import replicate as fits
from hpotrial.runs.replicate import Images, configuration, fit, replicate, scaled
from hpotrial.training.scaling import Standardizer

ROW = DocumentedRow(1, "004", "grid", 0.1, 32, 64, 4, None, 0.9716)
N_TRAIN = 1500


@pytest.fixture(scope="module")
def mnist(tmp_path_factory) -> Dataset:
    folder = tmp_path_factory.mktemp("mnist")
    fetch(MNIST, folder, standin="never", data_dir=REAL)
    return prepare(MNIST, folder, folder / "m.npz", folder / "m.json")


@pytest.fixture(scope="module")
def some(mnist) -> Dataset:
    """1,500 real training images and 500 real test images."""
    rows = np.r_[:N_TRAIN, 60000:60500]
    meta = replace(mnist.meta, n_rows=len(rows), documented_train_rows=N_TRAIN)
    return Dataset(mnist.X[rows], mnist.y[rows], meta)


@pytest.fixture(scope="module")
def images(some) -> Images:
    return scaled(some)


def test_a_documented_row_is_the_documents_network():
    assert configuration(ROW) == {"learning_rate": 0.1, "neurons": 32, "batch_size": 64, "epochs": 4}
    complete = {**models.defaults(fits.MODEL), **fits.NETWORK, **configuration(ROW)}
    network = models.load(fits.MODEL).build(complete, (28, 28), 10)
    assert [tuple(weight.shape) for weight in network.weights] == [(784, 32), (32,), (32, 10), (10,)]
    assert [layer.activation.__name__ for layer in network.layers if hasattr(layer, "activation")] == [
        "relu",
        "softmax",
    ]
    assert type(network.optimizer).__name__ == "SGD"
    assert (float(network.optimizer.learning_rate), network.optimizer.momentum) == (pytest.approx(0.1), 0.0)
    first, biases = network.get_weights()[:2]
    # nn.Linear draws both from U(-1/sqrt(784), 1/sqrt(784))
    assert 0.95 / 28 < max(abs(first).max(), abs(biases).max()) <= 1 / 28
    assert abs(biases).min() > 0


@needs_mnist
def test_inputs_are_the_documents_up_to_its_rounding(mnist):
    values = np.arange(256, dtype=np.uint8).reshape(-1, 16, 16)
    ours = Standardizer().fit(mnist.X[:60000]).transform(values)
    documents = (values / 255 - 0.1307) / 0.3081
    assert 0 < np.abs(ours - documents).max() < 0.0002


@needs_mnist
def test_the_sources_own_parts_are_used_whole(some, images):
    assert (images.X_train.shape, images.X_test.shape) == ((N_TRAIN, 28, 28), (500, 28, 28))
    assert np.array_equal(images.y_test, some.y[N_TRAIN:])
    # the test images are scaled by the training images' numbers
    assert abs(float(images.X_train.mean())) < 1e-4 < abs(float(images.X_test.mean()))


def test_a_dataset_without_a_training_set_of_its_own_is_refused():
    with pytest.raises(DataError, match="'small' has no training and test set of its own"):
        scaled(small_dataset((5, 5)))


@needs_mnist
def test_it_learns_and_a_seed_decides_all(images):
    first, second = fit(ROW, 0, images), fit(ROW, 1, images)
    assert first.status == second.status == "ok"
    assert 0.8 < first.validation_accuracy < 1
    assert first.validation_accuracy != second.validation_accuracy
    again = fit(ROW, 0, images)
    assert replace(again, cost=first.cost) == first
    for one in (first, again):
        assert (one.cost.fits, one.cost.epochs, one.cost.examples) == (1, 4, 4 * N_TRAIN)


@needs_mnist
def test_training_accuracy_is_taken_before_each_step(images):
    """As the document's loop does: without steps that move, it is the accuracy of the initial weights; with steps it
    lags behind the accuracy that the same images have after the epoch."""
    same = Images(images.X_train, images.y_train, images.X_train, images.y_train, images.n_classes)
    still = fit(replace(ROW, lr=1e-12, epochs=1), 0, same)
    assert still.train_accuracy == pytest.approx(still.validation_accuracy, abs=2 / N_TRAIN)
    moving = fit(replace(ROW, epochs=1), 0, same)
    assert moving.train_accuracy < moving.validation_accuracy - 0.02


@needs_mnist
def test_a_fit_that_diverges_is_recorded(images):
    found = fit(replace(ROW, lr=1e20), 0, images)
    assert found.status == "not_finite"
    assert "loss" in found.message
    assert found.train_accuracy is found.validation_accuracy is None
    assert found.cost.fits == 1


@needs_mnist
def test_the_record_of_a_row(some, tmp_path, monkeypatch):
    monkeypatch.setattr(fits.runtime, "configure", lambda *_: None)  # a test process trains many times, a job once
    save(some, tmp_path / "d.npz", tmp_path / "d.json")
    found = replicate(ROW, 3, tmp_path / "d.npz", tmp_path / "d.json")
    assert from_json(ReplicatedRow, json.loads(json.dumps(to_json(found), allow_nan=False))) == found
    assert [one.seed for one in found.fits] == [0, 1, 2]
    assert (found.n_train, found.n_test, found.standin, found.dataset) == (N_TRAIN, 500, False, "mnist")
    assert found.row == ROW
