"""A model ready to fit: the architecture from a pool, fresh weights from a seed, the engine of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from hpotrial import models
from hpotrial.core import seeds
from hpotrial.core.configuration import Training
from hpotrial.core.space import canonical
from hpotrial.training.fit_table import FitTable
from hpotrial.training.metering import CostMeter

# what does not change the layers: fit's own arguments, and a number in the optimiser's state. A network that is built
# without that number keeps the optimiser's default
_NOT_ARCHITECTURE = (*models.FIT_HYPERPARAMETERS, "learning_rate")

USUAL = Training()

_networks: dict[tuple[Any, ...], Any] = {}


def make_model(
    model: str,
    configuration: Mapping[str, Any],
    input_shape: tuple[int, ...],
    n_classes: int,
    *,
    seed: int,
    capacity: int,
    training: Training = USUAL,
    meter: CostMeter | None = None,
    checkpoints: dict[str, Any] | None = None,
    fits: FitTable | None = None,
) -> Any:
    """A compiled, untrained model with ``fit`` and ``predict`` as Keras's.

    Parameters
    ----------
    model : str
        Name of a file in ``hpotrial.models``.
    configuration : mapping
        A value for every hyperparameter of the model.
    input_shape, n_classes : tuple of int, int
        Shape of one example; number of classes.
    seed : int
        Decides initial weights and order of rows.
    capacity : int
        Rows that the compiled engine's arrays have room for.
    training : Training, optional
        The engine, and the CPU time that a fit may use.
    meter : CostMeter, optional
        Told of every fit's cost.
    checkpoints : dict, optional
        In place of files of weights; see ``CompiledModel``.
    fits : FitTable, optional
        Where finished fits are kept, and taken from.

    Raises
    ------
    NotImplementedError
        If the compiled engine cannot train such a network, in one line.

    Notes
    -----
    A model of scikit-learn's becomes a ``SklearnModel``, for which engine, capacity and checkpoints mean nothing;
    TensorFlow is not imported for it.
    """
    made_of = canonical({
        **configuration, "model": model, "input_shape": input_shape, "n_classes": n_classes, "seed": seed,
        "capacity": capacity, "engine": training.engine,
    })  # fmt: skip
    if models.library(model) == "sklearn":
        from hpotrial.training.sklearn_model import SklearnModel

        estimator = models.load(model).build(configuration, input_shape, n_classes).set_params(random_state=seed)
        return SklearnModel(estimator, models.epochs_name(model), n_classes).metered(
            meter, fits, made_of, training.fit_seconds
        )
    from hpotrial.training.compiled_model import CompiledModel
    from hpotrial.training.network import Network
    from hpotrial.training.stock_model import StockModel

    architecture = {k: v for k, v in configuration.items() if k not in _NOT_ARCHITECTURE}
    rate = configuration.get("learning_rate")
    key = (model, canonical(architecture), rate is None, input_shape, n_classes)
    if key not in _networks:
        _networks[key] = Network(models.load(model).build(configuration, input_shape, n_classes))
    network = _networks[key]
    if training.engine == "compiled" and network.refusal:
        raise NotImplementedError(network.refusal)
    weight_seed, shuffle_seed = seeds.of_weights_and_order(seed)
    start = partial(network.initial_state, weight_seed, rate)
    made: Any = CompiledModel(network, start, shuffle_seed=shuffle_seed, capacity=capacity, checkpoints=checkpoints)
    if training.engine == "stock":
        weights = made.get_weights()
        made = StockModel.of(network.model, weights, shuffle_seed)
        if rate is not None:
            made.optimizer.learning_rate = rate
    return made.metered(meter, fits, made_of, training.fit_seconds)
