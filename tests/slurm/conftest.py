"""One cluster for the tests of this folder, and a local run's tables to hold all others against."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# a clone to run the whole workflow in
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from clone import Clone
from cluster import Cluster, missing_programs
from small_study import TABLES, small_clone


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    lacking = missing_programs()
    if lacking:
        pytest.skip(f"no {', '.join(lacking)} here: Debian's slurm-wlm, slurmdbd, munge, mariadb-server have them")
    if os.geteuid() != 0:
        pytest.skip("the cluster's daemons are started by root")
    # not pytest's folder: the path of a socket may have no more than 107 characters
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    one = Cluster.create(folder)
    try:
        one.start()
        yield one
    finally:
        one.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def local(cluster, tmp_path_factory) -> Clone:
    """The study, run on this machine alone."""
    clone = small_clone(tmp_path_factory.mktemp("local") / "repository")
    done = clone.snakemake("--cores", "2", "--configfile", "small.yaml", "--", TABLES)
    assert done.returncode == 0, done.stdout[-6000:]
    return clone
