"""The runs of a study: found on disk, read, held against the plan, and written as tables."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from hpotrial.core import parquet, paths
from hpotrial.core.columns import from_json, row
from hpotrial.core.errors import DataError
from hpotrial.core.files import read_json, write_json
from hpotrial.core.records import (
    ARM_KEY,
    FAILURES,
    MISSING,
    OK,
    RUN_KEY,
    UNREADABLE,
    RunRecord,
    tables,
)
from hpotrial.results.arms_page import arms_page
from hpotrial.results.right_rows import rows_and_counts
from hpotrial.results.shortfalls import named as named_shortfalls
from hpotrial.results.shortfalls import of_runs
from hpotrial.results.tables import Completeness, summarise, summarise_metrics


def collect(plan_csv: Path, runs_dir: Path, tables_dir: Path, look_json: Path | None = None) -> Completeness:
    """Read every planned run below ``runs_dir`` and write the tables of the study into ``tables_dir``.

    Of a study that plans its looks, those are the runs that the look ``look_json`` has and asked for, or without it
    those of the first.

    Writes ``runs``, ``trials``, ``generations`` and ``repeats`` (``.parquet`` and ``.csv``), ``rows.parquet``,
    ``arms.csv``, ``arm_metrics.csv``, ``arms.html`` and ``completeness.json``. Rows are sorted by dataset, arm, cv,
    seed (and repeat, and trial or generation); equal inputs give equal bytes.
    A planned run without an outcome becomes a row of status ``missing``, one that cannot be read ``unreadable``.

    Raises
    ------
    DataError
        The plan cannot be read, lacks a column, or names a run twice.
    """
    plan = _asked(_read_plan(plan_csv), look_json)
    rows: list[dict[str, Any]] = []
    parts: list[pa.Table] = []
    generations: list[dict[str, Any]] = []
    right: list[dict[str, Any]] = []
    repeats: list[dict[str, Any]] = []
    versions: dict[str, Counter[str]] = {}
    for planned in plan.to_dict("records"):
        run = read_run(runs_dir / paths.run_id(planned), {str(k): v for k, v in planned.items()})
        rows.append(run.row)
        if run.trials is not None:
            parts.append(run.trials)
        generations += run.generations
        right += run.right
        repeats += run.repeats
        for package, version in run.versions.items():
            versions.setdefault(package, Counter())[str(version)] += 1
    columns = tables()
    runs, searches = parquet.table(columns[paths.RUNS], rows), parquet.table(columns[paths.REPEATS], repeats)
    named: dict[str, list[str]] = {}
    for told in rows:
        status = "failed" if told["status"] in FAILURES else told["status"]
        named.setdefault(status, []).append(paths.run_id(told))
    completeness = Completeness(
        planned=len(rows),
        ok=len(named.get(OK, [])),
        failed=named.get("failed", []),
        missing=named.get(MISSING, []),
        unreadable=named.get(UNREADABLE, []),
        unplanned=sorted(set(found(runs_dir)) - set(map(paths.run_id, rows))),
        **named_shortfalls(of_runs(runs.to_pandas(), searches.to_pandas())),
        versions={package: dict(sorted(count.items())) for package, count in sorted(versions.items())},
    )
    collected = {
        paths.RUNS: runs,
        paths.TRIALS: pa.concat_tables(parts) if parts else parquet.table(columns[paths.TRIALS], []),
        paths.GENERATIONS: parquet.table(columns[paths.GENERATIONS], generations),
        paths.REPEATS: searches,
    }
    for name, table in collected.items():
        parquet.write(table, tables_dir / f"{name}.parquet", tables_dir / f"{name}.csv")
    parquet.write(parquet.table(columns[paths.ROWS], right), tables_dir / f"{paths.ROWS}.parquet")
    frame = runs.to_pandas()
    arms = summarise(frame)
    arms.to_csv(tables_dir / paths.ARMS, index=False, lineterminator="\n")
    summarise_metrics(frame).to_csv(tables_dir / paths.ARM_METRICS, index=False, lineterminator="\n")
    (tables_dir / paths.ARMS_PAGE).write_text(arms_page(arms), encoding="utf-8")
    write_json(tables_dir / paths.COMPLETENESS, asdict(completeness))
    return completeness


def _asked(plan: pd.DataFrame, look_json: Path | None) -> pd.DataFrame:
    """The planned runs that a look has and asked for; those of the first look without one."""
    chosen = plan["look"] == 1
    if look_json is not None:
        look = read_json(look_json, ("asked", "next"))
        asked = paths.cell_ids(plan).map({**look["asked"], **look["next"]}).fillna(0)
        chosen = plan.groupby(["dataset", "arm", "cv"]).cumcount() < asked
    return plan[chosen].drop(columns="look").reset_index(drop=True)


def _read_plan(plan_csv: Path) -> pd.DataFrame:
    columns = [*ARM_KEY, "seed"]
    try:
        plan = pd.read_csv(plan_csv, dtype={name: str for name in ARM_KEY}, keep_default_na=False)
        if "plan_only" in plan:
            # priced, not run
            plan = plan[plan["plan_only"].astype(str) != "True"]
        plan = plan.assign(look=plan["look"].astype(int) if "look" in plan else 1)[[*columns, "look"]]
        plan["seed"] = plan["seed"].astype(int)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"the plan {plan_csv} cannot be read ({reason}); make it again with the plan target") from None
    if plan.duplicated(RUN_KEY).any():
        twice = paths.run_id(plan[plan.duplicated(RUN_KEY)].iloc[0].to_dict())
        raise DataError(f"the plan {plan_csv} names the run {twice} twice; make it again with the plan target")
    return plan.sort_values(RUN_KEY, ignore_index=True)


def found(runs_dir: Path) -> Iterator[str]:
    """Names of the runs on disk: folders as deep as a run's that hold an outcome."""
    folders = [""]
    for _ in paths.RUN.split("/"):
        folders = [
            f"{folder}{entry.name}/"
            for folder in folders
            if os.path.isdir(runs_dir / folder)
            for entry in os.scandir(runs_dir / folder)
            if entry.is_dir()
        ]
    yield from (folder[:-1] for folder in folders if os.path.exists(runs_dir / folder / paths.OUTCOME_FILE))


@dataclass(frozen=True)
class FoundRun:
    """What a planned run left behind.

    Attributes
    ----------
    row : dict
        Its row of the table of runs; ``status`` says ``missing`` or ``unreadable`` where there is no record to trust.
    trials : Table or None
        Its trials; None where there are none to show.
    generations : list of dict
        Its rows of the table of generations; most methods have none.
    right : list of dict
        Its row of the table of what was right; none where it did not end well.
    repeats : list of dict
        Its rows of the table of repeats.
    versions : Mapping
        The version of each package that it recorded.
    """

    row: dict[str, Any]
    trials: pa.Table | None = None
    generations: list[dict[str, Any]] = field(default_factory=list)
    right: list[dict[str, Any]] = field(default_factory=list)
    repeats: list[dict[str, Any]] = field(default_factory=list)
    versions: Mapping[str, str] = field(default_factory=dict)


def read_run(folder: Path, planned: dict[str, Any]) -> FoundRun:
    """Read the run in ``folder``, which the plan gives the values ``planned``.

    A record with a key too many or too few, or with a value of another type, is not to be trusted.
    """
    try:
        record = _read_record(folder / paths.OUTCOME_FILE, planned)
    except FileNotFoundError:
        return FoundRun(planned | {"status": MISSING, "message": f"no {paths.OUTCOME_FILE} was found"})
    except ValueError as error:
        return FoundRun(planned | {"status": UNREADABLE, "message": f"{paths.OUTCOME_FILE}: {error}"})
    told = row(record)
    generations = sorted(record.generations, key=lambda generation: (generation.repeat, generation.number))
    trials = None
    try:
        trials = parquet.read(folder / paths.TRIALS_FILE, tables()[paths.TRIALS])
        trials = trials.sort_by([("repeat", "ascending"), ("trial", "ascending")])
    except ValueError as error:
        if record.status == OK:  # a search that broke early has no trials to show
            return FoundRun(planned | {"status": UNREADABLE, "message": f"{paths.TRIALS_FILE}: {error}"})
    right = [told | row(record.right)] if record.right and record.status == OK else []
    return FoundRun(
        told,
        trials,
        [told | row(generation) for generation in generations],
        right,
        [told | row(repeat) for repeat in record.repeats],
        record.versions,
    )


def _read_record(path: Path, planned: dict[str, Any]) -> RunRecord:
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        record = from_json(RunRecord, read_json(path))
    except DataError as error:
        raise ValueError(str(error)) from None
    if wrong := [key for key, value in planned.items() if getattr(record, key) != value]:
        raise ValueError(f"it says {wrong[0]} {getattr(record, wrong[0])}, the plan says {planned[wrong[0]]}")
    if record.status not in (OK, *FAILURES):
        raise ValueError(f"unknown status {record.status}")
    if (record.status == OK) > (record.right is not None):
        raise ValueError("it ended well, and does not say which rows were right")
    if record.right:
        named = tuple(len(rows_and_counts(record.right, part)[0]) for part in ("test", "audit"))
        if named != (record.n_test, record.n_audit):
            raise ValueError(
                f"it names {named} test and audit rows as right or wrong, of {record.n_test, record.n_audit}"
            )
    return record
