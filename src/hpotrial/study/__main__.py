"""``python -m hpotrial.study FILE``: check a configuration before anything starts."""

import sys

from hpotrial.core.errors import HpoTrialError
from hpotrial.study import load_study, read_study_file


def main(arguments: list[str]) -> int:
    """Print ``ok: N runs`` and return 0, or the one line that says what is wrong and return 1."""
    if len(arguments) != 1:
        print("error: say one configuration file, as in `python -m hpotrial.study config/config.yaml`", file=sys.stderr)
        return 1
    try:
        study = load_study(read_study_file(arguments[0]))
    except HpoTrialError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"ok: {len(study.runs())} runs")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
