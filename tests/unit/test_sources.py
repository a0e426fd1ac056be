"""Which files a module is made of."""

import pytest

from hpotrial.core import provenance


def names(*modules: str) -> set[str]:
    return {file.rpartition("/hpotrial/")[2] for file in provenance.files_of(*modules)}


def test_a_method_is_made_of_its_own_file_and_no_other_method():
    files = names("hpotrial.runs.run", "hpotrial.methods.grid_loop")
    assert {"runs/run.py", "methods/grid_loop.py", "methods/__init__.py", "core/space.py", "core/records.py"} <= files
    assert {file for file in files if file.startswith("methods/")} == {"methods/__init__.py", "methods/grid_loop.py"}
    assert not {file for file in files if file.startswith(("figures/", "report/", "results/"))}


def test_a_search_depends_on_what_trains_it():
    files = names("hpotrial.runs.run", "hpotrial.methods.sklearn_grid", "hpotrial.models.mlp")
    assert {file for file in files if file.startswith("training/")}
    assert "models/mlp.py" in files


def test_a_figure_depends_on_no_training():
    files = names("hpotrial.figures", "hpotrial.figures.best_so_far")
    assert "figures/best_so_far.py" in files
    assert "figures/accuracy_by_arm.py" not in files
    assert not {file for file in files if file.startswith(("training/", "methods/", "models/"))}


def test_an_unknown_module_is_refused():
    with pytest.raises(ModuleNotFoundError):
        provenance.files_of("hpotrial.nothing")


def test_constants_are_read_without_importing():
    assert isinstance(provenance.constant("hpotrial.figures.best_so_far", "caption"), str)
    assert provenance.constant("hpotrial.figures.style", "caption") is None
