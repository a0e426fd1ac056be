"""Which files a module is made of, and what of them is in its fingerprint."""

import shutil
import subprocess

import pytest

from hpotrial.core import provenance


def names(*modules: str) -> set[str]:
    return set(provenance.digests(*modules))


def test_a_method_is_made_of_its_own_file_and_no_other_method():
    files = names("hpotrial.runs.run", "hpotrial.methods.grid_loop")
    assert {"runs/run.py", "methods/grid_loop.py", "methods/__init__.py", "core/space.py", "core/records.py"} <= files
    assert {file for file in files if file.startswith("methods/")} == {"methods/__init__.py", "methods/grid_loop.py"}
    assert not {file for file in files if file.startswith(("figures/", "report/", "results/"))}


def test_a_search_depends_on_what_trains_it():
    files = names("hpotrial.runs.run", "hpotrial.methods.sklearn_grid", "hpotrial.models.mlp")
    assert {file for file in files if file.startswith("training/")}
    assert "models/mlp.py" in files


@pytest.mark.parametrize("entry", ["hpotrial.runs.run", "hpotrial.runs.replicate"])
def test_no_search_depends_on_how_its_data_are_had(entry):
    """Downloads, raw files, kinds, stand-ins: an edit of the reading of CSV files reruns no search by itself."""
    rooms = [m for m in provenance.modules() if m.startswith(("hpotrial.methods.", "hpotrial.models."))]
    files = {file for file in names(entry, *rooms) if file.startswith("datasets/")}
    assert files <= {"datasets/__init__.py", "datasets/dataset.py", "datasets/splits.py"}


def test_arrays_depend_on_their_kind_and_on_no_download():
    images = names("hpotrial.datasets.preparing", "hpotrial.datasets.kinds.mnist")
    table = names("hpotrial.datasets.preparing", "hpotrial.datasets.kinds.telecust")
    assert "datasets/kinds/csv.py" in table - images
    assert not {"datasets/downloading.py", "datasets/fetching.py"} & (images | table)


def test_a_figure_depends_on_no_training():
    files = names("hpotrial.figures", "hpotrial.figures.best_so_far")
    assert "figures/best_so_far.py" in files
    assert "figures/accuracy_by_arm.py" not in files
    assert not {file for file in files if file.startswith(("training/", "methods/", "models/"))}


def test_an_unknown_module_is_refused():
    with pytest.raises(ModuleNotFoundError):
        provenance.digests("hpotrial.nothing")


def test_constants_are_read_without_importing():
    assert isinstance(provenance.constant("hpotrial.figures.best_so_far", "caption"), str)
    assert provenance.constant("hpotrial.figures.style", "caption") is None


CODE = '''"""A module."""

# what it costs
RATE = 0.1 + 0.2


def price(n: int, name: str = "x") -> str:
    """What n cost."""
    return f"{name}: {n * RATE:{n}.2f}"


class Shop:
    """Has prices."""

    open = True
'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module of a library of its own; returns its fingerprint."""
    root = tmp_path / "hpotrial"
    root.mkdir()
    monkeypatch.setattr(provenance, "PACKAGE", root)

    def written(text: str, name: str = "one") -> str:
        (root / f"{name}.py").write_text(text, encoding="utf-8")
        return provenance.fingerprint("hpotrial.one")

    return written


def test_comments_docstrings_and_layout_are_not_in_a_fingerprint(module):
    before = module(CODE)
    for old, new in [
        ("# what it costs", "# what it cost once\n"),
        ('"""A module."""', '"""Another text,\non two lines."""'),
        ('"""A module."""\n', ""),
        ('    """What n cost."""\n', ""),
        ('"""Has prices."""', '"""Has no prices."""'),
        ("(n: int, name", "(\n    n: int,\n    name"),
        ("0.1 + 0.2", "(0.1 + 0.2)  # cents"),
        ("0.2\n", "0.2\n\n\n\n"),
    ]:
        assert old in CODE
        assert module(CODE.replace(old, new)) == before, new


def test_what_code_does_is_in_its_fingerprint(module):
    known = {module(CODE)}
    for old, new in [
        ("0.1 + 0.2", "0.2 + 0.1"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("RATE =", "_RATE ="),
        ("n: int", "n: float"),
        ('"x"', '"y"'),
        (".2f", ".3f"),
        ("{name}:", "{name!r}:"),
        ("open = True", "open = 1"),
        ("open = True", 'open = "True"'),
        ("open = True", "open = None"),
        ("    return f", "    n = n\n    return f"),
        # a text that is no docstring is code
        ("RATE = 0.1", '"""A module."""\nRATE = 0.1'),
    ]:
        assert old in CODE
        found = module(CODE.replace(old, new))
        assert found not in known, new
        known.add(found)
    with_import = module("import hpotrial.two\n" + CODE)
    assert module("RATE = 1\n", "two") != with_import


def test_each_file_has_a_digest_of_its_own(module):
    (provenance.PACKAGE / "two.py").write_text("RATE = 1\n", encoding="utf-8")
    module("from hpotrial import two\n" + CODE)
    before = provenance.digests("hpotrial.one")
    module("RATE = 2\n", "two")
    after = provenance.digests("hpotrial.one")
    assert list(before) == list(after) == ["one.py", "two.py"]
    assert before["one.py"] == after["one.py"]
    assert before["two.py"] != after["two.py"]
    assert provenance.fingerprint_of(after) == provenance.fingerprint("hpotrial.one")


@pytest.mark.parametrize("version", ["3.11", "3.12"])
def test_pythons_agree_on_the_fingerprint(version):
    """As far as they are installed here."""
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "--version"], capture_output=True).returncode:
        pytest.skip(f"there is no Python {version}")
    code = (
        "from hpotrial.core import provenance as p; print(p.fingerprint(*p.modules()), p.fingerprint('hpotrial.core'))"
    )
    done = subprocess.run([python, "-c", code], cwd=provenance.PACKAGE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == provenance.fingerprint(*provenance.modules())
