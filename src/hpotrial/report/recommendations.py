"""Which search to use at which budget, as the report prints it, from ``recommendations.json``."""

import json
from pathlib import Path
from typing import Any

from hpotrial.errors import HpoTrialError


def recommendations(path: Path) -> dict[str, Any] | None:
    """What ``recommending.write`` wrote, the datasets without a row left out; None where nothing can be recommended.

    Audit scores are shares of 1, costs are epochs and seconds of one run.

    Raises
    ------
    HpoTrialError
        The file is there and cannot be read.
    """
    if not path.is_file():
        return None
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
        datasets = [dataset for dataset in found["datasets"] if dataset["rows"]]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise HpoTrialError(f"the recommendations {path} cannot be read ({error}); compute them again") from None
    return found | {"datasets": datasets} if datasets else None
