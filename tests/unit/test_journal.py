"""The journal keeps what was finished, makes again what is damaged, and never keeps a run back."""

import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from hpotrial.core.configuration import EarlyStopping, Training
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.records import Cost
from hpotrial.training import journal as module
from hpotrial.training.fit_record import FitRecord, fit_key
from hpotrial.training.journal import JournalMismatch, opened

CONTENTS = [b"one", b"", b"three" * 1000, bytes(range(256))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journals" / "run"


def record(content: bytes) -> dict[str, np.ndarray]:
    return {"content": np.frombuffer(content, np.uint8), "size": np.array(len(content))}


def content(taken: Mapping[str, np.ndarray] | None) -> bytes | None:
    if taken is None:
        return None
    assert taken["size"] == len(taken["content"])
    return taken["content"].tobytes()


def write(folder: Path, contents: list[bytes], context: str = "code") -> list[Path]:
    """The file of each record."""
    files: list[Path] = []
    with opened(folder, context) as journal:
        assert journal is not None
        for i, each in enumerate(contents):
            journal.add(journal.key(str(i)), record(each))
            files += set(records(folder)) - set(files)
    return files


def records(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npz"))


def found(folder: Path, context: str = "code") -> list[bytes | None]:
    with opened(folder, context) as journal:
        assert journal is not None
        return [content(journal.take(journal.key(str(i)))) for i in range(len(CONTENTS))]


def test_what_was_added_is_found_and_taken_once(folder: Path) -> None:
    write(folder, CONTENTS)
    with opened(folder, "code") as journal:
        assert journal is not None
        assert [content(journal.take(journal.key(str(i)))) for i in range(4)] == CONTENTS
        assert journal.take(journal.key("0")) is None
        journal.add(journal.key("0"), record(b"again"))
        # equal fits of one search are each made
        assert journal.take(journal.key("0")) is None
        assert (journal.taken, journal.added) == (4, 1)
    with opened(folder, "code") as journal:
        assert journal is not None
        assert [content(journal.take(journal.key("0"))) for _ in range(3)] == [b"one", b"again", None]
    assert found(folder, "other code") == [None] * 4


def test_a_torn_record_is_dropped_wherever_it_was_torn(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = write(folder, CONTENTS)
    whole = files[2].read_bytes()
    for size in sorted({*range(0, len(whole), 97), *range(len(whole) - 30, len(whole))}):
        files[2].write_bytes(whole[:size])
        caplog.clear()
        assert found(folder) == [*CONTENTS[:2], None, CONTENTS[3]]
        assert "a damaged record" in caplog.text
        assert files[2].name in caplog.text
    # what is made again takes its place
    with opened(folder, "code") as journal:
        assert journal is not None
        assert journal.take(journal.key("2")) is None
        journal.add(journal.key("2"), record(CONTENTS[2]))
    assert found(folder) == CONTENTS
    assert records(folder) == sorted(files)


def test_a_damaged_record_is_told_and_the_others_are_found(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = write(folder, CONTENTS)
    for damaged in (0, 3):
        whole = files[damaged].read_bytes()
        with zipfile.ZipFile(files[damaged]) as archive:
            members = archive.infolist()
        ends = [member.header_offset for member in members[1:]] + [archive.start_dir]
        kept = {at for end, member in zip(ends, members, strict=True) for at in range(end - member.file_size, end)}
        for at in range(len(whole)):
            changed = bytearray(whole)
            changed[at] ^= 0x10
            files[damaged].write_bytes(changed)
            caplog.clear()
            with caplog.at_level("WARNING"):
                now = found(folder)
            # a byte that means nothing, such as of a time stamp, may be another: what was written is what is found
            expected = [None if i == damaged and caplog.records else each for i, each in enumerate(CONTENTS)]
            assert now == expected, at
            assert len(caplog.records) <= 1
            if caplog.records:
                assert "a damaged record" in caplog.text
                assert files[damaged].name in caplog.text
                kept.discard(at)
        assert not kept, "a changed array was not told"
        files[damaged].write_bytes(whole)


def test_a_missing_record_hides_no_other(folder: Path) -> None:
    files = write(folder, CONTENTS)
    files[1].unlink()
    assert found(folder) == [CONTENTS[0], None, *CONTENTS[2:]]


def test_nothing_in_a_file_of_noise_is_taken(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = write(folder, CONTENTS)
    rng = np.random.default_rng(0)
    for noise in (rng.bytes(5000), b"PK\x03\x04" + rng.bytes(500), b"\x93NUMPY" + rng.bytes(500), b"\x80\x04."):
        for file in files:
            file.write_bytes(noise)
        assert found(folder) == [None] * 4
    assert "a damaged record" in caplog.text
    (folder / "foreign.npz").write_bytes(b"noise")
    (folder / "notes.txt").write_bytes(b"noise")
    assert found(folder) == [None] * 4


def test_another_fits_record_under_this_ones_name_is_not_taken(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = write(folder, CONTENTS)
    shutil.copyfile(files[0], files[2])
    assert found(folder) == [*CONTENTS[:2], None, CONTENTS[3]]
    assert "is not as it was written" in caplog.text


def test_a_pickle_in_a_record_is_not_loaded(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (file,) = write(folder, CONTENTS[:1])
    np.savez(file, content=np.array([print], dtype=object))
    assert found(folder)[0] is None
    assert "a damaged record" in caplog.text


def test_one_record_takes_the_place_of_all(folder: Path) -> None:
    write(folder, CONTENTS)
    # what a kill in the middle of writing has left
    (folder / ".half.npz.x1y2").write_bytes(b"half")
    with opened(folder, "code") as journal:
        assert journal is not None
        journal.add(journal.key("1"), record(b"finished"), last=True)
    assert found(folder) == [None, b"finished", None, None]
    assert len([name for name in os.listdir(folder) if name != "lock"]) == 1


def test_another_process_is_waited_for_and_then_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.1)
    said = "another process is at this run"
    with opened(folder, "code"), pytest.raises(HpoTrialError, match=said), opened(folder, "code"):
        raise AssertionError("two have it")
    with opened(folder, "code") as journal:
        assert journal is not None


def test_who_waited_sees_what_was_written_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened(folder, "code")
    journal = first.__enter__()
    assert journal is not None

    def meanwhile(_: float) -> None:
        journal.add(journal.key("0"), record(b"finished"), last=True)
        first.__exit__(None, None, None)

    monkeypatch.setattr(module.time, "sleep", meanwhile)
    with opened(folder, "code") as second:
        assert second is not None
        assert content(second.take(second.key("0"))) == b"finished"


def test_a_full_disk_ends_the_journal_and_not_the_run(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = write(folder, CONTENTS[:2])
    with opened(folder, "code") as journal, Path("/dev/full").open("wb") as full:
        assert journal is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("hpotrial.core.files.os.fdopen", lambda *_: full)
            journal.add(journal.key("2"), record(CONTENTS[2]))
        journal.add(journal.key("3"), record(CONTENTS[3]))
        assert journal.added == 0
        # what was there still is
        assert content(journal.take(journal.key("0"))) == CONTENTS[0]
    assert "No space left on device" in caplog.text
    assert caplog.text.count("goes on without a journal") == 1
    assert sorted(os.listdir(folder)) == sorted([*(file.name for file in files), "lock"])
    assert found(folder) == [*CONTENTS[:2], None, None]


def test_without_a_place_there_is_no_journal(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(None, "code") as journal:
        assert journal is None
    (tmp_path / "file").write_text("")
    with opened(tmp_path / "file" / "run", "code") as journal:
        assert journal is None
    assert "goes on without a journal" in caplog.text


def test_a_search_that_does_something_else_empties_its_journal(folder: Path) -> None:
    write(folder, CONTENTS)
    with pytest.raises(HpoTrialError, match=r"a fit goes on; .* run it again"), opened(folder, "code"):
        raise JournalMismatch("a fit goes on")
    assert records(folder) == []


def test_a_fits_record_comes_back_to_the_last_bit(folder: Path) -> None:
    rng = np.random.default_rng(0)
    final = {
        "floats": rng.normal(size=7).astype(np.float32),
        "integers": np.array([[1, -2]], np.int32),
        "none": np.zeros(0),
        "number": np.array(7, np.int64),
    }
    logs = {"loss": [0.1 + 0.2, 1e-300], "val_loss": [float("inf"), float("nan")]}
    saved = {"floats": np.float32([np.nan, 1])}
    record = FitRecord((3, 4), logs, Cost(1, 2, 30, 0.5, 0.25, 1 / 3), "ok", "", 1, final, saved)
    with opened(folder, "code") as journal:
        assert journal is not None
        journal.add(journal.key(), record.arrays())
    with opened(folder, "code") as journal:
        assert journal is not None
        again = FitRecord.of(journal.take(journal.key()) or {})
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


def test_whatever_determines_a_fit_is_in_its_key(folder: Path) -> None:
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
    with opened(folder, "code") as journal, opened(folder.with_name("other"), "other code") as elsewhere:
        assert journal is not None
        assert elsewhere is not None
        keys = [fit_key(journal, *fit) for fit in fits]
        assert None not in keys
        assert len(set(keys)) == len(fits)
        again = (start, X.copy(), y.copy(), arguments | {"callbacks": listeners(2), "verbose": 1})
        assert fit_key(journal, *again) == keys[0]
        assert fit_key(elsewhere, *again) not in keys


def test_a_fit_with_a_callback_of_unknown_kind_is_not_kept(folder: Path) -> None:
    import keras

    class Unknown(keras.callbacks.Callback):
        pass

    class EarlyStopping(keras.callbacks.EarlyStopping):
        pass

    with opened(folder, "code") as journal:
        assert journal is not None
        for callback in (Unknown(), EarlyStopping()):
            assert fit_key(journal, [], np.zeros(1), np.zeros(1), {"callbacks": [callback]}) is None
        assert fit_key(journal, [], np.zeros(1), np.zeros(1), {"callbacks": [keras.callbacks.EarlyStopping()]})


def test_keys_tell_arrays_apart(folder: Path) -> None:
    array = np.zeros(5)
    with opened(folder, "code") as journal:
        assert journal is not None
        before = journal.key(array)
        array[1] = 1
        others = [array, array.astype(np.float32), array.reshape(5, 1), array[:4], array[::-1], np.zeros(0)]
        keys = [before, *map(journal.key, others), journal.key(array[:2], array[2:]), journal.key("", array)]
        keys += [journal.key("a", "b"), journal.key("ab"), journal.key(np.frombuffer(b"ab", np.uint8)), journal.key()]
        assert len(set(keys)) == len(keys)
        assert journal.key(array.copy()) == journal.key(np.array([0, 1.0, 0, 0, 0, 9])[:5]) == keys[1]
