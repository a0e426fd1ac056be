"""The walls of the house: floors, length caps, names, and the page that describes them."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hpotrial.core import provenance

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

# lowest first; a room may import from those below it, and from itself
FLOORS = [
    {"core"},
    {"datasets", "models"},
    {"training", "results"},
    {"search", "figures"},
    {"methods", "report"},
    {"study", "runs"},
    {"workers"},
    {"cli"},
]
# what runs searches and what reads results share the ground floor and nothing else
SEARCHES = {"datasets", "models", "training", "search", "methods", "study", "runs"}
RESULTS = {"results", "figures", "report"}
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
WITHOUT_TENSORFLOW = ("core", "datasets", "results", "figures", "report", "study")


def room(module: str) -> str:
    return module.split(".")[1]


MODULES = [module for module in provenance.modules() if "." in module]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_its_own_floor_or_below(module):
    assert room(module) in FLOOR, f"{room(module)} is a room without a floor: give it one here and in the docs"
    above = [
        other
        for other in provenance.imports_of(module)
        if other.startswith("hpotrial.") and FLOOR[room(other)] > FLOOR[room(module)]
    ]
    assert not above


@pytest.mark.parametrize("module", MODULES)
def test_the_wings_share_the_ground_floor_only(module):
    own, other = (SEARCHES, RESULTS) if room(module) in SEARCHES else (RESULTS, SEARCHES)
    if room(module) in own:
        assert [m for m in provenance.imports_of(module) if m.startswith("hpotrial.") and room(m) in other] == []


def test_no_module_imports_itself_by_way_of_others():
    """Imports inside functions count: such a circle runs, and is a circle all the same."""
    waiting = {
        module: {m for m in provenance.imports_of(module) if m.startswith("hpotrial.") and m != module}
        for module in MODULES
    }
    while free := {module for module, needed in waiting.items() if not needed & set(waiting)}:
        waiting = {module: needed for module, needed in waiting.items() if module not in free}
    # what is left is in a circle, or imports what is in one
    assert {m for m in waiting if any(m in waiting[n] for n in _reached(waiting, m))} == set()


def _reached(imports: dict[str, set[str]], start: str) -> set[str]:
    """The module and all that it imports, at any distance."""
    found, waiting = {start}, [start]
    while waiting:
        new = (imports[waiting.pop()] & set(imports)) - found
        found |= new
        waiting.extend(new)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_the_library_knows_nothing_of_snakemake(module):
    assert "snakemake" not in provenance.imports_of(module)


@pytest.mark.parametrize("name", WITHOUT_TENSORFLOW)
def test_rooms_without_tensorflow(name):
    """By running: whatever path an import takes, TensorFlow must not be at its end."""
    modules = [module for module in MODULES if room(module) == name]
    code = f"import {', '.join(modules)}, sys; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_importing_a_method_imports_no_search_library():
    names = [module for module in MODULES if module.startswith("hpotrial.methods.")]
    heavy = (
        "tensorflow", "keras", "keras_tuner", "scikeras", "hyperopt", "optuna", "torch", "deap", "tpot", "ConfigSpace",
        "sklearn", "scipy",
    )  # fmt: skip
    code = f"import {', '.join(names)}, sys; sys.exit(' '.join(set({heavy}) & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_search_library_is_known_to_its_adapter_and_to_methods():
    adapters = "hpotrial.search.adapters."
    for library in ("hyperopt", "optuna", "keras_tuner", "scikeras", "deap", "tpot", "ConfigSpace"):
        knowing = {module for module in MODULES if library in provenance.imports_of(module)}
        assert len({module for module in knowing if module.startswith(adapters)}) == 1, library
        # Optuna's other half computes importances
        others = {m for m in knowing if not m.startswith((adapters, "hpotrial.methods."))}
        assert others <= {"hpotrial.results.importance"}, library


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("pattern", "cap"),
    [
        ("src/**/*.py", 400),
        ("workflow/scripts/*.py", 35),
        ("workflow/rules/*.smk", 150),
        ("Snakefile", 6),
        ("workflow/Snakefile", 60),
    ],
)
def test_files_stay_short(pattern, cap):
    files = list(ROOT.glob(pattern))
    assert files
    assert {str(path.relative_to(ROOT)): lines_of(path) for path in files if lines_of(path) > cap} == {}


# where a file is found by its name: methods, models, figures, kinds of datasets, metrics
PLUG_INS = ("methods", "models", "figures", "datasets/kinds", "core/metrics")


def test_no_file_is_a_splinter():
    """A file that is no plug-in and no package's face has something to say: 40 lines at least."""
    library = ROOT / "src" / "hpotrial"
    files = [path for path in library.rglob("*.py") if path.name != "__init__.py"]
    others = [path for path in files if path.parent.relative_to(library).as_posix() not in PLUG_INS]
    assert 60 < len(others) < len(files)
    assert {str(path.relative_to(library)): lines_of(path) for path in others if lines_of(path) < 40} == {}


def test_few_names_at_the_top_of_the_library():
    names = {room(module) for module in MODULES}
    assert len(names) <= 16


def test_names_say_what_is_inside():
    vague = re.compile(r"(^|_)(utils?|helpers?|misc|common_utils|manager)(_|$|\.)")
    assert [path.name for path in (ROOT / "src").rglob("*.py") if vague.search(path.name)] == []


@pytest.mark.parametrize("script", sorted((ROOT / "workflow" / "scripts").glob("*.py")), ids=lambda path: path.name)
def test_a_script_says_what_it_does_and_logs(script):
    tree = ast.parse(script.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert any(isinstance(node, ast.With) and "logged_to" in ast.dump(node.items[0]) for node in tree.body)


def test_every_rule_has_log_benchmark_threads_resources_and_environment():
    rules = [
        rule
        for path in (ROOT / "workflow" / "rules").glob("*.smk")
        for rule in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    ]
    assert len(rules) >= 8
    for rule in rules:
        # what a job used in a process that it shares, the process knows and Snakemake does not
        measured = "request=lambda" if "    shell:\n        CLIENT" in rule else "benchmark:"
        for part in ("log:", measured, "threads: 1", "resources:", "conda:", "message:"):
            assert f"    {part}" in rule, f"{rule.split(':')[0]} lacks {part}"


def rooms_of_the_page() -> list[str]:
    """The paths that the page's tree of rooms names, from the repository's root."""
    tree = PAGE.split("## The rooms")[1].split("```")[1]
    paths, folder = [], ""
    for line in tree.strip("\n").splitlines():
        name = line.split()[0]
        if line.startswith("  "):
            paths.append(folder + name)
        else:
            folder = name if name.endswith("/") else ""
            paths.append(name)
    return paths


def test_the_page_names_what_is_there():
    assert len(rooms_of_the_page()) > 20
    assert [path for path in rooms_of_the_page() if not (ROOT / path).exists()] == []


PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_links_to_what_is_there(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if not link.startswith("https://")]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_speed_that_readme_tells_was_measured():
    import write_speed

    text = write_speed.PAGE.read_text(encoding="utf-8")
    assert text.count("<!-- speed -->") == 1
    assert write_speed.page(text) == text, "`make docs` writes it anew from benchmarks/*.json"


def test_every_room_of_the_library_is_on_the_page():
    told = {path.removeprefix("src/hpotrial/").rstrip("/") for path in rooms_of_the_page() if "hpotrial/" in path}
    told = {name.removesuffix(".py") for name in told}
    assert {room(module) for module in MODULES} - told == set()


def test_environment_and_lock_agree():
    """Conda users get the versions of requirements.lock."""
    lock = dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE))
    *conda, pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pins = dict(line.split("==") for line in pip["pip"])
    pins |= dict(line.split("=") for line in conda if "=" in line and not line.startswith("python="))
    assert {name: version for name, version in pins.items() if lock[name] != version} == {}
    project = (ROOT / "pyproject.toml").read_text()
    direct = re.search(r"^dependencies = \[(.*?)^\]", project, flags=re.MULTILINE | re.DOTALL)
    assert direct
    named = {name.lower() for name in re.findall(r'"([A-Za-z0-9-]+)==', direct[1])}
    assert named == set(pins)


def test_the_lock_names_no_index():
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"index-url|find-links|trusted-host|https?://", lock)
    pinned = re.findall(r"^[a-z0-9-]+==.*$", lock, flags=re.MULTILINE)
    assert lock.count("--hash=sha256:") >= len(pinned) > 50
