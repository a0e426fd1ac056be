"""What an arm selects on: the rows of a fold, and fewer of them."""

import numpy as np
import pytest

from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.errors import DataError
from hpotrial.search.folds import Fold, divide

CVS = ["test", "holdout", "cv3", "cv5"]
N_TEST = 50


def labels() -> np.ndarray:
    """Three classes of 300, 100 and 40 rows, mixed."""
    return np.random.default_rng(5).permutation(np.repeat(np.arange(3, dtype=np.int32), (300, 100, 40)))


def folds(cv: str, share: float = 1.0, seed: int = 3, y: np.ndarray | None = None) -> list[Fold]:
    return divide(CvSetting(cv), labels() if y is None else y, N_TEST, holdout_size=0.25, seed=seed, train_share=share)


@pytest.mark.parametrize("cv", CVS)
def test_a_share_thins_what_is_fitted_class_by_class_and_leaves_what_is_scored(cv: str) -> None:
    y = labels()
    for (fitted, scored), (kept, scored_again) in zip(folds(cv), folds(cv, 0.6), strict=True):
        np.testing.assert_array_equal(scored, scored_again)
        assert len(kept) == round(0.6 * len(fitted))
        assert set(kept) < set(fitted)
        assert (np.diff(kept) > 0).all()
        expected = np.bincount(y[fitted]) * len(kept) / len(fitted)
        assert (abs(np.bincount(y[kept], minlength=3) - expected) <= 1).all()


@pytest.mark.parametrize("cv", CVS)
def test_the_seed_draws_the_share(cv: str) -> None:
    def rows(seed: int) -> list[list[int]]:
        return [kept.tolist() for kept, _ in folds(cv, 0.5, seed)]

    assert rows(3) == rows(3)
    assert all(one != other for one, other in zip(rows(3), rows(4), strict=True))


@pytest.mark.parametrize("cv", CVS)
def test_a_whole_share_changes_nothing(cv: str) -> None:
    for (fitted, scored), (fitted_again, scored_again) in zip(folds(cv), folds(cv, 1), strict=True):
        np.testing.assert_array_equal(fitted, fitted_again)
        np.testing.assert_array_equal(scored, scored_again)


def test_shares_of_the_default_study_give_the_rows_of_other_settings() -> None:
    y = np.arange(640, dtype=np.int32) % 4
    (loop,) = folds("test", 0.8, y=y)
    assert len(loop[0]) == 512 == len(folds("cv5", y=y)[0][0])
    of_three = {len(fitted) for fitted, _ in folds("cv3", y=y)}
    of_five = {len(fitted) for fitted, _ in folds("cv5", 5 / 6, y=y)}
    assert (of_three, of_five) == ({426, 427}, {427})


def test_a_share_that_leaves_a_class_without_rows_is_refused_in_one_line() -> None:
    with pytest.raises(DataError, match=r"train_share 0\.01 leaves 4 of the 440 rows of a fit, and no row of class 2"):
        folds("test", 0.01)
    with pytest.raises(DataError, match="leaves 1 of the 440 rows"):
        folds("test", 0.0001)
