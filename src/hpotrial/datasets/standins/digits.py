"""A stand-in for MNIST: scikit-learn's own 1,797 digits of 8 x 8 pixels, enlarged to 28 x 28.

They are the test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, 1998, UCI).
"""

import numpy as np

from hpotrial.core.dataset_spec import DatasetSpec
from hpotrial.datasets import mnist
from hpotrial.datasets.dataset import Dataset

SOURCE = "stand-in for MNIST: sklearn.datasets.load_digits enlarged from 8 x 8 to 28 x 28"
LICENCE = "Optical Recognition of Handwritten Digits, UCI, CC BY 4.0"


def dataset(spec: DatasetSpec) -> Dataset:
    """1,797 digits in MNIST's form and proportions: 1,540 training rows, then 257 test rows."""
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    small = load_digits()
    factor = mnist.SIDE / small.images.shape[1]
    # pixels run from 0 to 16; grid_mode keeps each image centred
    large = zoom(small.images * (255 / 16), (1, factor, factor), order=1, mode="nearest", grid_mode=True)
    images = np.clip(np.rint(large), 0, 255).astype(np.uint8)
    labels = small.target.astype(np.uint8)
    n_train = round(len(images) * mnist.TRAIN_ROWS / (mnist.TRAIN_ROWS + mnist.TEST_ROWS))
    arrays = {
        "x_train": images[:n_train],
        "y_train": labels[:n_train],
        "x_test": images[n_train:],
        "y_test": labels[n_train:],
    }
    return mnist.assemble(arrays, name=spec.name, standin=True, source=SOURCE, licence=LICENCE)
