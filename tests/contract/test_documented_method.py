"""The example of docs/adding-a-method.md is a method that works by being put in the folder."""

import importlib
import re
from pathlib import Path

import pytest
from marked_problem import marked_problem

from hpotrial import methods

PAGE = Path(__file__).resolve().parents[2] / "docs" / "adding-a-method.md"


def test_the_documented_example_is_a_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PAGE.read_text(encoding="utf-8")
    name = re.search(r"`src/hpotrial/methods/(\w+)\.py`, it", text)[1]
    (tmp_path / f"{name}.py").write_text(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], encoding="utf-8")
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    assert name in methods.names()
    assert methods.load(name)().draws == 10
    problem = marked_problem(name, "holdout")
    selection = methods.load(name)(draws=5).search(problem)
    assert len(problem.trials) == 5 == methods.load(name)(draws=5).plan(problem.space, 10).trials
    assert selection.score == max(t.score for t in problem.trials)
