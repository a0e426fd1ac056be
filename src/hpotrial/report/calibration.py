"""How well the inference is calibrated, as the report's appendix prints it, from ``calibration.json``."""

import json
from pathlib import Path
from typing import Any

from hpotrial.core.errors import HpoTrialError

_NEEDED = {"alpha", "sd", "margin", "n_seeds", "n_claims", "registries", "false_verdicts", "power", "coverage"}


def calibration(path: Path) -> dict[str, Any] | None:
    """What ``claims.calibration`` counted on simulated registries; None where it was not run.

    Raises
    ------
    HpoTrialError
        The file is there and cannot be read.
    """
    if not path.is_file():
        return None
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise HpoTrialError(f"the calibration {path} cannot be read ({error}); make it again") from None
    if missing := _NEEDED - set(found):
        raise HpoTrialError(f"the calibration {path} lacks {', '.join(sorted(missing))}; make it again")
    return found
