"""What all tests share: TensorFlow told its threads before any test imports it, and which tests share a process."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from hpotrial.training.runtime import TRAINING_ENVIRONMENT

for name, value in TRAINING_ENVIRONMENT.items():
    os.environ.setdefault(name, value)

# a shell's background job ignores Ctrl-C, and so would all that a test starts
signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
# what is made once: a cluster; searches, and the programs that they compile; a finished study
TOGETHER = {
    "slurm": "slurm",
    "contract": "contract",
    "workflow/test_claims_rules.py": "finished study",
    "workflow/test_whole_run.py": "finished study",
}
# begun first, so that no process is left alone with them at the end
LONGEST = (
    "slurm",
    "finished study",
    "contract",
    "workflow/test_package.py",
    "faults/test_killed_workflow.py",
    "faults/test_kills.py",
)


class Together(LoadScopeScheduling):
    """Tests of a file, or of files that share what takes minutes, go to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0].removeprefix("tests/"))


def group_of(file: str) -> str:
    return TOGETHER.get(file, TOGETHER.get(file.partition("/")[0], file))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes (``pytest -n``) the longest begin first."""
    if hasattr(config, "workerinput"):
        ranks = {group: rank for rank, group in enumerate(LONGEST)}
        items.sort(key=lambda item: ranks.get(group_of(item.path.relative_to(TESTS).as_posix()), len(LONGEST)))
