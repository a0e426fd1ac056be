"""The simulation of planned looks: its rule is the library's, and few of its registries have a false verdict."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from hpotrial.results.statistics.paired import paired
from hpotrial.results.verdicts.comparison import Scale
from hpotrial.results.verdicts.decision import DIFFERENCE, EQUIVALENCE, Hypotheses, decide

FILE = Path(__file__).parents[2] / "benchmarks" / "error_of_looks.py"
spec = importlib.util.spec_from_file_location("error_of_looks", FILE)
simulation = importlib.util.module_from_spec(spec)
spec.loader.exec_module(simulation)


def test_many_registries_at_once_are_decided_as_the_library_decides_each():
    rng = np.random.default_rng(4)
    claims, registries = 12, 60
    equivalence = np.arange(claims) % 2 == 1
    fallen, before = np.zeros((registries, claims, 2), bool), [None] * registries
    upwards = np.zeros((registries, claims), bool)
    for alpha in (0.01, 0.02, 0.05):
        # many small ones, so that much is decided at each look; of one judgement both are never small
        p = np.where(rng.random((registries, claims, 2)) < 0.5, rng.random((registries, claims, 2)) ** 12, 1.0)
        new = ~fallen.any(axis=2)
        upwards = np.where(new, rng.random((registries, claims)) < 0.5, upwards)
        fallen = simulation.decided(p, alpha, fallen)
        said = simulation.verdicts(fallen, upwards, equivalence)
        for number in range(registries):
            hypotheses = [
                Hypotheses(EQUIVALENCE, one, other)
                if same
                else Hypotheses(DIFFERENCE, *((one / 2, 1.0) if up else (1.0, one / 2)), other)
                for (one, other), same, up in zip(p[number], equivalence, upwards[number], strict=True)
            ]
            before[number] = decide(hypotheses, alpha, before[number])
            told = [one.verdict.replace("inconclusive", simulation.OPEN) for one in before[number]]
            assert told == list(said[number])
    assert 0.2 < np.mean(said != simulation.OPEN) < 1


def test_the_p_values_are_those_of_the_library():
    rng = np.random.default_rng(8)
    equivalence = np.arange(6) % 2 == 1
    for n in (5, 30):
        values = 0.004 + 0.01 * simulation.skewed(rng, (3, 6, n))
        found = simulation.p_values(values, equivalence)
        for place in np.ndindex(3, 6):
            scale = Scale(EQUIVALENCE if equivalence[place[1]] else DIFFERENCE, margin=simulation.MARGIN)
            said = scale.hypotheses(paired(values[place]))
            assert found[place][:2] == pytest.approx([said.p, said.p_other], rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("truth", ["at the margin, narrow", "a mixture"])
def test_all_looks_together_keep_the_error(truth):
    truths, sds = simulation.worlds()[truth]
    found = simulation.simulated(truths, simulation.one_rival, sds, 100, seed=3)
    assert found["low"] <= 0.05
    # what is there to be found is found sooner or later
    assert found["decided"] == sorted(found["decided"])
    assert found["decided"][-1] > 0.4
