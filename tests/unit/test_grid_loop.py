"""The grid in a loop: what a budget of epochs lets it reach."""

from pathlib import Path

import pytest

from hpotrial.core.configuration import Arm
from hpotrial.core.space import Space, canonical
from hpotrial.core.yaml_file import read_study_file
from hpotrial.methods.grid_loop import coarse_to_fine
from hpotrial.study import load_study

CONDITIONAL = Space.from_config(
    {
        "layers": {"choice": [1, 2, 3]},
        "width_2": {"int": {"low": 16, "high": 64, "step": 16}, "when": {"layers": [2, 3]}},
        "residual": {"choice": [True, False], "when": {"layers": [3]}},
        "learning_rate": {"choice": [0.001, 0.003, 0.01, 0.03, 0.1]},
    }
)


@pytest.fixture(scope="module")
def arm() -> Arm:
    study = load_study(read_study_file(Path("config/config.yaml")))
    return study.dataset("telecust_equal_budget").arm("grid_loop")


def test_at_equal_cost_the_grid_is_no_corner_of_the_space(arm: Arm) -> None:
    # 1,000 epochs buy 38 to 50 configurations
    assert arm.options == {"order": "coarse_to_fine"}
    space = Space.from_config(arm.space)
    reached = [c for c, _ in zip(coarse_to_fine(space), range(38), strict=False)]
    for h in space.hyperparameters[:2] + space.hyperparameters[4:5] + space.hyperparameters[6:]:
        values = h.domain.grid()
        assert {values[0], values[-1]} <= {c[h.name] for c in reached}, h.name
    assert len({c["learning_rate"] for c in reached}) == 4
    written = [c for c, _ in zip(space.grid(), range(38), strict=False)]
    assert {c["layers"] for c in written} == {1}


@pytest.mark.parametrize("conditional", [True, False])
def test_coarse_to_fine_is_the_whole_grid_once(arm: Arm, conditional: bool) -> None:
    space = CONDITIONAL if conditional else Space.from_config(arm.space)
    ordered = [canonical(c) for c in coarse_to_fine(space)]
    assert len(set(ordered)) == len(ordered) == space.size
    assert set(ordered) == {canonical(c) for c in space.grid()}


def test_the_first_ones_are_a_whole_grid_whenever_an_axis_has_grown(arm: Arm) -> None:
    space = Space.from_config(arm.space)
    seen: list[dict] = []
    whole = 0
    for configuration in coarse_to_fine(space):
        seen.append(configuration)
        sizes = [len({c[h.name] for c in seen}) for h in space.hyperparameters]
        product = 1
        for size in sizes:
            product *= size
        whole += product == len(seen)
    # an axis grows once for each value but its first
    assert whole == 1 + sum(len(h.domain.grid()) - 1 for h in space.hyperparameters)


def test_ends_come_first_and_then_the_middle_of_the_widest_gap() -> None:
    space = Space.from_config({"a": {"int": {"low": 0, "high": 8}}})
    assert [c["a"] for c in coarse_to_fine(space)] == [0, 8, 4, 2, 6, 1, 3, 5, 7]
