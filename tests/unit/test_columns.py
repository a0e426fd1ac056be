"""Records become JSON and rows and come back; the page of columns is theirs; the worked example of a column works."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from hpotrial.core import parquet
from hpotrial.core.columns import column, columns, from_json, recorded, row, to_json
from hpotrial.core.records import Cost, tables

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))


@dataclass(frozen=True)
class Leg:
    name: str = column("which one")
    length: float | None = column("in cm", name="length_cm")


@dataclass(frozen=True)
class Animal:
    kind: str = column("what it is", lambda found: found["kind"])
    tame: bool = column("whether it comes when it is called", lambda found: True)
    cost: Cost = column("what it eats", lambda found: Cost(1, 2, 3, 0.5), prefix="")
    first: Leg = column("its first leg", lambda found: found["legs"][0], prefix="first_")
    places: dict[str, float] | None = column("where it lives", lambda found: None, prefix="at_", keys=("x", "y"))
    tags: tuple[str, ...] = column("what it wears", lambda found: ("b", "a"))
    legs: tuple[Leg, ...] = column("all of them", lambda found: tuple(found["legs"]), in_table=False)
    unrecorded: int = 0


CAT = recorded(Animal, {"kind": "cat", "legs": [Leg("left", 8.0), Leg("right", None)]})


def test_a_record_is_the_same_after_json():
    told = json.loads(json.dumps(to_json(CAT)))
    assert from_json(Animal, told) == CAT
    assert list(told)[:4] == ["kind", "tame", "fits", "epochs"]
    assert told["legs"] == [{"name": "left", "length": 8.0}, {"name": "right", "length": None}]
    assert "unrecorded" not in told


def test_a_row_has_the_columns_in_their_order():
    names = [one.name for one in columns(Animal)]
    assert list(row(CAT)) == names
    assert names[:2] + names[-5:] == ["kind", "tame", "first_name", "first_length_cm", "at_x", "at_y", "tags"]
    table = parquet.table(tuple(columns(Animal)), [row(CAT)])
    assert table.to_pylist() == [row(CAT)]
    assert row(CAT)["tags"] == '["b", "a"]'


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "black"}, "it has colour, which Animal does not know"),
        ({"tame": 1}, "tame is 1, no true or false"),
        ({"fits": 1.5}, "fits is 1.5, no whole number"),
        ({"epochs": True}, "epochs is True, no whole number"),
        ({"kind": None}, "kind is None, no text"),
        ({"wall_seconds": "1"}, "wall_seconds is '1', no number"),
        ({"places": {"x": 1.0}}, "places has x; x, y are known"),
        ({"legs": {"name": "left"}}, "legs is .*, not a list"),
        ({"legs": [{"name": "left"}]}, "it lacks length"),
    ],
)
def test_what_is_no_such_record_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        from_json(Animal, json.loads(json.dumps(to_json(CAT))) | change)


def test_a_missing_key_is_named():
    told = to_json(CAT)
    for key in told:
        with pytest.raises(ValueError, match=f"it lacks {key}$"):
            from_json(Animal, {name: value for name, value in told.items() if name != key})


def test_the_page_of_columns_is_that_of_the_records():
    import write_columns

    text = write_columns.PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"^<!-- (\S+) -->$", text, flags=re.MULTILINE)) == {"end", *write_columns.parts()}
    assert write_columns.page(text) == text, "`make docs` writes it anew"


def test_every_column_is_read_by_something():
    """By its name, in what reads tables or in what the report prints; with a prefix, by a name that is put together."""
    folders = ("results", "figures", "report", "core/claims.py")
    files = [
        file for one in folders for file in [ROOT / "src/hpotrial" / one, *(ROOT / "src/hpotrial" / one).rglob("*.py")]
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    text += "\n".join(file.read_text(encoding="utf-8") for file in ROOT.glob("report/**/*.typ"))
    for name, told in tables().items():
        names = [one.name for one in told if not re.match(r"(test|audit|train|validation)_", one.name)]
        assert [one for one in names if not re.search(rf"\b{one}\b", text)] == [], name


def test_the_worked_example_of_a_column(tmp_path):
    """From a clean checkout: the two edits of the page, and the tables of a simulated study."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    page = (clone / "docs" / "extending" / "column.md").read_text(encoding="utf-8")
    edits = re.findall(r"```diff\n--- (\S+)\n(.*?)```", page, flags=re.DOTALL)
    assert len(edits) == 2
    for file, lines in edits:
        before = "".join(line[1:] for line in lines.splitlines(keepends=True) if line[0] == " ")
        after = "".join(line[1:] for line in lines.splitlines(keepends=True))
        assert after.count("\n") - before.count("\n") == 1, "one line"
        text = (clone / file).read_text(encoding="utf-8")
        assert text.count(before) == 1
        (clone / file).write_text(text.replace(before, after), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'tests/unit'); import simulated_study;"
        "from hpotrial.results import collect; at = Path(sys.argv[1]); simulated_study.write(at, seeds=2);"
        "assert not collect(at / 'plan.csv', at / 'runs', at / 'tables').unreadable"
    )
    environment = {**os.environ, "PYTHONPATH": "src"}
    for words in (["-c", code, str(tmp_path / "study")], ["docs/write_columns.py"]):
        subprocess.run([sys.executable, *words], cwd=clone, env=environment, check=True)
    runs = pd.read_parquet(tmp_path / "study" / "tables" / "runs.parquet")
    assert dict(runs.groupby("cv")["folds"].agg(set)) == {"cv3": {3}, "cv5": {5}, "holdout": {1}, "test": {1}}
    arms = pd.read_csv(tmp_path / "study" / "tables" / "arms.csv")
    assert set(arms.loc[arms["cv"] == "cv5", "folds"]) == {5.0}
    assert "| `folds` | whole number | folds that score each trial |" in (clone / "docs/columns.md").read_text()
