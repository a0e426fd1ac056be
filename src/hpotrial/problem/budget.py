"""What a search will ask for, known before it runs."""

from __future__ import annotations

from dataclasses import dataclass

from hpotrial.space import Space


@dataclass(frozen=True)
class Budget:
    """Trials and epochs that a search asks for.

    Attributes
    ----------
    trials
        Trials at most.
    epochs
        Sum over the trials of the epochs asked of one fit; the expected sum where configurations are drawn.
        Early stopping may use fewer.
    """

    trials: int
    epochs: float


def of_grid(space: Space, epochs: int) -> Budget:
    """One trial for each configuration; ``epochs`` holds where the space does not search them."""
    asked = [int(configuration.get("epochs", epochs) or 0) for configuration in space.grid()]
    return Budget(len(asked), float(sum(asked)))


def of_draws(space: Space, epochs: int, draws: int) -> Budget:
    """``draws`` trials (no more than there are configurations), each asking for the mean of the space's epochs."""
    searched = [h.domain for h in space.hyperparameters if h.name == "epochs"]
    mean = float(epochs)
    if searched:
        values = searched[0].grid() or (searched[0].low, searched[0].high)  # type: ignore[union-attr]
        mean = sum(float(v) for v in values if v is not None) / len(values)
    trials = draws if space.size is None else min(draws, space.size)
    return Budget(trials, trials * mean)
