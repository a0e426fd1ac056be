"""What some methods need beyond requirements.lock: locks of their own, installed where they can be had."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from hpotrial import methods

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements-*.lock"))
EXTRAS = [lock.stem.removeprefix("requirements-") for lock in LOCKS]
# of requirements.lock, what an extra replaces: TPOT needs a setuptools that still has pkg_resources
REPLACED = {"tpot": {"setuptools"}}

PYTHON = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
case "$*" in *requirements-tpot.lock*) echo "no wheel of tpot for this machine" >&2; exit 1;; esac
"""


def pins(lock: Path) -> set[tuple[str, str]]:
    return set(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_every_extra_has_a_lock() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(extras) - {"dev"} == set(EXTRAS) >= {"tpot"}


def test_every_extra_is_a_methods_and_installs_what_it_requires() -> None:
    needed: dict[str, set[str]] = {}
    for method in map(methods.load, methods.names()):
        if method.extra:
            needed.setdefault(method.extra, set()).update(method.requires)
    assert set(needed) == set(EXTRAS)
    for extra, modules in needed.items():
        added = {name for name, _ in pins(ROOT / f"requirements-{extra}.lock")}
        assert {module.lower() for module in modules} <= added


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_holds_hashed_pins_and_no_index(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"index-url|find-links|trusted-host|https?://|file:", text)
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_an_extra_only_adds(lock: Path) -> None:
    present = {name for name, _ in pins(ROOT / "requirements.lock")}
    added = {name for name, _ in pins(lock)}
    assert added & present == REPLACED.get(lock.stem.removeprefix("requirements-"), set())


def test_extras_agree_with_each_other() -> None:
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in pins(lock):
            versions.setdefault(name, set()).add(version)
    # one version for Python 3.11 and another for later ones
    assert {name for name, found in versions.items() if len(found) > 1} <= {"xgboost-cpu"}


def test_tpots_lock_brings_no_cuda() -> None:
    added = dict(pins(ROOT / "requirements-tpot.lock"))
    assert int(added["setuptools"].split(".")[0]) < 81
    assert "xgboost-cpu" in added
    assert not any(name.startswith("nvidia") or name == "xgboost" for name in added)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The Makefile beside two extras and a Python that can install all but TPOT, and writes down what it was told."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.lock", "requirements-tpot.lock", "requirements-other.lock"):
        (tmp_path / name).touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    (tmp_path / ".venv" / ".built-from-lock").touch()
    return tmp_path


def make(clone: Path, target: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", target], cwd=clone, env=environment, capture_output=True, text=True)


def installs(clone: Path) -> list[str]:
    calls = (clone / ".venv" / "bin" / "calls").read_text().splitlines()
    return re.findall(r"-r (\S+)", "\n".join(calls))


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_an_extra_that_cannot_be_had_is_said_and_the_tests_run(clone: Path) -> None:
    done = make(clone, "test")
    assert done.returncode == 0, done.stderr
    assert "extra tpot could not be installed: its tests are skipped and its arms left out" in done.stdout
    assert "extra other could not" not in done.stdout
    assert "no wheel of tpot" in (clone / ".venv" / "extra-tpot.log").read_text()
    assert sorted(installs(clone)) == ["requirements-other.lock", "requirements-tpot.lock"]
    assert "-m pytest" in (clone / ".venv" / "bin" / "calls").read_text().splitlines()[-1]


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_only_what_is_missing_is_tried_again(clone: Path) -> None:
    make(clone, "extras")
    make(clone, "extras")
    assert sorted(installs(clone)) == ["requirements-other.lock", "requirements-tpot.lock", "requirements-tpot.lock"]
