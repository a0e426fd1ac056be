"""Hold two runs of one study, made by two versions of the code, against each other: equal, times aside.

    python tests/same_bytes.py BEFORE AFTER --configfile STUDY.yaml

``BEFORE`` and ``AFTER`` are results folders of the same study on the same data. What searches wrote (plan, trials,
runs, generations, rows, importances, replicated rows) is compared cell by cell; columns of clocks and of code are left
out, and columns that only one side has are named. Then BEFORE's clocks and versions are put into a copy of AFTER's
tables, and the rules of this clone judge, recommend, draw and compile from them: verdicts, recommendations, figures,
the evidence of each claim and the report must be BEFORE's to the byte. Run it in the root of a clone. The last line
says how many differences there are; the exit status is 0 for none.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

TABLES = {
    "runs": ["dataset", "arm", "cv", "seed"],
    "trials": ["dataset", "arm", "cv", "seed", "repeat", "trial"],
    "generations": ["dataset", "arm", "cv", "seed", "repeat", "generation"],
    "repeats": ["dataset", "arm", "cv", "seed", "repeat"],
    "rows": ["dataset", "arm", "cv", "seed"],
    "importance": ["dataset", "arm", "cv", "seed", "hyperparameter"],
    "replication": ["row"],
}
CLOCKS = tuple(f"{clock}_seconds" for clock in ("wall", "cpu", "compile", "spent", "startup", "job", "suspended"))
CODE = ("code_fingerprint",)
# what this clone's rules make of the tables that hold BEFORE's clocks
REMADE = ("judge", "recommend", "evidence", "figure", "report")
MADE = (
    "tables/verdicts.json", "tables/recommendations.json", "figures/*/*.svg", "figures/*/*.png", "claims/*.svg",
    "claims/*.png", "report/numbers.json", "report/report.pdf",
)  # fmt: skip
COPY = Path("results/same_bytes")


def table(folder: Path, name: str) -> pd.DataFrame | None:
    """A collected table, its rows in the order of their key; None for a study that has none."""
    file = folder / "tables" / f"{name}.parquet"
    if not file.is_file():
        return None
    return pd.read_parquet(file).sort_values(TABLES[name], kind="stable").reset_index(drop=True)


def compare_tables(before: Path, after: Path) -> Iterator[str]:
    """What differs between the tables, beside clocks and code."""
    plans = [pd.read_csv(folder / "plan.csv") for folder in (before, after)]
    if not plans[0].equals(plans[1]):
        yield "plan.csv differs"
    for name in TABLES:
        old, new = table(before, name), table(after, name)
        if old is None or new is None:
            if old is not new:
                yield f"{name}: only one side has it"
            continue
        for side, own, other in (("before", old, new), ("after", new, old)):
            if alone := [column for column in own.columns if column not in other.columns]:
                print(f"{name}: only {side} has {', '.join(alone)}")
        if len(old) != len(new):
            yield f"{name}: {len(old)} rows before, {len(new)} after"
            continue
        for column in old.columns:
            if column in CLOCKS + CODE or column not in new.columns:
                continue
            unequal = ~((old[column] == new[column]) | (old[column].isna() & new[column].isna()))
            if unequal.any():
                where = old.loc[unequal, TABLES[name]].iloc[0].to_dict()
                yield f"{name}.{column}: {unequal.sum()} of {len(old)} rows differ, first at {where}"


def put_clocks(before: Path, copy: Path) -> None:
    """Write BEFORE's clocks and versions into the copy's tables, so that what is computed from them can be equal."""
    for name in TABLES:
        old, new = table(before, name), table(copy, name)
        if old is None or new is None:
            continue
        for column in CLOCKS + CODE:
            if column in old.columns and column in new.columns:
                new[column] = old[column]
        # the order of the file's rows is part of what is drawn from it
        order = pd.read_parquet(copy / "tables" / f"{name}.parquet")[TABLES[name]]
        order.merge(new, on=TABLES[name], how="left").to_parquet(copy / "tables" / f"{name}.parquet")
    for name in ("completeness.json", "calibration.json"):
        if (before / "tables" / name).is_file():
            shutil.copy(before / "tables" / name, copy / "tables" / name)


def remake(copy: Path, configfile: Path) -> None:
    """Judge, recommend, draw and compile from the copy's tables, by this clone's rules."""
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "2", "--nolock", "--quiet", "all"]
    study = ["--configfile", str(configfile), "--config", f"results_dir={copy}"]
    rules = ["--allowed-rules", *REMADE, "--forcerun", *REMADE, "--rerun-triggers", "mtime"]
    subprocess.run([*snakemake, *study, *rules, "--", str(copy / "report" / "report.pdf")], check=True)


def compare_files(before: Path, copy: Path) -> Iterator[str]:
    """Which of the files that were made from the tables differ."""
    for name in [file.relative_to(before) for pattern in MADE for file in sorted(before.glob(pattern))]:
        if not (copy / name).is_file():
            yield f"{name}: not made after"
        elif (before / name).read_bytes() != (copy / name).read_bytes():
            yield f"{name} differs{_first_difference(before / name, copy / name) if name.suffix == '.json' else ''}"


def _first_difference(before: Path, after: Path) -> str:
    old, new = (dict(_leaves(json.loads(file.read_text(encoding="utf-8")), "")) for file in (before, after))
    unequal = [place for place in {**old, **new} if old.get(place) != new.get(place)]
    if not unequal:
        return ": the same values in another form"
    place = unequal[0]
    return f": {len(unequal)} values, first {place}: {old.get(place)!r} before, {new.get(place)!r} after"


def _leaves(value: object, place: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{place}[{number}]")
    else:
        yield place, value


def main() -> int:
    """Print each difference on a line of its own, and how many there are."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--configfile", type=Path, required=True)
    arguments = parser.parse_args()
    found = list(compare_tables(arguments.before, arguments.after))
    shutil.rmtree(COPY, ignore_errors=True)
    left_out = shutil.ignore_patterns("runs", "fits", "report", "figures", "claims")
    shutil.copytree(arguments.after, COPY, ignore=left_out)
    put_clocks(arguments.before, COPY)
    remake(COPY, arguments.configfile)
    found += compare_files(arguments.before, COPY)
    print(*found, sep="\n")
    print(f"{len(found)} differences")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
