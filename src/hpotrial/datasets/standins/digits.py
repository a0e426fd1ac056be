"""A stand-in for MNIST: scikit-learn's own 1,797 digits of 8 x 8 pixels, enlarged to 28 x 28.

They are the test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, 1998, UCI).
"""

import numpy as np

SOURCE = "stand-in for MNIST: sklearn.datasets.load_digits enlarged from 8 x 8 to 28 x 28"
LICENCE = "Optical Recognition of Handwritten Digits, UCI, CC BY 4.0"


def draw(side: int, train_share: float) -> dict[str, np.ndarray]:
    """All 1,797 digits in MNIST's form and proportions.

    Parameters
    ----------
    side : int
        Height and width of an image, in pixels.
    train_share : float
        Share of the digits that are for training.

    Returns
    -------
    dict of str to ndarray
        Of uint8: `x_train` and `x_test`, images of shape (rows, side, side); `y_train` and `y_test`, digits.
    """
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    small = load_digits()
    factor = side / small.images.shape[1]
    # pixels run from 0 to 16; grid_mode keeps each image centred
    large = zoom(small.images * (255 / 16), (1, factor, factor), order=1, mode="nearest", grid_mode=True)
    images = np.clip(np.rint(large), 0, 255).astype(np.uint8)
    labels = small.target.astype(np.uint8)
    n_train = round(len(images) * train_share)
    return {
        "x_train": images[:n_train],
        "y_train": labels[:n_train],
        "x_test": images[n_train:],
        "y_test": labels[n_train:],
    }
