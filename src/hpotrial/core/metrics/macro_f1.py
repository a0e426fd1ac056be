"""The unweighted mean of the classes' F1."""

import numpy as np

ORDER = 30
LOSS = False
UNIT = "share"
OF = "classes"


def measure(predicted: np.ndarray, y: np.ndarray) -> float:
    """See `hpotrial.core.metrics.measure`."""
    from sklearn.metrics import f1_score

    return float(f1_score(y, predicted, average="macro", zero_division=0.0))
