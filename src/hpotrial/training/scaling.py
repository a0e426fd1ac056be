"""Scaling, fitted on training rows only: each column of a table by itself, all pixels of images together."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class Standardizer(TransformerMixin, BaseEstimator):
    """Subtract the mean and divide by the standard deviation of the rows it was fitted on.

    For images (three axes or more) mean and deviation are single numbers over all pixels, as document 004 does with
    its 0.1307 and 0.3081. A constant column is centred only.

    Attributes
    ----------
    mean_, deviation_ : numpy.ndarray
        Of shape (features,) for a table, () for images; a deviation of 0 is kept as 1.
    """

    def fit(self, X: np.ndarray, y: Any = None) -> Standardizer:
        """Learn mean and deviation.

        Parameters
        ----------
        X : numpy.ndarray
            Shape (rows, features) or (rows, height, width); images as they are, in uint8.
        y : object, optional
            Not looked at.
        """
        axis = 0 if X.ndim == 2 else None
        # float64 sums over 47 million pixels; integers are summed by their frequencies, which is exact and fast
        if X.dtype == np.uint8 and axis is None:
            counts = np.bincount(X.ravel(), minlength=256)
            values = np.arange(256)
            mean = np.asarray((counts * values).sum() / X.size)
            deviation = np.sqrt((counts * (values - mean) ** 2).sum() / X.size)
        else:
            mean = np.asarray(X.mean(axis=axis, dtype=np.float64))
            deviation = X.std(axis=axis, dtype=np.float64)
        self.mean_, self.deviation_ = mean, np.where(deviation > 0, deviation, 1.0)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Scaled rows, float32."""
        scaled = np.subtract(X, self.mean_.astype(np.float32), dtype=np.float32)
        return np.divide(scaled, self.deviation_.astype(np.float32), out=scaled)
