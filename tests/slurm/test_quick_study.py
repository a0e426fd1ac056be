"""The quick study on Slurm and on this machine alone: a quarter of an hour, so `make torture` asks for it."""

import os

import pytest
from clone import tables_without_times
from small_study import on_slurm, said, small_clone

pytestmark = [
    pytest.mark.slow,
    pytest.mark.slurm,
    pytest.mark.skipif("HPO_TORTURE" not in os.environ, reason="takes a quarter of an hour: `make torture` runs it"),
]
STUDY, TABLES = "config/quick.yaml", "results/quick/tables/verdicts.json"


def test_the_quick_study_gives_the_tables_of_a_local_run(cluster, tmp_path):
    local, remote = small_clone(tmp_path / "local"), small_clone(tmp_path / "slurm")
    done = local.snakemake("--cores", "2", "--configfile", STUDY, "--", TABLES)
    assert done.returncode == 0, done.stdout[-6000:]
    assert on_slurm(remote, cluster, "--", TABLES, study=STUDY).wait() == 0, said(remote)[-6000:]
    expected, found = (tables_without_times(clone.folder / "results/quick/tables") for clone in (local, remote))
    assert len(expected) >= 10
    assert [name for name in expected if found[name] != expected[name]] == []
    assert set(found) == set(expected)
