"""The runs of a study read, held against the plan, and written as tables."""

from collections import Counter
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from hpotrial.core.errors import DataError
from hpotrial.core.files import write_json
from hpotrial.core.table_schemas import ARM_KEY, FAILURES, GENERATION_SCHEMA, RUN_KEY, RUN_SCHEMA, TRIAL_SCHEMA
from hpotrial.results.arms_page import arms_page
from hpotrial.results.run_reading import found, read_run, run_path
from hpotrial.results.tables import Completeness, summarise, summarise_metrics


def collect(plan_csv: Path, runs_dir: Path, tables_dir: Path) -> Completeness:
    """Read every planned run below ``runs_dir`` and write the tables of the study into ``tables_dir``.

    Writes ``runs``, ``trials`` and ``generations`` (``.parquet`` and ``.csv``), ``arms.csv``, ``arms.html`` and
    ``completeness.json``. Rows are sorted by dataset, arm, cv, seed (and trial or generation); equal inputs give equal
    bytes.
    A planned run without an outcome becomes a row of status ``missing``, one that cannot be read ``unreadable``.

    Raises
    ------
    DataError
        The plan cannot be read, lacks a column, or names a run twice.
    """
    plan = _read_plan(plan_csv)
    rows: list[dict[str, Any]] = []
    parts: list[pa.Table] = []
    generations: list[dict[str, Any]] = []
    versions: dict[str, Counter[str]] = {}
    for planned in plan.to_dict("records"):
        run = read_run(runs_dir / run_path(planned), {str(k): v for k, v in planned.items()})
        rows.append(run.row)
        if run.trials is not None:
            parts.append(run.trials)
        generations += sorted(run.generations, key=itemgetter("generation"))
        for package, version in run.versions.items():
            versions.setdefault(package, Counter())[str(version)] += 1
    runs = pa.Table.from_pylist(rows, schema=RUN_SCHEMA)
    named: dict[str, list[str]] = {}
    for row in rows:
        named.setdefault("failed" if row["status"] in FAILURES else row["status"], []).append(run_path(row))
    completeness = Completeness(
        planned=len(rows),
        ok=len(named.get("ok", [])),
        failed=named.get("failed", []),
        missing=named.get("missing", []),
        unreadable=named.get("unreadable", []),
        unplanned=sorted(set(found(runs_dir)) - {run_path(row) for row in rows}),
        versions={package: dict(sorted(count.items())) for package, count in sorted(versions.items())},
    )
    tables_dir.mkdir(parents=True, exist_ok=True)
    _write(runs, tables_dir / "runs")
    _write(pa.concat_tables(parts) if parts else TRIAL_SCHEMA.empty_table(), tables_dir / "trials")
    _write(pa.Table.from_pylist(generations, schema=GENERATION_SCHEMA), tables_dir / "generations")
    frame = runs.to_pandas()
    arms = summarise(frame)
    arms.to_csv(tables_dir / "arms.csv", index=False, lineterminator="\n")
    summarise_metrics(frame).to_csv(tables_dir / "arm_metrics.csv", index=False, lineterminator="\n")
    (tables_dir / "arms.html").write_text(arms_page(arms), encoding="utf-8")
    write_json(tables_dir / "completeness.json", asdict(completeness))
    return completeness


def _read_plan(plan_csv: Path) -> pd.DataFrame:
    columns = [*ARM_KEY, "seed"]
    try:
        plan = pd.read_csv(plan_csv, dtype={name: str for name in ARM_KEY}, keep_default_na=False)
        if "plan_only" in plan:
            # priced, not run
            plan = plan[plan["plan_only"].astype(str) != "True"]
        plan = plan[columns].copy()
        plan["seed"] = plan["seed"].astype(int)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"the plan {plan_csv} cannot be read ({reason}); make it again with the plan target") from None
    if plan.duplicated(RUN_KEY).any():
        twice = run_path(plan[plan.duplicated(RUN_KEY)].iloc[0].to_dict())
        raise DataError(f"the plan {plan_csv} names the run {twice} twice; make it again with the plan target")
    return plan.sort_values(RUN_KEY, ignore_index=True)


def _write(table: pa.Table, stem: Path) -> None:
    pq.write_table(table, stem.with_suffix(".parquet"))
    pyarrow.csv.write_csv(table, stem.with_suffix(".csv"))
