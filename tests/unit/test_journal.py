"""The journal keeps what was finished, drops what was torn, passes over what is damaged, and never keeps a run back."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from hpotrial.core.configuration import EarlyStopping, Training
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.records import Cost
from hpotrial.training.journal import JournalMismatch, file, opened
from hpotrial.training.journal.fit_record import FitRecord
from hpotrial.training.journal.identity import digest_of, identity_of

CONTENTS = [b"one", b"", b"three" * 1000, file.MARK * 3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "run.journal"


def write(path: Path, contents: list[bytes], context: str = "code") -> list[int]:
    """Where each record ends."""
    ends = []
    with opened(path, context) as journal:
        assert journal is not None
        for i, content in enumerate(contents):
            journal.add(journal.key(str(i)), content)
            ends.append(path.stat().st_size)
    return ends


def found(path: Path, context: str = "code") -> list[bytes | None]:
    with opened(path, context) as journal:
        assert journal is not None
        return [journal.take(journal.key(str(i))) for i in range(len(CONTENTS))]


def test_what_was_added_is_found_and_taken_once(path: Path) -> None:
    write(path, CONTENTS)
    with opened(path, "code") as journal:
        assert journal is not None
        assert [journal.take(journal.key(str(i))) for i in range(4)] == CONTENTS
        assert journal.take(journal.key("0")) is None
        journal.add(journal.key("0"), b"again")
        # equal fits of one search are each made
        assert journal.take(journal.key("0")) is None
        assert (journal.taken, journal.added) == (4, 1)
    with opened(path, "code") as journal:
        assert journal is not None
        assert [journal.take(journal.key("0")) for _ in range(3)] == [b"one", b"again", None]
    assert found(path, "other code") == [None] * 4


def test_a_torn_record_is_dropped_wherever_it_was_torn(path: Path) -> None:
    ends = write(path, CONTENTS)
    whole = path.read_bytes()
    for size in sorted({*range(0, len(whole), 97), *(end + d for end in ends for d in (-1, 0, 1)), len(whole)}):
        path.write_bytes(whole[:size])
        kept = sum(end <= size for end in ends)
        assert found(path) == [*CONTENTS[:kept], *[None] * (4 - kept)]
        # what is added next begins where the whole records end
        assert path.stat().st_size == max((end for end in ends if end <= size), default=0)


def test_a_damaged_record_is_told_and_the_others_are_found(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ends = write(path, CONTENTS)
    whole = path.read_bytes()
    for record, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
        for at in {start, start + 9, start + 25, start + 33, end - 1}:
            damaged = bytearray(whole)
            damaged[at] ^= 0x10
            path.write_bytes(damaged)
            caplog.clear()
            with caplog.at_level("WARNING"):
                assert found(path) == [None if i == record else content for i, content in enumerate(CONTENTS)]
            said = "no whole record" if record == 3 else f"bytes {start} to {end} are damaged"
            assert said in caplog.text
            assert len(caplog.records) == 1


def test_nothing_in_a_file_of_noise_is_taken(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(np.random.default_rng(0).bytes(5000) + file.MARK + bytes(8))
    assert found(path) == [None] * 4
    assert path.stat().st_size == 0


def test_one_record_takes_the_place_of_all(path: Path) -> None:
    write(path, CONTENTS)
    with opened(path, "code") as journal:
        assert journal is not None
        journal.finish(journal.key("1"), b"finished")
    assert found(path) == [None, b"finished", None, None]
    assert os.listdir(path.parent) == [path.name]


def test_another_process_is_waited_for_and_then_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "PATIENCE_SECONDS", 0.1)
    said = "another process is at this run"
    with opened(path, "code"), pytest.raises(HpoTrialError, match=said), opened(path, "code"):
        raise AssertionError("two have it")
    with opened(path, "code") as journal:
        assert journal is not None


def test_who_waited_sees_what_was_put_in_the_files_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path, "code") as first:
        assert first is not None

        def meanwhile(_: float) -> None:
            first.finish(first.key("0"), b"finished")

        monkeypatch.setattr(file.time, "sleep", meanwhile)
        with opened(path, "code") as second:
            assert second is not None
            assert second.take(second.key("0")) == b"finished"


def test_a_full_disk_ends_the_journal_and_not_the_run(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write(path, CONTENTS[:2])
    size = path.stat().st_size
    kept = os.write

    def half(descriptor: int, data: bytes) -> int:
        if len(data) < 60:
            raise OSError(errno.ENOSPC, "No space left on device")
        return kept(descriptor, data[: len(data) // 2])

    with opened(path, "code") as journal:
        assert journal is not None
        monkeypatch.setattr(os, "write", half)
        journal.add(journal.key("2"), CONTENTS[2])
        monkeypatch.undo()
        journal.add(journal.key("3"), CONTENTS[3])
        assert journal.added == 0
    assert "No space left on device" in caplog.text
    assert path.stat().st_size == size
    assert found(path) == [*CONTENTS[:2], None, None]


def test_without_a_place_there_is_no_journal(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(None, "code") as journal:
        assert journal is None
    (tmp_path / "file").write_text("")
    with opened(tmp_path / "file" / "run.journal", "code") as journal:
        assert journal is None
    assert "goes on without a journal" in caplog.text


def test_a_search_that_does_something_else_empties_its_journal(path: Path) -> None:
    write(path, CONTENTS)
    with pytest.raises(HpoTrialError, match=r"a fit goes on; .* run it again"), opened(path, "code"):
        raise JournalMismatch("a fit goes on")
    assert path.stat().st_size == 0


def test_a_fits_record_comes_back_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    final = {
        "floats": rng.normal(size=7).astype(np.float32),
        "integers": np.array([[1, -2]], np.int32),
        "none": np.zeros(0),
    }
    logs = {"loss": [0.1 + 0.2, 1e-300], "val_loss": [float("inf"), float("nan")]}
    record = FitRecord(
        (3, 4), logs, Cost(1, 2, 30, 0.5, 0.25, 1 / 3), "ok", "", final, 1, {"floats": np.float32([np.nan, 1])}
    )
    again = FitRecord.decoded(record.encoded())
    assert (again.epochs, again.cost, again.error(), again.saved_at) == ((3, 4), record.cost, None, 1)
    assert str(dict(again.logs)) == str(logs)
    for one, other in ((again.final, final), (again.saved, record.saved)):
        assert list(one) == list(other)
        for name, array in other.items():
            assert (one[name].dtype, one[name].shape, one[name].tobytes()) == (
                array.dtype,
                array.shape,
                array.tobytes(),
            )


def test_whatever_determines_a_fit_is_in_its_key(path: Path) -> None:
    from hpotrial.training.callbacks import for_training

    X, y = np.zeros((4, 2), np.float32), np.zeros(4, np.int32)
    other = X.copy()
    other[3, 1] = np.nextafter(np.float32(0), np.float32(1))

    def listeners(patience: int) -> list[object]:
        return for_training(Training(early_stopping=EarlyStopping(patience), checkpoint="best"), "val_accuracy")

    arguments = {"epochs": 3, "batch_size": 16, "validation_data": (X, y), "callbacks": listeners(2)}
    start = ["mlp", np.ones(3, np.float32)]
    fits = [
        (start, X, y, arguments),
        (["cnn", start[1]], X, y, arguments),
        (["mlp", np.ones(3)], X, y, arguments),
        (start, other, y, arguments),
        (start, X, y + 1, arguments),
        (start, X, y, arguments | {"epochs": 4}),
        (start, X, y, arguments | {"initial_epoch": 1}),
        (start, X, y, arguments | {"shuffle": False}),
        (start, X, y, arguments | {"validation_data": (other, y)}),
        (start, X, y, arguments | {"callbacks": listeners(3)}),
        (start, X, y, arguments | {"callbacks": listeners(2)[:1]}),
    ]
    with opened(path, "code") as journal, opened(path.with_name("other"), "other code") as elsewhere:
        assert journal is not None
        assert elsewhere is not None
        keys = [journal.key(*identity_of(*fit)) for fit in fits]
        assert len(set(keys)) == len(fits)
        again = (start, X.copy(), y.copy(), arguments | {"callbacks": listeners(2), "verbose": 1})
        assert journal.key(*identity_of(*again)) == keys[0]
        assert elsewhere.key(*identity_of(*again)) not in keys


def test_a_fit_with_a_callback_of_unknown_kind_is_not_kept() -> None:
    import keras

    class Unknown(keras.callbacks.Callback):
        pass

    assert identity_of([], np.zeros(1), np.zeros(1), {"callbacks": [Unknown()]}) is None


def test_digests_of_arrays_that_may_be_written_are_made_anew() -> None:
    array = np.zeros(5)
    before = digest_of(array)
    array[2] = 1
    assert digest_of(array) != before
    array.setflags(write=False)
    assert digest_of(array) == digest_of(array) == digest_of(array.copy())
    assert digest_of(array) != digest_of(array.astype(np.float32))
    assert digest_of(array.reshape(5, 1)) != digest_of(array)
