"""The area under the ROC curve, one class against the rest, unweighted mean; not defined where a class is absent."""

import numpy as np

ORDER = 40
LOSS = False
UNIT = "share"
OF = "probabilities"


def measure(probabilities: np.ndarray, y: np.ndarray) -> float:
    """See `hpotrial.core.metrics.measure`."""
    from sklearn.metrics import roc_auc_score

    codes = np.arange(probabilities.shape[1])
    if len(np.unique(y)) < len(codes):
        return float("nan")
    if len(codes) == 2:
        return float(roc_auc_score(y, probabilities[:, 1]))
    return float(roc_auc_score(y, probabilities, multi_class="ovr", average="macro", labels=codes))
