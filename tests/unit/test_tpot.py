"""TPOT's evolution over a problem: its space, its populations, its end."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_space import in_space
from test_random_forest import forest_problem

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.records import Cost, Trial, failed
from hpotrial.core.space import Space
from hpotrial.methods.tpot import Tpot
from hpotrial.search import Problem
from hpotrial.study.arms import check_options

pytestmark = pytest.mark.slow

needs_tpot = pytest.mark.skipif(importlib.util.find_spec("tpot") is None, reason="needs tpot: make extras")

MIXED = {
    "bootstrap": {"choice": [True, False]},
    "max_samples": {"float": {"low": 0.1, "high": 0.9}, "when": {"bootstrap": True}},
    "max_features": {"choice": ["sqrt", None, 2, 0.5]},
    "max_depth": {"int": {"low": 2, "high": 11, "step": 3}},
    "n_estimators": {"int": {"low": 1, "high": 1000, "log": True}},
    "ccp_alpha": {"float": {"low": 1e-6, "high": 1e-1, "log": True}},
    "min_samples_leaf": {"choice": [4]},
}


def scored(monkeypatch: pytest.MonkeyPatch, score: Any) -> None:
    """Problems evaluate by this function of the configuration, without any fit; None is a failure."""

    def evaluate(self: Problem, configuration: dict[str, Any]) -> Trial:
        value, number = score(configuration), len(self.trials)
        if value is None:
            return self.record(failed(number, configuration, Cost(), 1, ValueError("no fit")))
        return self.record(Trial(number, dict(configuration), value, (value,), Cost(), 1))

    monkeypatch.setattr(Problem, "evaluate", evaluate)


@needs_tpot
def test_every_domain_is_drawn_from_whole() -> None:
    from hpotrial.search.adapters.tpot import configspace, drawn_configuration
    from hpotrial.search.genome import Genome

    genome = Genome(Space.from_config(MIXED))
    drawn = configspace(genome)
    drawn.seed(1)
    configurations = [drawn_configuration(genome, dict(point)) for point in drawn.sample_configuration(400)]
    assert all(in_space(c, genome.space) for c in configurations)
    assert {repr(c["max_features"]) for c in configurations} == {"'sqrt'", "None", "2", "0.5"}
    assert {c["max_depth"] for c in configurations} == {2, 5, 8, 11}
    assert {c["min_samples_leaf"] for c in configurations} == {4}
    assert {type(c["n_estimators"]) for c in configurations} == {int}
    # half of a logarithmic scale lies below the geometric mean of its ends
    for name, middle in (("n_estimators", 1000**0.5), ("ccp_alpha", 10**-3.5)):
        assert 0.4 < np.mean([c[name] < middle for c in configurations]) < 0.6
    assert all(("max_samples" in c) == c["bootstrap"] for c in configurations)


@needs_tpot
def test_the_documents_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    scored(monkeypatch, lambda c: c["n_estimators"] / 1000)
    problem = forest_problem(MIXED, fixed={})
    selection = Tpot().search(problem)
    assert [g.number for g in problem.generations] == [0, 1, 2, 3, 4, 5]
    scores = [t.score for t in problem.trials]
    assert [g.best for g in problem.generations] == [max(scores[:n]) for n in (24, 36, 48, 60, 72, 84)]
    assert len(problem.trials) == Tpot().plan(problem.space, 100).trials == 84
    assert selection.score == problem.generations[-1].best == max(t.score for t in problem.trials)
    # the best 24 of all live on, so no generation is worse than the one before
    means = [g.mean for g in problem.generations]
    assert means == sorted(means)
    assert means[-1] == pytest.approx(np.mean(sorted(t.score for t in problem.trials)[-24:]))
    assert all(0 < g.diversity <= 1 and g.spread > 0 for g in problem.generations)


@needs_tpot
def test_nothing_is_evaluated_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    scored(monkeypatch, lambda c: float(c["max_depth"] or 0))
    problem = forest_problem({"max_depth": {"choice": [2, 3, 4, 5, None]}}, fixed={})
    Tpot(population_size=4, offspring_size=4, generations=3).search(problem)
    depths = [t.configuration["max_depth"] for t in problem.trials]
    assert len(depths) == len(set(depths)) <= 5


@needs_tpot
def test_without_improvement_the_evolution_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    scored(monkeypatch, lambda c: 0.5)
    problem = forest_problem(MIXED, fixed={})
    Tpot(generations=9, population_size=4, offspring_size=2, early_stop=2).search(problem)
    assert len(problem.generations) == 4


@needs_tpot
def test_failed_ones_leave_the_population(monkeypatch: pytest.MonkeyPatch) -> None:
    scored(monkeypatch, lambda c: None if c["bootstrap"] else c["n_estimators"] / 1000)
    problem = forest_problem(MIXED, fixed={})
    selection = Tpot(generations=2, population_size=6, offspring_size=4).search(problem)
    assert selection.configuration["bootstrap"] is False
    assert all(np.isfinite([g.best, g.mean, g.spread]).all() for g in problem.generations)


@needs_tpot
def test_tpots_import_asks_no_server_and_imports_no_neural_library() -> None:
    code = (
        "import sys, update_checker\n"
        "def refuse(*_): raise SystemExit('asked a server')\n"
        "update_checker.update_check = refuse\n"
        "import hpotrial.search.adapters.tpot\n"
        "sys.exit(' '.join({'torch', 'tensorflow', 'keras'} & set(sys.modules)) or 0)\n"
    )
    source = Path(__file__).resolve().parents[2] / "src"
    done = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"generations": 0}, "generations: must be at least 1, not 0"),
        ({"population_size": 0}, "population_size: must be at least 1, not 0"),
        ({"offspring_size": -1}, "offspring_size: must be at least 1, not -1"),
        ({"early_stop": 0}, "early_stop: must be at least 1, not 0"),
    ],
)
def test_sizes_that_cannot_work_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^an arm.{words}$"):
        check_options("an arm", "tpot", options)


def test_a_space_without_choice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="one configuration only"):
        Tpot().check(Space.from_config({"max_depth": {"choice": [3]}}))
    Tpot().check(Space.from_config(MIXED))
