"""One documented configuration trained again: document 004's network, on all training images, once for each seed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score

from hpotrial import models
from hpotrial.core import seeds
from hpotrial.core.configuration import Training
from hpotrial.core.documented import DocumentedRow
from hpotrial.core.errors import DataError
from hpotrial.core.records import OK, ReplicatedFit, ReplicatedRow, failed
from hpotrial.core.space import canonical
from hpotrial.datasets.dataset import Dataset, load
from hpotrial.training import runtime
from hpotrial.training.building import make_model
from hpotrial.training.fit_table import FitTable
from hpotrial.training.scaling import Standardizer

log = logging.getLogger(__name__)

MODEL, TRAINING = "mlp", Training()
# document 004's network and optimiser: Linear(784, h), ReLU, Linear(h, 10), SGD, PyTorch's own initial weights
NETWORK: Mapping[str, Any] = {"layers": 0, "activation_input": "relu", "optimizer": "sgd", "initializer": "torch"}


@dataclass(frozen=True)
class Images:
    """Scaled rows, float32 of shape (rows, 28, 28), and class codes: the source's own training and test set, whole."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    n_classes: int


def replicate(
    row: DocumentedRow,
    seeds: int,
    data_npz: Path,
    data_json: Path,
    cache_dir: Path | None = None,
    fits_path: Path | None = None,
) -> ReplicatedRow:
    """Train a documented configuration with the seeds 0 to ``seeds - 1``; starts TensorFlow.

    Parameters
    ----------
    row
        The configuration.
    seeds
        How many fits.
    data_npz, data_json
        The dataset; its first ``documented_train_rows`` rows are trained on, all the others score.
    cache_dir
        Folder of compiled programs that all jobs share; None: none.
    fits_path
        Folder of the table of fits; None: none.

    Raises
    ------
    DataError
        If the dataset cannot be read, or has no training set of its own.
    """
    runtime.configure(cache_dir)
    runtime.import_tensorflow()
    dataset = load(data_npz, data_json)
    images = scaled(dataset)
    log.info("row %d, %s: %d fits on %d rows", row.number, canonical(configuration(row)), seeds, len(images.y_train))
    table = FitTable.of(fits_path, MODEL)
    fits = [fit(row, seed, images, table) for seed in range(seeds)]
    return ReplicatedRow(
        row=row,
        dataset=dataset.meta.name,
        standin=dataset.meta.standin,
        n_train=len(images.y_train),
        n_test=len(images.y_test),
        fits=tuple(fits),
    )


def scaled(dataset: Dataset) -> Images:
    """The two parts of a dataset that comes with its own training set, scaled as the study's searches scale.

    Mean and deviation are those of all pixels of the training images. For MNIST they are 0.13066 and 0.30811 in the
    document's units, and the document writes 0.1307 and 0.3081: the inputs differ by less than 0.0002.
    """
    n = dataset.meta.documented_train_rows
    if n is None:
        raise DataError(
            f"replicate.dataset: {dataset.meta.name!r} has no training and test set of its own; name one of kind mnist"
        )
    scaler = Standardizer().fit(dataset.X[:n])
    parts = (scaler.transform(dataset.X[:n]), dataset.y[:n], scaler.transform(dataset.X[n:]), dataset.y[n:])
    for part in parts:
        part.setflags(write=False)  # so that fits one after another share one copy of the rows
    return Images(*parts, n_classes=len(dataset.meta.classes))


def configuration(row: DocumentedRow) -> dict[str, Any]:
    """A documented row as a configuration: what the document searched, in the model's own words."""
    return {
        "learning_rate": row.lr,
        "neurons": row.hidden_size,
        "batch_size": row.batch_size,
        "epochs": row.epochs,
    }


def fit(row: DocumentedRow, seed: int, images: Images, table: FitTable | None = None) -> ReplicatedFit:
    """Train once; a fit that diverges is recorded, not raised.

    ``train_accuracy`` is what the document prints under that name: the share of training images classified rightly
    during the last epoch, each just before the step that learns from it.
    """
    asked = configuration(row)
    complete = {**models.defaults(MODEL), **NETWORK, **asked}
    X, y = images.X_train, images.y_train
    model = make_model(
        MODEL,
        complete,
        X.shape[1:],
        images.n_classes,
        seed=seeds.of_fit(seed, canonical(asked)),
        training=TRAINING,
        capacity=len(X),
        fits=table,
    )
    status, message, train, validation = OK, "", None, None
    try:
        history = model.fit(X, y, batch_size=row.batch_size, epochs=row.epochs).history
        train = float(history["accuracy"][-1])
        validation = float(accuracy_score(images.y_test, np.argmax(model.predict(images.X_test), axis=1)))
        log.info("seed %d: accuracy %.4f in training, %.4f in validation", seed, train, validation)
    except (MemoryError, OSError):
        raise
    except Exception as error:
        trial = failed(seed, asked, model.last_cost, row.epochs, error)
        status, message = trial.status, trial.message
        log.info("seed %d: %s, %s", seed, status, message)
    return ReplicatedFit(seed, status, message, train, validation, model.last_cost)
