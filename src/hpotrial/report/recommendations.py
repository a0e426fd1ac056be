"""Which search to use at which budget, as the report prints it, from ``recommendations.json``."""

from pathlib import Path
from typing import Any

from hpotrial.core.files import read_json


def recommendations(path: Path) -> dict[str, Any] | None:
    """What ``recommending.write`` wrote, of the datasets that leave a choice; None where none does.

    ``single`` names the others: those with one arm that may be offered, for which there is nothing to choose.

    Audit scores are shares of 1, costs are epochs and seconds of one run.

    Raises
    ------
    DataError
        The file is there and cannot be read.
    """
    if not path.is_file():
        return None
    found = read_json(path, ("datasets",), "compute the recommendations again")
    offered = [dataset for dataset in found["datasets"] if dataset["rows"]]
    datasets = [dataset for dataset in offered if dataset["rows"][-1]["affordable"] > 1]
    single = [dataset["dataset"] for dataset in offered if dataset not in datasets]
    return found | {"datasets": datasets, "single": single} if datasets else None
