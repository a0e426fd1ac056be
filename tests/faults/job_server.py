"""A process that has imported all libraries and forks one child for each run that it is asked for.

So a killed run costs the test no import. It reads a JSON object per line, a ``RunRequest``'s fields with ``log`` and
``terminal``; it tells the child's number, then how the child ended.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from hpotrial.training import runtime


def main(cache_dir: str) -> None:
    """Serve until the input ends."""
    runtime.configure(Path(cache_dir))
    runtime.import_tensorflow()
    from hpotrial.runs import run
    from hpotrial.search.adapters import hyperopt, keras_tuner, optuna, scikeras  # noqa: F401
    from hpotrial.training import compiled_model, stock_model  # noqa: F401

    run.runtime.configure = lambda *_: None
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(_child(asked))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _child(asked: dict) -> int:
    from hpotrial.core.configuration import Arm
    from hpotrial.core.cv_setting import CvSetting
    from hpotrial.core.job_log import logged_to
    from hpotrial.runs.run import RunRequest, execute

    # where a job's terminal would be
    terminal = os.open(asked.pop("terminal"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(terminal, descriptor)
    try:
        with logged_to(asked.pop("log")):
            asked["arm"], asked["cv"] = Arm.from_dict(asked["arm"]), CvSetting(asked["cv"])
            execute(RunRequest(**asked))
    except SystemExit as error:
        return int(error.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main(sys.argv[1])
