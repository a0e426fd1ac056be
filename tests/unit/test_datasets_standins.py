"""The stand-ins: the real data's form, about the real data's difficulty, and none of the real data's rows."""

from importlib import resources

import numpy as np
import pytest
from dataset_samples import MNIST, REAL, TELECUST, needs_telecust
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hpotrial import cli
from hpotrial.core import seeds
from hpotrial.core.errors import DataError
from hpotrial.datasets import moments
from hpotrial.datasets.kinds import telecust
from hpotrial.datasets.standins import customers


def logistic_accuracy(X: np.ndarray, y: np.ndarray) -> float:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return float(cross_val_score(model, X, y, cv=folds).mean())


@pytest.mark.parametrize("seed", [seeds.SYNTHETIC_CUSTOMERS, 0, 1, 3, 4, 5])
def test_customers_are_as_hard_to_tell_apart_as_the_real_ones(seed):
    assert 0.37 <= logistic_accuracy(*customers.draw(seed)) <= 0.45


def test_the_stand_in_itself_is_close_to_the_published_accuracy():
    dataset = TELECUST.standin()
    assert logistic_accuracy(dataset.X, dataset.y) == pytest.approx(0.412, abs=0.01)


def test_customers_have_the_real_table_s_form():
    dataset = TELECUST.standin()
    assert dataset.X.shape == (1000, 11)
    assert dataset.X.dtype == np.float32
    assert np.bincount(dataset.y).tolist() == [266, 217, 281, 236]
    assert np.array_equal(dataset.X, np.rint(dataset.X))
    assert not np.signbit(dataset.X).any()
    for column, (name, feature) in zip(dataset.X.T, customers.moments()["features"].items(), strict=True):
        low, high = feature["bounds"]
        assert low <= column.min() <= column.max() <= high, name
    assert dataset.meta.standin is True
    assert dataset.meta.classes == telecust.CLASSES


def test_many_customers_have_the_moments_class_by_class():
    drawn = [customers.draw(seed) for seed in range(30)]
    X, y = np.concatenate([d[0] for d in drawn]), np.concatenate([d[1] for d in drawn])
    for code, group in enumerate(customers.moments()["classes"].values()):
        rows = X[y == code]
        for i, name in enumerate(telecust.FEATURES):
            error_of_mean = group["sd"][name] / np.sqrt(len(rows))
            # five standard errors, and what rounding to whole numbers within the bounds may shift
            slack = 5 * error_of_mean + 0.03 * group["sd"][name]
            assert rows[:, i].mean() == pytest.approx(group["mean"][name], abs=slack), name
            # the tail of the incomes is cut off at the largest one
            loss = 0.15 if name == "income" else 0.06
            assert rows[:, i].std() == pytest.approx(group["sd"][name], rel=loss), name


def test_always_the_same_customers():
    assert TELECUST.standin().meta.sha256 == TELECUST.standin().meta.sha256
    assert not np.array_equal(customers.draw(0)[0], customers.draw(1)[0])


@needs_telecust
def test_no_row_of_the_real_table():
    real = TELECUST.build({"telecust.csv": (REAL / "telecust.csv").read_bytes()})
    made_up = TELECUST.standin()
    assert not {tuple(row) for row in real.X.tolist()} & {tuple(row) for row in made_up.X.tolist()}


@needs_telecust
def test_the_figures_are_those_of_the_real_table():
    real = TELECUST.build({"telecust.csv": (REAL / "telecust.csv").read_bytes()})
    assert moments.figures(real) == customers.moments()
    assert logistic_accuracy(real.X, real.y) == pytest.approx(0.412, abs=0.001)


@needs_telecust
def test_the_file_of_figures_can_be_made_again(capsys):
    assert cli.main(["moments", str(REAL / "telecust.csv")]) == 0
    written = resources.files("hpotrial.datasets.standins").joinpath("telecust_moments.yaml").read_text()
    assert capsys.readouterr().out == written


def test_other_tables_are_not_calibrated_on(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="lacks the columns region and"):
        moments.moments_of(tmp_path / "x.csv")
    with pytest.raises(DataError, match="not found: say where"):
        moments.moments_of(tmp_path / "y.csv")


def test_digits_have_mnist_s_form():
    dataset = MNIST.standin()
    assert dataset.X.shape == (1797, 28, 28)
    assert dataset.X.dtype == np.uint8
    assert dataset.X.max() == 255
    assert dataset.meta.documented_train_rows == 1540
    assert dataset.meta.standin is True
    for part in (dataset.y[:1540], dataset.y[1540:]):
        assert np.bincount(part, minlength=10).min() > len(part) / 20
    # enlarged, not moved: the average image is as heavy left as right as scikit-learn's own
    from sklearn.datasets import load_digits

    small, large = load_digits().images.mean(axis=0), dataset.X.mean(axis=0)
    for axis in (0, 1):
        centre_small = (small.sum(axis=1 - axis) * (np.arange(8) + 0.5)).sum() / small.sum() / 8
        centre_large = (large.sum(axis=1 - axis) * (np.arange(28) + 0.5)).sum() / large.sum() / 28
        assert centre_large == pytest.approx(centre_small, abs=0.01)
