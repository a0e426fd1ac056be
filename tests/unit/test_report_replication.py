"""The report's section on the documented configurations: its counts are the table's, and nothing stands in for data."""

import json
from dataclasses import replace

import pytest
import test_report
from test_replication import ROW, replicated

from hpotrial.core.columns import to_json
from hpotrial.core.errors import DataError
from hpotrial.report.numbers import replication
from hpotrial.results.replication import write_table

pytestmark = pytest.mark.slow


def write(folder, *, standin=False, trained=(1, 2, 3)):
    """A table of three rows: the first inside its interval, the second outside in both accuracies, the third inside."""
    rows = [replace(ROW, number=1), replace(ROW, number=2, lr=0.023028410254015495), replace(ROW, number=3)]
    for row, centre in zip(rows, (0.97, 0.90, 0.97), strict=True):
        record = replicated(row, [centre - 0.01, centre, centre + 0.011], standin=standin)
        if row.number in trained:
            (folder / f"row{row.number}.json").write_text(json.dumps(to_json(record)))
    write_table(rows, folder, folder / "replication.parquet", folder / "replication.csv")
    return folder / "replication.parquet"


def test_the_counts(tmp_path):
    found = replication(write(tmp_path))
    assert found["validation"] == {"compared": 3, "inside": 2, "outside": [2]}
    assert found["train"] == {"compared": 3, "inside": 2, "outside": [2]}
    assert (found["n_train"], found["n_test"], found["fits"], found["not_compared"]) == ([10], [4], [3], [])
    assert [row["lr"] for row in found["rows"]] == ["0.1", "0.02303", "0.1"]


def test_rows_that_are_not_there_are_not_counted(tmp_path):
    found = replication(write(tmp_path, trained=(2,)))
    assert found["validation"] == {"compared": 1, "inside": 0, "outside": [2]}
    assert found["not_compared"] == [{"note": "not trained", "rows": [1, 3]}]


def test_nothing_of_a_standin_stands_beside_the_document(tmp_path):
    found = replication(write(tmp_path, standin=True))
    assert found["standin"] is True
    assert found["validation"] == {"compared": 0, "inside": 0, "outside": []}
    assert all(row["validation_mean"] is None and row["validation_low"] is None for row in found["rows"])
    assert found["rows"][0]["validation_documented"] == pytest.approx(0.9716)


def test_a_missing_table_is_one_clear_line(tmp_path):
    with pytest.raises(DataError, match=r"replication\.parquet cannot be read"):
        replication(tmp_path / "replication.parquet")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    root = test_report.made(tmp_path_factory.mktemp("study"), seeds=1, datasets=("mnist",))
    told = json.loads((root / "study.json").read_text())
    (root / "study.json").write_text(json.dumps(told | {"replicate": {"file": "x", "dataset": "mnist", "seeds": 3}}))
    return root


@pytest.mark.parametrize(
    "options", [{}, {"standin": True}, {"trained": ()}, {"trained": (1,)}], ids=["real", "stand-in", "none", "one"]
)
def test_the_report_has_the_section_whatever_was_found(study, options):
    for old in (study / "tables").glob("row*.json"):
        old.unlink()
    write(study / "tables", **options)
    pdf, numbers = test_report.built(study)
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert len(numbers["replication"]["rows"]) == 3


def test_without_replication_there_is_no_section(study, tmp_path):
    told = json.loads((study / "study.json").read_text())
    (study / "other.json").write_text(json.dumps(told | {"replicate": None}))
    from hpotrial.report import build

    build(study / "tables", study / "figures", study / "other.json", test_report.SOURCE, tmp_path / "report.pdf")
    assert json.loads((tmp_path / "numbers.json").read_text())["replication"] is None
