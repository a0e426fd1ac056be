"""The table of fits keeps what was made, makes again what is damaged, and never keeps a run back."""

import multiprocessing
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpotrial.core.configuration import EarlyStopping, Training
from hpotrial.core.records import Cost
from hpotrial.models import defaults
from hpotrial.training.building import make_model
from hpotrial.training.fit_record import FitRecord, settings_of
from hpotrial.training.fit_table import FitTable, digest
from hpotrial.training.metering import CostMeter

CONTENTS = [b"one", b"", b"three" * 1000, bytes(range(256))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "fits" / "telecust" / "seed3"


def record(content: bytes) -> FitRecord:
    return FitRecord((len(content),), {}, Cost(), final={"content": np.frombuffer(content, np.uint8)})


def content(found: FitRecord | None) -> bytes | None:
    if found is None:
        return None
    assert found.epochs == (len(found.final["content"]),)
    return found.final["content"].tobytes()


def write(folder: Path, contents: list[bytes], context: str = "code") -> list[Path]:
    """The file of each record."""
    table = FitTable(folder, context)
    for i, each in enumerate(contents):
        table.add(table.key(str(i)), record(each))
    return [folder / f"{table.key(str(i))}.npz" for i in range(len(contents))]


def records(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npz"))


def found(folder: Path, context: str = "code") -> list[bytes | None]:
    """What a process that has nothing at hand finds."""
    before = {file: file.read_bytes() for file in records(folder)}
    table = FitTable(folder, context)
    contents = [content(table.get(table.key(str(i)))) for i in range(len(CONTENTS))]
    # one that is damaged is removed: put back, since a test looks again
    for file, whole in before.items():
        file.write_bytes(whole)
    return contents


def test_what_was_added_is_found_as_often_as_it_is_asked_for(folder: Path) -> None:
    write(folder, CONTENTS)
    for table in (FitTable(folder, "code"), FitTable(folder, "code")):
        for _ in range(2):
            assert [content(table.get(table.key(str(i)))) for i in range(4)] == CONTENTS
        assert table.get(table.key("4")) is None
    assert found(folder, "other code") == [None] * 4
    assert len(os.listdir(folder)) == 4


def test_the_first_record_stays(folder: Path) -> None:
    """So that what a fit cost is the same for everybody who asks."""
    write(folder, [b"first"])
    write(folder, [b"second"])
    assert found(folder)[0] == b"first"
    assert len(os.listdir(folder)) == 1


def test_a_file_system_without_second_names_has_a_table_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("hpotrial.core.files.os.link", refused)
    write(folder, CONTENTS)
    assert found(folder) == CONTENTS
    assert len(os.listdir(folder)) == 4


def test_a_damaged_record_is_removed_and_made_again(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = write(folder, CONTENTS)
    files[2].write_bytes(files[2].read_bytes()[:-1])
    table = FitTable(folder, "code")
    assert table.get(table.key("2")) is None
    assert caplog.text.count("a damaged record") == 1
    assert "the fit is made again" in caplog.text
    table.add(table.key("2"), record(CONTENTS[2]))
    assert found(folder) == CONTENTS


def crowd(folder: Path, number: int) -> None:
    table = FitTable(folder, "code")
    for i in range(100):
        key = table.key(str(i))
        seen = FitTable(folder, "code").get(key)
        assert seen is None or set(content(seen) or b"") <= set(range(4))
        table.add(key, record(bytes([number]) * 5000))
        kept = FitTable(folder, "code").get(key)
        assert kept is not None
        # what is there never changes
        assert seen is None or content(kept) == content(seen)


def test_processes_at_one_table_never_read_half_a_record(folder: Path) -> None:
    context = multiprocessing.get_context("fork")
    crowds = [context.Process(target=crowd, args=(folder, number)) for number in range(4)]
    for each in crowds:
        each.start()
    for each in crowds:
        each.join(60)
    assert [each.exitcode for each in crowds] == [0] * 4
    assert len(os.listdir(folder)) == 100


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
    table = FitTable(folder, "code")
    assert table.get(table.key("2")) is None
    table.add(table.key("2"), record(CONTENTS[2]))
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


def test_a_full_disk_ends_the_writing_and_not_the_run(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = write(folder, CONTENTS[:2])
    table = FitTable(folder, "code")
    with Path("/dev/full").open("wb") as full, pytest.MonkeyPatch.context() as patch:
        patch.setattr("hpotrial.core.files.os.fdopen", lambda *_: full)
        table.add(table.key("2"), record(CONTENTS[2]))
    table.add(table.key("3"), record(CONTENTS[3]))
    # what was there still is, and what could not be written is at hand
    assert [content(table.get(table.key(str(i)))) for i in range(4)] == CONTENTS
    assert "No space left on device" in caplog.text
    assert caplog.text.count("writes no more fits down") == 1
    assert sorted(os.listdir(folder)) == sorted(file.name for file in files)
    assert found(folder) == [*CONTENTS[:2], None, None]


def test_where_no_folder_can_be_a_run_goes_on_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert FitTable.of(None, "mlp") is None
    (tmp_path / "file").write_text("")
    table = FitTable(tmp_path / "file" / "fits", "code")
    assert table.get(table.key("0")) is None
    table.add(table.key("0"), record(b"one"))
    table.add(table.key("1"), record(b"two"))
    assert caplog.text.count("writes no more fits down") == 1


def test_what_is_at_hand_stays_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpotrial.training.fit_table._AT_HAND", 10_000)
    table = FitTable(folder, "code")
    for i in range(10):
        table.add(table.key(str(i)), record(bytes(3000)))
        assert len(table._at_hand) <= 4
    assert len(records(folder)) == 10
    assert all(content(table.get(table.key(str(i)))) == bytes(3000) for i in range(10))


def test_a_fits_record_comes_back_to_the_last_bit(folder: Path) -> None:
    rng = np.random.default_rng(0)
    final = {
        "floats": rng.normal(size=7).astype(np.float32),
        "integers": np.array([[1, -2]], np.int32),
        "none": np.zeros(0),
        "number": np.array(7, np.int64),
    }
    logs = {"loss": [0.1 + 0.2, 1e-300], "val_loss": [float("inf"), float("nan")]}
    saved, predictions = {"floats": np.float32([np.nan, 1])}, {"rows": np.array([[0.25, 0.75]])}
    cost = Cost(1, 2, 30, 0.5, 0.25, 1 / 3)
    record = FitRecord((3, 4), logs, cost, "ok", "", True, final, saved, predictions)
    FitTable(folder, "code").add("key", record)
    again = FitTable(folder, "code").get("key")
    assert again is not None
    assert (again.epochs, again.cost, again.error(), again.stopped) == ((3, 4), cost, None, True)
    assert str(dict(again.logs)) == str(logs)
    for one, other in ((again.final, final), (again.saved, saved), (again.predictions, predictions)):
        assert list(one) == list(other)
        for name, array in other.items():
            assert (one[name].dtype, one[name].shape, one[name].tobytes()) == (
                array.dtype,
                array.shape,
                array.tobytes(),
            )


@pytest.mark.parametrize("name", ["mlp", "random_forest"])
def test_whatever_determines_a_fit_tells_it_apart(name: str, folder: Path) -> None:
    """Each change is fitted anew, and each fit is found again."""
    from hpotrial.training.callbacks import for_training

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(24, 2)).astype(np.float32), np.tile([0, 1, 2], 8).astype(np.int32)
    other = X.copy()
    other[3, 1] = np.nextafter(other[3, 1], np.float32(9))
    trained: dict[str, Any] = {"engine": "compiled"}
    kwargs: dict[str, Any] = {"seed": 1, "capacity": 40, "X": X, "y": y, "epochs": 2, "context": "code"}
    changes: list[dict[str, Any]] = [
        {}, {"seed": 2}, {"capacity": 50}, {"X": other}, {"y": y[::-1].copy()}, {"epochs": 3},
        {"context": "other code"}, {"fit_seconds": 1e6}, {"scored_rows": X}, {"scored_rows": other},
    ]  # fmt: skip
    if name == "mlp":
        stopping = {"early_stopping": EarlyStopping(2), "checkpoint": "best"}
        changes += [
            {"engine": "stock"}, {"neurons": 5}, {"validation": (X, y)}, {"validation": (other, y)},
            {"validation": (X, y), **stopping}, {"validation": (X, y), **stopping, "early_stopping": EarlyStopping(3)},
            {"validation": (X, y), **stopping, "checkpoint": "last"}, {"batch_size": 8}, {"start": 1},
        ]  # fmt: skip
    else:
        changes += [{"max_depth": 1}]

    def taken(changed: dict[str, Any]) -> int:
        told = {**kwargs, **trained, **changed}
        training = Training(*(told.get(key) for key in ("engine", "early_stopping")), told.get("checkpoint", "last"),
                            told.get("fit_seconds"))  # fmt: skip
        complete = {**defaults(name), **{k: v for k, v in told.items() if k in defaults(name)}}
        meter = CostMeter()
        model = make_model(name, complete, (2,), 3, seed=told["seed"], capacity=told["capacity"], training=training,
                           meter=meter, fits=FitTable(folder, told["context"]))  # fmt: skip
        model.scored_rows = told.get("scored_rows")
        if told.get("start"):
            model.set_weights([weight * 0 for weight in model.get_weights()])
        arguments: dict[str, Any] = {"epochs": told["epochs"]}
        if name == "mlp":
            arguments["batch_size"] = told.get("batch_size", 16)
        if "validation" in told:
            arguments |= {"validation_data": told["validation"], "callbacks": for_training(training, "val_accuracy")}
        model.fit(told["X"].copy(), told["y"].copy(), **arguments)
        return meter.taken

    assert [taken(changed) for changed in changes] == [0] * len(changes)
    assert len(records(folder)) == len(changes)
    assert [taken(changed) for changed in changes] == [1] * len(changes)


def test_a_fit_with_a_callback_of_unknown_kind_is_not_kept() -> None:
    import keras

    class Unknown(keras.callbacks.Callback):
        pass

    class EarlyStopping(keras.callbacks.EarlyStopping):
        pass

    for callback in (Unknown(), EarlyStopping()):
        assert settings_of({"callbacks": [callback]}) is None
    assert settings_of({"callbacks": [keras.callbacks.EarlyStopping()]})


def test_keys_tell_arrays_apart(folder: Path) -> None:
    table, array = FitTable(folder, "code"), np.zeros(5)
    before = table.key(array)
    array[1] = 1
    others = [array, array.astype(np.float32), array.reshape(5, 1), array[:4], array[::-1], np.zeros(0)]
    keys = [before, *map(table.key, others), table.key(array[:2], array[2:]), table.key("", array)]
    keys += [table.key("a", "b"), table.key("ab"), table.key(np.frombuffer(b"ab", np.uint8)), table.key()]
    assert len(set(keys)) == len(keys)
    assert table.key(array.copy()) == table.key(np.array([0, 1.0, 0, 0, 0, 9])[:5]) == keys[1]


def test_a_read_only_array_is_digested_once_and_another_in_its_place_anew() -> None:
    first = np.arange(1000.0)
    expected = digest(first)
    first.setflags(write=False)
    assert digest(first) == digest(first) == expected
    for value in range(50):
        # memory is used again, and so is an array's id
        other = np.full(1000, float(value))
        other.setflags(write=False)
        assert digest(other) == digest(np.full(1000, float(value)))
        del other
