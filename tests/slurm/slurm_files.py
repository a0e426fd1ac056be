"""The configuration of the test cluster, as Slurm reads it."""

import getpass
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cluster import Cluster

ACCOUNT, PARTITION, OTHER_PARTITION = "study", "main", "other"

# what is not the default, and why
BEHAVIOUR = """
# no cgroups, so that it runs in a container: processes are found by their parents, memory is polled every second
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
# jobs share nodes; a node is as large as it says
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
# what no node could ever give is refused at once
EnforcePartLimits=ALL
# a silent node is lost after a quarter of a minute, and welcome when it comes back
SlurmdTimeout=15
ReturnToService=2
KillWait=2
CompleteWait=0
# jobs start as soon as they come
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=1
MpiDefault=none
SwitchType=switch/none
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoreFlags=job_comment
AuthType=auth/munge
CredType=cred/munge
"""


def slurm_conf(cluster: "Cluster") -> str:
    """slurm.conf: the daemons, where they write and listen, the nodes and one partition."""
    host, user, folder = socket.gethostname().split(".")[0], getpass.getuser(), cluster.folder
    controller, database, *ports = cluster.shape.ports
    cpus, memory = cluster.shape.cpus, cluster.shape.memory_mb
    places = f"""ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller}
AccountingStoragePort={database}
AccountingStoragePass={cluster.socket}
AuthInfo=socket={cluster.socket}
StateSaveLocation={folder}/state/slurmctld
SlurmdSpoolDir={folder}/state/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
"""
    nodes = "".join(
        f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory={memory}\n"
        for node, port in zip(cluster.nodes, ports, strict=True)
    )
    partitions = "".join(
        f"PartitionName={name} Nodes={','.join(cluster.nodes)} Default={default} DefaultTime=10 MaxTime=600 State=UP\n"
        for name, default in ((PARTITION, "YES"), (OTHER_PARTITION, "NO"))
    )
    return f"{places}{BEHAVIOUR}{nodes}{partitions}"


def slurmdbd_conf(cluster: "Cluster") -> str:
    """slurmdbd.conf: accounting in a MariaDB that is reached by its socket."""
    return f"""AuthType=auth/munge
AuthInfo=socket={cluster.socket}
DbdHost={socket.gethostname().split(".")[0]}
DbdAddr=127.0.0.1
DbdPort={cluster.shape.ports[1]}
SlurmUser={getpass.getuser()}
PidFile={cluster.folder}/slurmdbd.pid
LogFile={cluster.folder}/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=accounting
"""
