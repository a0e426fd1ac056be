"""A process that has imported Snakemake, and not the library, and forks one child for each call of ``snakemake``.

So a call costs a test no import. It reads a JSON object per line: the call's ``arguments``, its ``environment`` and
``folder``, and the file for what it says; it tells how the child ended.
"""

import json
import os
import sys
import traceback

from snakemake import cli


def main() -> None:
    """Serve until the input ends."""
    # what a call would import after these

    assert "hpotrial" not in sys.modules, "the library is imported from the clone, for each call anew"
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(_call(asked))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _call(asked: dict) -> int:
    said = os.open(asked["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(said, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in os.environ
    sys.argv = [cli.__file__, *asked["arguments"]]
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    main()
