"""Clones shared by the tests of this folder: one untouched, one in which the tiny study has been run."""

import pytest
from clone import Clone, make_clone


@pytest.fixture(scope="session")
def fresh_clone(tmp_path_factory) -> Clone:
    return make_clone(tmp_path_factory.mktemp("fresh") / "repository")


@pytest.fixture(scope="session")
def finished_clone(tmp_path_factory) -> Clone:
    clone = make_clone(tmp_path_factory.mktemp("finished") / "repository")
    done = clone.snakemake("--cores", "2", "--configfile", "tiny.yaml")
    assert done.returncode == 0, done.stdout[-6000:]
    return clone
