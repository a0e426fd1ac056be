"""The genetic algorithm on a network's architecture: conditional spaces, on networks that are trained."""

from itertools import pairwise
from typing import Any

import marked_problem
import pytest
from in_space import in_space

from hpotrial.core.space import canonical
from hpotrial.methods.genetic import Genetic

pytestmark = pytest.mark.slow

DEPTH = {
    "layers": {"choice": [0, 1, 2]},
    "activation_hidden": {"choice": ["relu", "tanh"], "when": {"layers": [1, 2]}},
    "neurons": {"choice": [4, 6]},
}
RESIDUAL = {
    "layers": {"choice": [1, 2, 3]},
    "width_1": {"choice": [4, 6]},
    "width_2": {"choice": [4, 6], "when": {"layers": [2, 3]}},
    "width_3": {"choice": [4, 6], "when": {"layers": [3]}},
    "residual": {"choice": [False, True], "when": {"layers": [2, 3]}},
}
FIXED = {"epochs": 2, "batch_size": 16}


# each architecture is compiled anew, and those of residual_mlp take longest
@pytest.mark.parametrize(
    ("model", "space", "population", "generations"), [("mlp", DEPTH, 6, 3), ("residual_mlp", RESIDUAL, 4, 2)]
)
def test_architectures_are_evolved(
    model: str, space: dict[str, Any], population: int, generations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(marked_problem.MODELS, model, {"space": space, "fixed": FIXED})
    problem = marked_problem.marked_problem("genetic", "holdout", model=model)
    selection = Genetic(population, generations, elitism=1, patience=None).search(problem)
    assert all(trial.ok and in_space(trial.configuration, problem.space) for trial in problem.trials)
    assert len({trial.configuration["layers"] for trial in problem.trials}) > 1
    assert len({len(trial.configuration) for trial in problem.trials}) > 1
    texts = [canonical(trial.configuration) for trial in problem.trials]
    assert len(set(texts)) == len(texts)
    history = problem.generations
    assert [generation.number for generation in history] == list(range(generations + 1))
    assert history[0].best == max(trial.score for trial in problem.trials[:population])
    assert all(earlier.best <= later.best for earlier, later in pairwise(history))
    assert selection is not None
    assert selection.score == history[-1].best
    assert selection.predictor is not None
