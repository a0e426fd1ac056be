"""Which search to use at which budget, as the report prints it, from ``recommendations.json``."""

import json
from pathlib import Path
from typing import Any

from hpotrial.core.errors import HpoTrialError


def recommendations(path: Path) -> dict[str, Any] | None:
    """What ``recommending.write`` wrote, of the datasets that leave a choice; None where none does.

    ``single`` names the others: those with one arm that may be offered, for which there is nothing to choose.

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
        offered = [dataset for dataset in found["datasets"] if dataset["rows"]]
        datasets = [dataset for dataset in offered if dataset["rows"][-1]["affordable"] > 1]
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise HpoTrialError(f"the recommendations {path} cannot be read ({error}); compute them again") from None
    single = [dataset["dataset"] for dataset in offered if dataset not in datasets]
    return found | {"datasets": datasets, "single": single} if datasets else None
