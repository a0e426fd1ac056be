"""A documented table is read or refused with one line; its values are held against an interval known by hand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hpotrial.core.columns import row, to_json
from hpotrial.core.documented import COLUMNS, DocumentedRow, read_documented
from hpotrial.core.errors import DataError
from hpotrial.core.records import Cost, ReplicatedFit, ReplicatedRow
from hpotrial.results import replication
from hpotrial.results.replication import write_table
from hpotrial.results.statistics.intervals import prediction_interval

OWN = Path(__file__).resolve().parents[2] / "data" / "documented_mnist.csv"
HEADER = ",".join(COLUMNS)
LINE = "004,grid,0.1,64,128,5,97.58,97.16"
ROW = DocumentedRow(1, "004", "grid", 0.1, 64, 128, 5, 0.9758, 0.9716)


def table(folder: Path, *lines: str) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_documents_own_table():
    rows = read_documented(OWN)
    assert [row.number for row in rows] == list(range(1, 19))
    assert [[row.method for row in rows].count(method) for method in ("grid", "random", "tpe")] == [8, 5, 5]
    last = rows[-1]
    assert (last.lr, last.hidden_size, last.batch_size, last.epochs) == (0.153444193767084, 64, 64, 5)
    assert (last.train_accuracy, last.validation_accuracy) == (0.9826, 0.9728)
    assert str(rows[4].validation_accuracy) == "0.9424"
    frame = pd.read_csv(OWN, comment="#")
    assert [row.validation_accuracy * 100 for row in rows] == pytest.approx(list(frame["validation_accuracy"]))


def test_comments_order_of_columns_further_columns_and_an_empty_training_accuracy(tmp_path):
    path = table(
        tmp_path,
        "\ufeff# a comment, with a comma",
        "validation_accuracy,lr,batch_size,epochs,hidden_size,train_accuracy,remark,method,source",
        "",
        "97.16, 0.1,128,5,64.0,,seen twice,grid,004",
    )
    assert read_documented(path) == [replace(ROW, train_accuracy=None)]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "has no rows"),
        (["# only a comment", HEADER], "has no rows"),
        ([HEADER.replace("lr,", ""), LINE], "lacks the column 'lr'"),
        ([HEADER.replace("lr,", "lr,lr,"), LINE], "has more than one column 'lr'"),
        (["# x", HEADER, "", LINE.replace("0.1", "fast")], "line 4: lr is 'fast'; a number above 0 is needed"),
        ([HEADER, LINE.replace("0.1", "nan")], "line 2: lr is nan, which is out of range"),
        ([HEADER, LINE.replace("0.1", "-0.1")], "lr is -0.1, which is out of range; a number above 0 is needed"),
        ([HEADER, LINE.replace(",64,", ",0,")], "hidden_size is 0, which is out of range; a whole number from 1"),
        ([HEADER, LINE.replace(",128,", ",12.5,")], "batch_size is 12.5, which is out of range"),
        ([HEADER, LINE.replace(",5,", ",,")], "epochs is ''; a whole number from 1 to 1,000,000 is needed"),
        ([HEADER, LINE.replace("97.16", "101")], "validation_accuracy is 101, which is out of range"),
        ([HEADER, LINE.replace("97.16", "0.9716")], "validation_accuracy is 0.9716, .* an accuracy in per cent"),
        ([HEADER, LINE.replace("97.16", "")], "validation_accuracy is ''"),
        ([HEADER, LINE + ",7"], "line 2: 9 cells under 8 columns"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_clear_line(tmp_path, lines, message):
    with pytest.raises(DataError, match=message) as refused:
        read_documented(table(tmp_path, *lines))
    assert "\n" not in str(refused.value)
    assert "table.csv" in str(refused.value)


def test_a_table_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv cannot be read"):
        read_documented(tmp_path / "nowhere.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is not UTF-8 text"):
        read_documented(tmp_path / "binary.csv")


def test_the_prediction_interval_by_hand():
    """t for 2 degrees of freedom is 4.302653 (any printed table); 4.302653 * 0.02 * sqrt(4 / 3) is 0.099366."""
    found = prediction_interval([0.90, 0.92, 0.94])
    assert (found.mean, found.sd) == (pytest.approx(0.92), pytest.approx(0.02))
    assert (found.low, found.high) == (pytest.approx(0.820634, abs=1e-6), pytest.approx(1.019366, abs=1e-6))


def test_below_two_values_there_is_no_interval():
    assert vars(prediction_interval([])) == {"mean": None, "sd": None, "low": None, "high": None}
    assert vars(prediction_interval([0.5])) == {"mean": 0.5, "sd": None, "low": None, "high": None}


def test_the_interval_holds_one_new_run_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = []
    for _ in range(2000):
        *known, new = rng.normal(0.95, 0.01, 11)
        interval = prediction_interval(known)
        held.append(interval.low <= new <= interval.high)
    assert 0.935 < np.mean(held) < 0.965


def replicated(documented: DocumentedRow, validation: list[float], **changes: Any) -> ReplicatedRow:
    """A record as `replicate` returns it; the training accuracy is 0.01 above the other."""
    cost = Cost(1, 5, 50, 2.0, 1.0, 0.5)
    fits = tuple(ReplicatedFit(s, "ok", "", value + 0.01, value, cost) for s, value in enumerate(validation))
    return replace(ReplicatedRow(documented, "mnist", False, 10, 4, fits), **changes)


def compare(documented: DocumentedRow, record: ReplicatedRow | None) -> dict[str, Any]:
    """The row of the table."""
    return row(replication.compare(documented, record))


def test_inside_and_outside():
    near = compare(ROW, replicated(ROW, [0.96, 0.97, 0.98]))
    assert (near["validation_inside"], near["train_inside"], near["status"], near["note"]) == (True, True, "ok", "")
    assert (near["validation_documented"], near["validation_mean"]) == (0.9716, pytest.approx(0.97))
    assert (near["fits"], near["failed"], near["examples"], near["wall_seconds"]) == (3, 0, 150, 6.0)
    above = compare(ROW, replicated(ROW, [0.900, 0.901, 0.902]))
    assert above["validation_inside"] is False
    assert above["validation_high"] < 0.9716
    below = compare(ROW, replicated(ROW, [0.990, 0.991, 0.992]))
    assert below["validation_inside"] is False


def test_without_a_training_accuracy_the_other_is_still_compared():
    row = replace(ROW, train_accuracy=None)
    found = compare(row, replicated(row, [0.96, 0.97, 0.98]))
    assert (found["validation_inside"], found["train_inside"]) == (True, None)


def failing(fits: tuple[ReplicatedFit, ...]) -> tuple[ReplicatedFit, ...]:
    broken = {"status": "not_finite", "message": "the loss is nan", "train_accuracy": None, "validation_accuracy": None}
    return (*fits[:-1], replace(fits[-1], **broken))


@pytest.mark.parametrize(
    ("record", "status", "note"),
    [
        (replicated(ROW, [0.96, 0.97, 0.98], standin=True), "ok", "stand-in data"),
        (replicated(ROW, [0.97]), "ok", "an interval needs at least two fits"),
        (None, "missing", "not trained"),
        (
            replicated(ROW, [], fits=failing(replicated(ROW, [0.96, 0.97, 0.98]).fits)),
            "not_finite",
            "1 of 3 fits failed: the loss is nan",
        ),
    ],
)
def test_no_verdict_is_given_where_none_is_fair(record, status, note):
    found = compare(ROW, record)
    assert (found["status"], found["note"]) == (status, note)
    assert found["validation_inside"] is None
    assert found["train_inside"] is None
    assert found["validation_documented"] == 0.9716


def test_the_table_says_the_same_in_both_forms_and_knows_files_made_for_other_values(tmp_path):
    rows = [replace(ROW, number=number) for number in (1, 2, 3)]
    for one in rows[:2]:
        text = json.dumps(to_json(replicated(one, [0.96, 0.97, 0.98])))
        (tmp_path / f"row{one.number}.json").write_text(text)
    rows[1] = replace(rows[1], lr=0.2)
    write_table(rows, tmp_path, tmp_path / "t.parquet", tmp_path / "t.csv")
    parquet, csv = pd.read_parquet(tmp_path / "t.parquet"), pd.read_csv(tmp_path / "t.csv")
    assert list(parquet["status"]) == list(csv["status"]) == ["ok", "missing", "missing"]
    assert list(parquet["validation_inside"]) == [True, None, None]
    assert list(parquet.columns) == list(csv.columns)
    assert csv["validation_mean"][0] == parquet["validation_mean"][0] == pytest.approx(0.97)
    (tmp_path / "row1.json").write_text("{")
    with pytest.raises(DataError, match=r"row1\.json cannot be read"):
        write_table(rows, tmp_path, tmp_path / "t.parquet", tmp_path / "t.csv")
