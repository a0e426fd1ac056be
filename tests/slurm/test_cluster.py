"""The test cluster itself: it runs jobs, keeps to its folder, and stops what it started and nothing else."""

import os
import shutil
import tempfile
from pathlib import Path

import psutil
import pytest
from cluster import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.slurm]


def test_every_node_takes_jobs(cluster):
    assert [cluster.state_of(node) for node in cluster.nodes] == ["idle"] * 3
    hosts = [cluster.command("srun", f"--nodelist={node}", "printenv", "SLURMD_NODENAME") for node in cluster.nodes]
    assert [host.strip() for host in hosts] == cluster.nodes


def test_a_second_cluster_comes_and_goes_beside_the_first(cluster):
    places = [
        Path(place) for place in ("/etc/slurm", "/etc/munge", "/run/munge", "/var/spool/slurmd", "/var/lib/slurm")
    ]
    before = [sorted(place.iterdir()) if place.is_dir() else None for place in places]
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    try:
        other = Cluster.create(folder, nodes=1)
        other.start()
        assert other.command("srun", "echo", "from the other").strip() == "from the other"
        daemons = [other.process(name) for name in ("munged", "mariadbd", "slurmdbd", "slurmctld", "slurmd-node1")]
        assert all(daemons)
        other.start()
        again = [other.process(name) for name in ("munged", "mariadbd", "slurmdbd", "slurmctld", "slurmd-node1")]
        assert again == daemons
        other.stop()
        assert not any(daemon.is_running() and daemon.status() != psutil.STATUS_ZOMBIE for daemon in daemons)
    finally:
        Cluster(folder).stop()
        shutil.rmtree(folder)
    assert cluster.command("srun", "echo", "still here").strip() == "still here"
    assert [sorted(place.iterdir()) if place.is_dir() else None for place in places] == before


def test_a_number_that_another_process_has_got_is_left_alone(cluster, tmp_path):
    """After a crash the written number may be anybody's; here it is this test's own."""
    other = Cluster.create(tmp_path / "never-started", nodes=1)
    (other.folder / "daemons.json").write_text(f'{{"slurmd-node1": [{os.getpid()}, 1.0]}}')
    assert other.process("slurmd-node1") is None
    other.stop()
