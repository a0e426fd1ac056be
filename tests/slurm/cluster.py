"""A real Slurm on this machine, for tests: slurmctld, several slurmd, munge and accounting, all within one folder.

    python tests/slurm/cluster.py start FOLDER          prints what the environment of Slurm's commands needs
    python tests/slurm/cluster.py kill-node FOLDER NODE the node is lost, with all that runs on it
    python tests/slurm/cluster.py stop FOLDER

Debian's packages: slurm-wlm, slurmdbd, munge, mariadb-server. They are installed by whoever runs this, not by this.
Whatever it writes is in FOLDER: keys, sockets, logs, state and the configuration. It listens on free ports of loopback
alone. The daemons are ordinary children, no services; each is written down with its time of birth, and ``stop`` ends
those and nothing else, after the jobs of this cluster. A node is a slurmd with as many CPUs as it is told, whatever the
machine has. There are no cgroups: memory is watched by polling, once a second.
"""

import argparse
import contextlib
import getpass
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from slurm_files import ACCOUNT, slurm_conf, slurmdbd_conf

PROGRAMS = ("slurmctld", "slurmd", "slurmdbd", "munged", "mariadbd", "mariadb-install-db")
# Debian keeps the daemons where a user's PATH does not lead
SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


class ClusterError(Exception):
    """The cluster did not do what it was asked; the message has the last lines of its logs."""


def missing_programs() -> list[str]:
    """The programs that a cluster needs and this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name, path=SEARCHED) is None]


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nothing listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@dataclass(frozen=True)
class Shape:
    """How many nodes, the CPUs and the memory (MB) of each, and the ports of controller, database and nodes."""

    nodes: int
    cpus: int
    memory_mb: int
    ports: list[int]


class Cluster:
    """A cluster in a folder; made by `create`, found again by its folder alone."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.shape = Shape(**json.loads((self.folder / "shape.json").read_text()))
        self.nodes = [f"node{number}" for number in range(1, self.shape.nodes + 1)]
        self.socket = self.folder / "munge.socket"
        self.environment = {
            **os.environ,
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "PATH": os.pathsep.join([str(self.folder / "bin"), SEARCHED]),
        }

    @classmethod
    def create(cls, folder: Path, *, nodes: int = 3, cpus: int = 1, memory_mb: int = 3000) -> "Cluster":
        """Lay out a folder, or take the one that is there as it is; nothing runs yet."""
        shape = folder / "shape.json"
        if not shape.exists():
            for name in ("bin", "log", "state"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            shape.write_text(json.dumps(asdict(Shape(nodes, cpus, memory_mb, free_ports(2 + nodes)))))
        return cls(folder)

    def command(self, *words: str) -> str:
        """What one of Slurm's commands prints; raises `ClusterError` with what it complains of."""
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise ClusterError(f"{shlex.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def works(self, *words: str) -> bool:
        """Whether a command ends well."""
        done = subprocess.run(words, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def running(self) -> dict[str, str]:
        """The node of every job that runs now."""
        lines = self.command("squeue", "--noheader", "--states=R", "--format=%i|%N").splitlines()
        return dict(line.split("|") for line in lines)

    def history(self) -> list[dict[str, str]]:
        """Every job that was ever submitted, from accounting, in the order of its number."""
        fields = ("JobID", "State", "NodeList", "ReqMem", "TimelimitRaw", "Account", "Partition", "TotalCPU", "Comment")
        lines = self.command("sacct", "-n", "-P", "-D", "--starttime=now-1day", f"--format={','.join(fields)}")
        told = [dict(zip(fields, line.split("|"), strict=True)) for line in lines.splitlines()]
        # a job's steps have lines of their own; only with them asked for does the job's line hold its processor time
        return [job for job in told if "." not in job["JobID"]]

    def _daemons(self) -> dict[str, tuple[int, float]]:
        path = self.folder / "daemons.json"
        written = json.loads(path.read_text()) if path.exists() else {}
        return {name: (pid, born) for name, (pid, born) in written.items()}

    def _remember(self, daemons: dict[str, tuple[int, float]]) -> None:
        (self.folder / "daemons.json").write_text(json.dumps(daemons))

    def process(self, name: str) -> psutil.Process | None:
        """A daemon of this cluster if it is alive: a number that another process has got since does not count."""
        pid, born = self._daemons().get(name, (-1, 0.0))
        with contextlib.suppress(psutil.NoSuchProcess, ValueError):
            process = psutil.Process(pid)
            if process.create_time() == born and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def _spawn(self, name: str, *words: str | Path, **variables: str) -> None:
        """Start a daemon in the foreground of a session of its own, unless it is alive."""
        if self.process(name):
            return
        with (self.folder / "log" / f"{name}.out").open("ab") as log:
            started = subprocess.Popen(
                [str(word) for word in words],
                cwd=self.folder,
                env={**self.environment, **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._remember({**self._daemons(), name: (started.pid, psutil.Process(started.pid).create_time())})

    def wait(self, what: str, come: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something has come; raises `ClusterError` with the ends of all logs if it does not."""
        end = time.monotonic() + seconds
        while not come():
            if time.monotonic() > end:
                tails = [
                    f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:])
                    for log in sorted((self.folder / "log").iterdir())
                ]
                raise ClusterError(f"waited {seconds:.0f} s in vain for {what}\n" + "\n".join(tails))
            time.sleep(0.1)

    def start(self) -> None:
        """Start whatever of the cluster does not run, and wait until every node can take jobs."""
        self._write_configuration()
        self._start_munge()
        self._start_accounting()
        self._spawn("slurmctld", "slurmctld", "-D")
        self.wait("slurmctld", lambda: self.works("scontrol", "ping"))
        for node in self.nodes:
            self.start_node(node)

    def start_node(self, node: str) -> None:
        """Start a node, or bring a lost one back."""
        self._spawn(f"slurmd-{node}", "slurmd", "-D", "-N", node)

        def takes_jobs() -> bool:
            state = self.state_of(node)
            if "down" in state:
                # refused where the node has come back by itself since
                self.works("scontrol", "update", f"nodename={node}", "state=resume")
            return state in ("idle", "mixed", "allocated")

        self.wait(f"{node} to take jobs", takes_jobs)

    def state_of(self, node: str) -> str:
        """What the controller thinks of a node: ``idle``, ``down``, ...; a star says that it does not answer."""
        return self.command("sinfo", "--noheader", f"--nodes={node}", "--format=%T").split()[0]

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        if not key.exists():
            key.touch(mode=0o400)
            key.chmod(0o600)
            key.write_bytes(os.urandom(128))
            key.chmod(0o400)
        places = {"key-file": key, "socket": self.socket, "pid-file": self.folder / "munged.pid",
                  "log-file": self.folder / "log" / "munged.log", "seed-file": self.folder / "munged.seed"}  # fmt: skip
        # it refuses folders that others may write to, as /tmp is, unless told to go on
        self._spawn("munged", "munged", "--foreground", "--force", *(f"--{k}={path}" for k, path in places.items()))
        self.wait("munged", lambda: self.works("munge", "-S", str(self.socket), "-n"))

    def _start_accounting(self) -> None:
        data, sql = self.folder / "state" / "sql", self.folder / "sql.socket"
        user = f"--user={getpass.getuser()}"
        if not data.exists():
            self.command("mariadb-install-db", "--no-defaults", user, f"--datadir={data}", "--skip-test-db",
                         "--auth-root-authentication-method=normal")  # fmt: skip
        self._spawn("mariadbd", "mariadbd", "--no-defaults", user, f"--datadir={data}", f"--socket={sql}",
                    f"--pid-file={self.folder / 'mariadbd.pid'}", "--skip-networking", "--performance-schema=OFF",
                    "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--innodb-lock-wait-timeout=900",
                    "--innodb-flush-log-at-trx-commit=0")  # fmt: skip
        client = ("--no-defaults", "--user=root", f"--socket={sql}")
        self.wait("mariadbd", lambda: self.works("mariadb-admin", *client, "ping"))
        self.command("mariadb", *client, "-e", "CREATE DATABASE IF NOT EXISTS accounting")
        # slurmdbd knows no setting for the socket; MariaDB's library reads this variable
        self._spawn("slurmdbd", "slurmdbd", "-D", MYSQL_UNIX_PORT=str(sql))
        self.wait("slurmdbd", lambda: self.works("sacctmgr", "--noheader", "show", "cluster"))
        if "tests" not in self.command("sacctmgr", "--noheader", "show", "cluster", "format=cluster").split():
            add = ("sacctmgr", "--immediate", "--quiet", "add")
            self.command(*add, "cluster", "tests")
            self.command(*add, "account", ACCOUNT, "cluster=tests", "Description=tests", "Organization=tests")
            self.command(*add, "user", getpass.getuser(), f"account={ACCOUNT}", "cluster=tests")

    def _write_configuration(self) -> None:
        (self.folder / "slurm.conf").write_text(slurm_conf(self))
        database = self.folder / "slurmdbd.conf"
        database.touch(mode=0o600)
        database.write_text(slurmdbd_conf(self))
        # the plugin's jobs lose every variable called SLURM_..., and with it the way to this configuration
        srun = self.folder / "bin" / "srun"
        found = shutil.which("srun", path=SEARCHED)
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={shlex.quote(self.environment["SLURM_CONF"])} exec {found} "$@"\n')
        srun.chmod(0o755)

    def steps_of(self, jobs: Collection[str] | None = None) -> list[psutil.Process]:
        """Slurm's own processes of these jobs, or of all: each has the processes of a job as its descendants."""
        found = []
        for process in psutil.process_iter(["name", "cmdline"]):
            title = re.match(r"slurmstepd: \[(\d+)", " ".join(process.info["cmdline"] or []))
            if title and (jobs is None or title[1] in jobs):
                with contextlib.suppress(psutil.Error):
                    # another cluster of this machine may count its jobs alike; this one's daemons run in its folder
                    if process.cwd() == str(self.folder):
                        found.append(process)
        return found

    def kill_node(self, node: str) -> None:
        """End a node as a power cut does: its slurmd and all that runs there are gone, and nobody is told."""
        lost = [job for job, where in self.running().items() if where == node]
        steps, daemon = self.steps_of(lost), self.process(f"slurmd-{node}")
        if daemon:
            daemon.kill()
        kill_with_descendants(steps)

    def stop(self) -> None:
        """Cancel the jobs, then end every daemon that this cluster started, the last one first."""
        with contextlib.suppress(ClusterError):
            if self.process("slurmctld"):
                self.command("scancel", f"--user={getpass.getuser()}")
                self.wait("the jobs to end", lambda: not self.command("squeue", "--noheader").strip(), seconds=20)
        for name in reversed(list(self._daemons())):
            process = self.process(name)
            if process:
                process.terminate()
                try:
                    process.wait(20)
                except psutil.TimeoutExpired:
                    process.kill()
        # a job that began meanwhile outlives its slurmd
        kill_with_descendants(self.steps_of())
        self._remember({})


def kill_with_descendants(processes: Collection[psutil.Process]) -> None:
    """Kill processes and all that they started; one that has gone by itself is no fault."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            for one in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()


def main(words: Sequence[str]) -> None:
    """The commands of this file's first lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["start", "stop", "kill-node"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("node", nargs="?")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--memory-mb", type=int, default=3000)
    given = parser.parse_args(words)
    if missing_programs():
        sys.exit(f"error: this machine lacks {', '.join(missing_programs())}")
    if given.what == "start":
        cluster = Cluster.create(given.folder, nodes=given.nodes, cpus=given.cpus, memory_mb=given.memory_mb)
        cluster.start()
        for name in ("SLURM_CONF", "PATH"):
            print(f"export {name}={shlex.quote(cluster.environment[name])}")
    elif given.what == "stop":
        Cluster(given.folder).stop()
    else:
        Cluster(given.folder).kill_node(given.node)


if __name__ == "__main__":
    main(sys.argv[1:])
