"""The mean negative logarithm of the right class's probability, in nats."""

import numpy as np

ORDER = 50
LOSS = True
UNIT = "nats"
OF = "probabilities"


def measure(probabilities: np.ndarray, y: np.ndarray) -> float:
    """See `hpotrial.core.metrics.measure`."""
    from sklearn.metrics import log_loss

    return float(log_loss(y, probabilities, labels=np.arange(probabilities.shape[1])))
