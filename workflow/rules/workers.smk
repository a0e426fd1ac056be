"""Jobs whose process is shared: a job is a client, which has a warm worker do what it asks for.

Needs the study. Makes CLIENT, which is such a rule's `shell`, and `asked`, which makes its request. The request reaches
the client as a text on its standard input, quoted by Snakemake.
"""

import json
import os
import sys

from snakemake.settings.types import DeploymentMethod

from hpotrial.study.plan import runs_in
from hpotrial.workers import client

# what a job that is a client is started with: no part of what its rule says, since no result depends on it
os.environ.update(
    HPO_PYTHON=(
        "python"
        if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
        else sys.executable
    ),
    HPO_CLIENT=client.__file__,
    HPO_WORKERS=STUDY.workers,
    HPO_WORKFLOW=client.process(os.getpid()),
)
# a job that is a client, whatever it asks for
CLIENT = (
    'exec "$HPO_PYTHON" -I -S "$HPO_CLIENT" {resources.mem_mb} <<< {params.request:q}'
)


def asked(work, wildcards, name, input, under=LOGS, **told):
    """A request to a worker: what it shall do, and as JSON in ASCII with what, where its log and its use of resources go."""
    used = under.replace("logs", "logs/benchmarks", 1)
    files = {"log": f"{under}/{name}.log", "resources": f"{used}/{name}.tsv"}
    request = {
        **{kind: path.format(**wildcards) for kind, path in files.items()},
        **dict(input.items()),
        **told,
    }
    return f"{work} {json.dumps(request)}"


def share_cluster_jobs():
    """Where runs share a cluster's jobs, as many do as make three minutes by the plan: the profile's number at most, which holds
    until there is a plan."""
    most = workflow.group_settings.group_components
    if "searches" in most and os.path.isfile(PATHS.plan):
        most["searches"] = min(most["searches"], runs_in(180, Path(PATHS.plan)))


# here and not as the workflow starts: one that takes this as a module has an `onstart` of its own
if STUDY.workers == "shared" and (reason := client.refusal(os.environ)):
    print(f"workers: none, since {reason}", file=sys.stderr)
    os.environ.update(HPO_WORKERS="none")
share_cluster_jobs()
