"""What a search will ask for, known before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hpotrial import models
from hpotrial.core.space import Space

# what KerasTuner is asked to tune: documents 000 and 001 give it the architecture only
Tune = Literal["architecture", "all"]


@dataclass(frozen=True)
class Budget:
    """Trials and epochs that a search asks for.

    Attributes
    ----------
    trials : int
        Trials at most.
    epochs : float
        Sum over the trials of the epochs asked of one fit; the expected sum where configurations are drawn.
        Early stopping may use fewer.
    row_share : float
        Share of a fit's rows that an epoch passes over, on the mean of the epochs.
    """

    trials: int
    epochs: float
    row_share: float = 1.0


@dataclass(frozen=True)
class Rows:
    """What a search is given to fit.

    Attributes
    ----------
    count : int
        Training rows.
    folds : int
        Fits of a trial: 1 with ``test`` and ``holdout``.
    classes : int
        Classes of the rows.
    """

    count: int
    folds: int
    classes: int


def of_grid(space: Space, epochs: int) -> Budget:
    """One trial for each configuration; ``epochs`` holds where the space does not search them."""
    if not space.conditional and (size := space.size) is not None:
        values = _epochs(space, epochs)
        return Budget(size, size // len(values) * sum(values) if epochs_names(space) else size * float(epochs))
    name = next(iter(epochs_names(space)), "epochs")
    asked = [int(configuration.get(name, epochs) or 0) for configuration in space.grid()]
    return Budget(len(asked), float(sum(asked)))


def of_draws(space: Space, epochs: int, draws: int) -> Budget:
    """``draws`` trials (no more than there are configurations), each asking for the mean of the space's epochs."""
    values = _epochs(space, epochs)
    trials = draws if space.size is None else min(draws, space.size)
    return Budget(trials, trials * sum(values) / len(values))


def of_draws_with_replacement(space: Space, epochs: int, draws: int) -> Budget:
    """``draws`` trials, however few configurations there are, each asking for the mean of the space's epochs.

    Examples
    --------
    >>> space = Space.from_config({"epochs": {"choice": [10, 30]}})
    >>> of_draws_with_replacement(space, 5, draws=4)
    Budget(trials=4, epochs=80.0, row_share=1.0)
    >>> of_draws(space, 5, draws=4)
    Budget(trials=2, epochs=40.0, row_share=1.0)
    """
    return Budget(draws, of_draws(space, epochs, 1).epochs * draws)


def longest(space: Space, epochs: int) -> int:
    """The most epochs that a fit may ask for; ``epochs`` where the space does not search them."""
    return int(max(_epochs(space, epochs)))


def tuned_part(space: Space, tune: Tune) -> Space:
    """``all``: the space; ``architecture``: the space without the arguments of fit, epochs and batch size."""
    return space if tune == "all" else space.without(tuple(models.FIT_HYPERPARAMETERS))


def epochs_names(space: Space) -> tuple[str, ...]:
    """The hyperparameters of the space that say how long a fit trains: ``epochs``, or what a model has in its place."""
    names = {models.epochs_name(name) for name in models.names()}
    return tuple(name for name in space.names if name in names)


def _epochs(space: Space, epochs: int) -> list[float]:
    """The values that the space has for the epochs, or both ends of a range; ``epochs`` where it has none."""
    names = epochs_names(space)
    if not names:
        return [float(epochs)]
    domain = next(h.domain for h in space.hyperparameters if h.name == names[0])
    values = domain.grid() or (domain.low, domain.high)  # type: ignore[union-attr]
    return [float(value) for value in values if value is not None]
