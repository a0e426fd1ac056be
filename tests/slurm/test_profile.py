"""`snakemake --profile slurm` from a fresh clone: nothing to edit, the tables of a local run; and what a site edits."""

import re

import pytest
from clone import ROOT
from slurm_files import ACCOUNT, OTHER_PARTITION
from small_study import RUNS, on_slurm, said, searched, small_clone, without_times

pytestmark = [pytest.mark.slow, pytest.mark.slurm]

RULES = ROOT / "workflow" / "rules"


@pytest.fixture(scope="module")
def finished(cluster, tmp_path_factory):
    """The whole study, report included, and the Slurm jobs that it took."""
    clone = small_clone(tmp_path_factory.mktemp("slurm") / "repository")
    before = len(cluster.history())
    process = on_slurm(clone, cluster)
    assert process.wait() == 0, said(clone)[-6000:]
    return clone, cluster.history()[before:]


def test_the_whole_study_runs_as_it_stands(finished):
    clone, jobs = finished
    assert (clone.folder / "results/small/report/report.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(searched(said(clone))) == sorted(RUNS)
    assert {job["State"] for job in jobs} == {"COMPLETED"}


def test_the_tables_are_those_of_a_local_run(finished, local):
    clone, _ = finished
    expected, told = without_times(local), without_times(clone)
    assert len(expected) >= 8
    assert {name: table for name, table in told.items() if name in expected} == expected


def test_short_runs_share_slurm_jobs(finished):
    """All six searches are one job, and so are the steps from a raw file to its splits, and the figures."""
    _, jobs = finished
    of = [job["Comment"] for job in jobs]
    assert sum("run_search" in comment for comment in of) == 1, of
    assert sum("figure" in comment for comment in of) == 1, of
    assert [comment for comment in of if "split" in comment] == ["rule_data_fetch_prepare_split"] * 2


def test_a_site_is_set_in_the_profile_alone(cluster, tmp_path):
    """By taking two lines out of comments and adding one, as config/README.md says."""
    clone = small_clone(tmp_path / "repository")
    clone.edit("slurm/config.yaml", "# slurm_account: my_account", f"slurm_account: {ACCOUNT}")
    clone.edit("slurm/config.yaml", "# slurm_partition: my_partition", f"slurm_partition: {OTHER_PARTITION}")
    clone.edit("slurm/config.yaml", "cores: 1", "cores: 1\nset-resources: {fetch: {mem_mb: 700 * attempt, runtime: 7}}")
    before = len(cluster.history())
    assert on_slurm(clone, cluster, "--", "data/raw/telecust.json").wait() == 0, said(clone)
    (job,) = cluster.history()[before:]
    assert (job["Account"], job["Partition"], job["State"]) == (ACCOUNT, OTHER_PARTITION, "COMPLETED")
    assert (job["ReqMem"], job["TimelimitRaw"]) == ("700M", "7")
    assert not re.search("slurm|_account", "".join(rule.read_text() for rule in RULES.glob("*.smk")))
