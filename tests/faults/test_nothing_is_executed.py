"""Nothing that comes from a file, a name or the network is ever run: no shell, no pickle, no unpacked archive."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpotrial.datasets import kinds

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow").rglob("*.py")])
RULES = sorted([ROOT / "Snakefile", ROOT / "workflow" / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")])

# what runs code that a file brings, what starts other programs, what writes where an archive says
FORBIDDEN_MODULES = {
    "pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "code", "codeop",
    "runpy", "pty",
    "subprocess", "multiprocessing", "tarfile", "xmlrpc", "jsonpickle",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "system", "popen", "execv", "execve", "execvp", "spawnl",
    "spawnv", "startfile", "posix_spawn", "posix_spawnp","fork",
    "read_pickle", "to_pickle", "load_model", "unpack_archive", "extractall", "extract", "unsafe_load", "full_load",
    "enable_unsafe_deserialization", "urlopen", "urlretrieve",
}  # fmt: skip
# what starts a program, by a list of words that holds no file's content: Snakemake, the fit of a price, a worker
STARTERS = {
    ROOT / "src" / "hpotrial" / "cli.py": ["import subprocess"],
    ROOT / "src" / "hpotrial" / "study" / "pricing.py": ["import subprocess"],
    ROOT / "src" / "hpotrial" / "workers" / "client.py": ["posix_spawn()"],
}
# these have another meaning where they are
HARMLESS = {("compile", "models"), ("compile", "training"), ("compile", "problem"), ("compile", "report")}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name | ast.Attribute):
                yield (function.id if isinstance(function, ast.Name) else function.attr), node


def faults_of(text: str, folder: str = "") -> list[str]:
    """What in a module's text could run what a file brings."""
    tree = ast.parse(text)
    found = []
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [f"import {name}" for name in names if name.split(".")[0] in FORBIDDEN_MODULES]
    for name, node in calls(tree):
        method_of_re = (
            name == "compile" and isinstance(node.func, ast.Attribute) and ast.unparse(node.func) == "re.compile"
        )
        if name in FORBIDDEN_CALLS and (name, folder) not in HARMLESS and not method_of_re:
            found.append(f"{name}()")
        arguments = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        called = ast.unparse(node.func)
        if called in ("np.load", "numpy.load") and arguments.get("allow_pickle") != "False":
            found.append("np.load without allow_pickle=False")
        if arguments.get("allow_pickle") == "True" or arguments.get("safe_mode") == "False":
            found.append("unsafe mode")
        if called == "yaml.load" and arguments.get("Loader") != "yaml.SafeLoader":
            found.append("yaml.load with another loader")
        if arguments.get("shell") == "True":
            found.append("a shell")
    return found


@pytest.mark.parametrize("file", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_runs_nothing_that_a_file_brings(file):
    assert faults_of(file.read_text(encoding="utf-8"), file.parent.name) == STARTERS.get(file, [])


@pytest.mark.parametrize(
    "text",
    [
        "import pickle", "from joblib import load", "np.load(x)", "np.load(x, allow_pickle=True)",
        "keras.models.load_model(x)",
        "yaml.load(x, Loader=yaml.Loader)", "eval(x)", "os.system(x)", "import subprocess", "pd.read_pickle(x)",
        "zipfile.ZipFile(x).extractall()", "tarfile.open(x).extract(y)", "run(x, shell=True)",
        "keras.saving.f(safe_mode=False)",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(text):
    assert faults_of(text) != []


@pytest.mark.parametrize("file", RULES, ids=lambda path: path.name)
def test_a_rule_runs_a_script_or_a_client_and_no_other_shell(file):
    """The client's line holds no name and no value of the study: its request reaches it as quoted text."""
    text = re.sub(
        r"^( *)shell:\n\1    CLIENT$", r"\1client: CLIENT", file.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert not re.search(r"^\s*(shell|run|wrapper|cwl|notebook|template_engine)\s*:", text, re.MULTILINE)
    for line in re.findall(r"^CLIENT = \(\n(.*?)^\)", text, re.MULTILINE | re.DOTALL):
        assert line.strip() == (
            """'exec "$HPO_PYTHON" -I -S "$HPO_CLIENT" {resources.mem_mb} <<< {params.request:q}'"""
        )
    assert not re.search(r"\bshell\s*\(|\bos\.system|\bsubprocess\b|\bos\.popen|\bpickle\b", text)
    for rule in re.split(r"^rule ", text, flags=re.MULTILINE)[1:]:
        # what makes nothing is a name for files that others make
        if re.search("^    output:", rule, re.MULTILINE):
            runs = r'^    (script:\n        "\.\./scripts/\w+\.py"|client: CLIENT)$'
            assert re.search(runs, rule, re.MULTILINE), rule.split(":")[0]


def test_every_wildcard_is_one_of_the_studys_own_names():
    """So that no other file's name is ever taken for a run's."""
    text = "".join(file.read_text(encoding="utf-8") for file in RULES)
    used = set(re.findall(r"(?<!\{)\{\{?(\w+)\}?\}", "".join(re.findall(r'f?"[^"\n]*"', text))))
    wildcards = {name for name in used if re.search(rf"wildcards\.{name}\b", text)}
    constraints = {
        name
        for block in re.findall(r"wildcard_constraints:\n((?:    +.*\n)+)", text)
        for name in re.findall(r"(\w+)=", block)
    }
    assert wildcards
    assert wildcards <= constraints


def test_the_makefile_gives_a_shell_nothing_of_a_configuration():
    """Its recipes name configurations and folders in so many words; what a user may set is the user's own."""
    text = re.sub(r"^#.*$", "", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    given = re.findall(r"(?:\$\(call study,|--configfile |\$\(HPOTRIAL\) check )(\S+?)\)?\s", text)
    own = [argument for argument in given if "$(" not in argument]
    assert len(own) >= 7
    assert all(re.fullmatch(r"config/\w+\.yaml", argument) for argument in own)
    # and in the recipes' own template, which is called with these
    assert set(given) - set(own) <= {"$(1"}
    assert not re.search(r"\b(yq|grep|sed|awk|cat|source)\b[^\n]*config/", text)
    assert "eval" not in text


def test_every_download_is_bounded_and_has_a_checksum():
    for kind in ("telecust", "mnist"):
        for file in kinds.make(kind, kind, {}).raw_files():
            assert 0 < file.max_bytes <= 20_000_000
            assert re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert file.addresses
            assert all(address.startswith("https://") for address in file.addresses)
            # no name could lead out of the folder
            assert all(re.fullmatch(r"[\w.-]+", name) and ".." not in name for name in (file.name, *file.aliases))
