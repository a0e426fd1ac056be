"""Write the tables of docs/columns.md anew, from the records: ``PYTHONPATH=src python docs/write_columns.py``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from hpotrial.core.columns import TYPES, described
from hpotrial.core.records import ReplicatedRow, RunRecord, tables

PAGE = Path(__file__).with_name("columns.md")


def parts() -> dict[str, str]:
    """What stands between the markers of each part, by its name."""
    told = {
        f"{name}.parquet": _table("column", [(one.name, TYPES[one.kind], one.says) for one in columns])
        for name, columns in tables().items()
    }
    in_table = {one.name for one in tables()["runs"]}
    told["outcome.json"] = _table("key", [one for one in described(RunRecord) if one[0] not in in_table])
    told["row{row}.json"] = _table("key", described(ReplicatedRow))
    return told


def _table(head: str, rows: Iterable[tuple[str, str, str]]) -> str:
    lines = [f"| {head} | type | meaning |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| `{name}` | {kind} | {says} |" for name, kind, says in rows)])


def page(text: str) -> str:
    """The page with what stands between its markers written anew."""
    told = parts()

    def anew(found: re.Match[str]) -> str:
        return f"<!-- {found[1]} -->\n{told[found[1]]}\n<!-- end -->"

    return re.sub(r"<!-- (\S+) -->\n.*?<!-- end -->", anew, text, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
