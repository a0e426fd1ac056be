"""How well the inference is calibrated, as the report's appendix prints it, from ``calibration.json``."""

from pathlib import Path
from typing import Any

from hpotrial.core.files import read_json

_NEEDED = {"alpha", "sd", "margin", "n_seeds", "n_claims", "registries", "false_verdicts", "power", "coverage"}


def calibration(path: Path) -> dict[str, Any] | None:
    """What ``claims.calibration`` counted on simulated registries; None where it was not run.

    Raises
    ------
    DataError
        The file is there and cannot be read.
    """
    return read_json(path, _NEEDED, "make the calibration again") if path.is_file() else None
