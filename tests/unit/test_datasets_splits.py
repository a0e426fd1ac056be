"""Splits: disjoint, stratified, the same for the same seed, with the audit rows drawn first."""

import numpy as np
import pytest
from dataset_samples import MNIST, TELECUST, small_dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from hpotrial.core.errors import DataError
from hpotrial.datasets import splits


@pytest.fixture(scope="module")
def customers():
    return TELECUST.standin()


def test_the_documents_shares(customers):
    split = splits.draw(customers, seed=0)
    assert [len(split.train), len(split.test), len(split.audit)] == [640, 160, 200]
    rows = np.concatenate([split.train, split.test, split.audit])
    assert sorted(rows) == list(range(1000))
    shares = np.bincount(customers.y) / 1000
    for part in splits.PARTS:
        numbers = getattr(split, part)
        assert numbers.dtype == np.int64
        assert np.array_equal(numbers, np.sort(numbers))
        assert np.abs(np.bincount(customers.y[numbers]) / len(numbers) - shares).max() < 1.5 / len(numbers)


def test_the_audit_rows_hang_on_the_seed_alone(customers):
    one = splits.draw(customers, seed=3, test_size=0.2)
    other = splits.draw(customers, seed=3, test_size=0.4, train_rows=100)
    assert np.array_equal(one.audit, other.audit)
    assert len(other.test) == 320
    assert not np.array_equal(one.audit, splits.draw(customers, seed=4).audit)


def test_same_seed_same_split(customers):
    one, other = splits.draw(customers, seed=7), splits.draw(customers, seed=7)
    assert all(np.array_equal(getattr(one, part), getattr(other, part)) for part in splits.PARTS)


def test_documented_training_rows_stay_whole():
    dataset = MNIST.standin()
    split = splits.draw(dataset, seed=0)
    assert split.train.tolist() == list(range(1540))
    assert sorted([*split.test, *split.audit]) == list(range(1540, 1797))
    assert abs(len(split.test) - len(split.audit)) <= 1
    halves = [np.bincount(dataset.y[rows], minlength=10) for rows in (split.test, split.audit)]
    assert np.abs(halves[0] - halves[1]).max() <= 1


def test_fewer_training_rows():
    dataset = MNIST.standin()
    split = splits.draw(dataset, seed=0, train_rows=200)
    whole = splits.draw(dataset, seed=0)
    assert len(split.train) == 200
    assert split.train.max() < 1540
    assert np.array_equal(split.audit, whole.audit)
    assert np.array_equal(split.test, whole.test)
    assert np.bincount(dataset.y[split.train]).min() >= 18
    assert not np.array_equal(split.train, splits.draw(dataset, seed=1, train_rows=200).train)


def test_more_training_rows_than_there_are():
    assert len(splits.draw(MNIST.standin(), seed=0, train_rows=2000).train) == 1540
    real = small_dataset((40, 40), documented_train_rows=60)
    with pytest.raises(DataError, match="has 60 training rows, `train_rows` asks for 61: lower it"):
        splits.draw(real, seed=0, train_rows=61)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 40), min_size=2, max_size=4),
    seed=st.integers(0, 2**31),
    test_size=st.floats(0.05, 0.6),
    audit_size=st.floats(0.05, 0.6),
)
def test_either_a_sound_split_or_a_clear_error(sizes, seed, test_size, audit_size):
    dataset = small_dataset(tuple(sizes))
    try:
        split = splits.draw(dataset, seed=seed, test_size=test_size, audit_size=audit_size, rows_per_class=2)
    except DataError as error:
        message = str(error)
    else:
        message = None
    if message is not None:
        assert message.startswith("dataset 'small'")
        assert "\n" not in message
        return
    assert sorted([*split.train, *split.test, *split.audit]) == list(range(sum(sizes)))
    for part, least in zip(splits.PARTS, (2, 1, 1), strict=True):
        assert np.bincount(dataset.y[getattr(split, part)], minlength=len(sizes)).min() >= least


@pytest.mark.parametrize(("sizes", "needed"), [((50, 1), 1), ((50, 2), 1), ((50, 6), 5)])
def test_too_few_rows_of_a_class(sizes, needed):
    with pytest.raises(DataError, match=r"class 'class 1' has \d rows"):
        splits.draw(small_dataset(sizes), seed=0, rows_per_class=needed)


def test_stored_and_read_again(customers, tmp_path):
    split = splits.draw(customers, seed=0)
    one, other = tmp_path / "one" / "seed0.npz", tmp_path / "other" / "seed0.npz"
    splits.save(split, one)
    splits.save(splits.draw(customers, seed=0), other)
    assert one.read_bytes() == other.read_bytes()
    again = splits.load(one)
    assert all(np.array_equal(getattr(split, part), getattr(again, part)) for part in splits.PARTS)


def test_a_stored_split_that_is_none(tmp_path):
    path = tmp_path / "seed0.npz"
    with pytest.raises(DataError, match="not found"):
        splits.load(path)
    rows = np.arange(3, dtype=np.int64)
    splits.save(splits.Split(rows, rows + 3, rows + 5), path)
    with pytest.raises(DataError, match="is not a split"):
        splits.load(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="is not a readable npz"):
        splits.load(path)
