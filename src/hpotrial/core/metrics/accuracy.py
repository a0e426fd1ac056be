"""The share of rows whose most probable class is the right one."""

import numpy as np

ORDER = 10
LOSS = False
UNIT = "share"
OF = "classes"


def measure(predicted: np.ndarray, y: np.ndarray) -> float:
    """See `hpotrial.core.metrics.measure`."""
    return float(np.mean(predicted == y))
