"""The runs of a study collected into tidy tables, and held against the plan.

Statistics over seeds are Student t-intervals of the mean: seeds are the only replication that a run has.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from scipy import stats

from hpotrial.errors import DataError

RUN_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("dataset", "arm", "method", "cv")]
    + [("seed", pa.int64()), ("standin", pa.bool_())]
    + [(name, pa.string()) for name in ("data_sha256", "status", "message", "configuration")]
    + [(name, pa.float64()) for name in ("selection_score", "test_score", "audit_score")]
    + [("scored_model", pa.string())]
    + [(name, pa.int64()) for name in ("trials", "failed_trials", "fits", "epochs", "examples")]
    + [(f"{name}_seconds", pa.float64()) for name in ("wall", "cpu", "compile", "startup", "job")]
    + [(name, pa.int64()) for name in ("refit_epochs", "space_size", "n_train", "n_test", "n_audit")]
    + [("engine", pa.string()), ("code_fingerprint", pa.string())]
)
TRIAL_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("dataset", "arm", "method", "cv")]
    + [("seed", pa.int64()), ("trial", pa.int64()), ("configuration", pa.string()), ("score", pa.float64())]
    + [("fold_scores", pa.string())]
    + [(name, pa.int64()) for name in ("fits", "epochs", "examples")]
    + [(f"{name}_seconds", pa.float64()) for name in ("wall", "cpu", "compile")]
    + [("budget_epochs", pa.int64()), ("best_epoch", pa.int64()), ("status", pa.string()), ("message", pa.string())]
    + [("standin", pa.bool_())]
)
SCORES = ("selection", "test", "audit")
COUNTS = ("trials", "fits", "epochs", "examples")
MEAN_COSTS = [*COUNTS, *(f"{clock}_seconds" for clock in ("wall", "cpu", "compile", "startup", "job"))]
RUN_KEY = ["dataset", "arm", "cv", "seed"]
ARM_KEY = ["dataset", "arm", "method", "cv"]
_FAILURES = ("all_trials_failed", "search_error")
_READERS = {pa.string(): str, pa.int64(): int, pa.float64(): float}


@dataclass(frozen=True)
class Completeness:
    """What became of the planned runs; a run is named ``{dataset}/{arm}/{cv}/seed{seed}``.

    ``planned == ok + len(failed) + len(missing) + len(unreadable)``. ``unplanned`` runs were found on disk and left
    out. ``versions`` counts, for each package, the runs that recorded each version.
    """

    planned: int
    ok: int
    failed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    unplanned: list[str] = field(default_factory=list)
    versions: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Tables:
    """The collected tables of one study, read from their folder when first asked for."""

    folder: Path

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per planned run."""
        return pd.read_parquet(self.folder / "runs.parquet")

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row per trial of the planned runs."""
        return pd.read_parquet(self.folder / "trials.parquet")

    @cached_property
    def arms(self) -> pd.DataFrame:
        """One row per dataset, arm and cv-setting: see :func:`summarise`."""
        return summarise(self.runs)

    @cached_property
    def completeness(self) -> Completeness:
        """The plan held against what was found."""
        return Completeness(**json.loads((self.folder / "completeness.json").read_text()))


def arm_label(arm: str, cv: str) -> str:
    """How an arm at one cv-setting is called in tables and figures."""
    return f"{arm}, {cv}"


def cv_order(cv: str) -> tuple[int, int, str]:
    """Sorting key of cv-settings: `test`, `holdout`, then folds by number."""
    folds = int(cv[2:]) if cv[:2] == "cv" and cv[2:].isdigit() else 0
    return {"test": 0, "holdout": 1}.get(cv, 2), folds, cv


def mean_interval(values: pd.Series | np.ndarray, confidence: float = 0.95) -> tuple[int, float, float, float]:
    """Number, mean, and lower and upper end of the Student t-interval of the mean of the values that are not NaN.

    The ends are NaN for fewer than two values, the mean for none.
    """
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    if not len(known):
        return 0, np.nan, np.nan, np.nan
    mean = float(known.mean())
    if len(known) == 1:
        return 1, mean, np.nan, np.nan
    half = float(stats.t.ppf(0.5 + confidence / 2, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    return len(known), mean, mean - half, mean + half


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per dataset, arm and cv-setting: scores (shares of 1, with 95 % intervals) and mean costs over seeds.

    Only runs with status ``ok`` count; ``seeds`` says how many there are, ``planned`` how many were asked for.
    """
    rows = []
    for key, group in sorted(runs.groupby(ARM_KEY), key=lambda item: (*item[0][:3], cv_order(str(item[0][3])))):
        ok = group[group["status"] == "ok"]
        row: dict[str, Any] = dict(zip(ARM_KEY, key, strict=True))
        row |= {"standin": bool(ok["standin"].fillna(False).any()), "planned": len(group), "seeds": len(ok)}
        for score in SCORES:
            _, *row_values = mean_interval(ok[f"{score}_score"])
            row |= dict(zip((score, f"{score}_low", f"{score}_high"), row_values, strict=True))
        rows.append(row | {cost: mean_interval(ok[cost])[1] for cost in MEAN_COSTS})
    intervals = [f"{score}{end}" for score in SCORES for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*ARM_KEY, "standin", "planned", "seeds", *intervals, *MEAN_COSTS])


def collect(plan_csv: Path, runs_dir: Path, tables_dir: Path) -> Completeness:
    """Read every planned run below ``runs_dir`` and write the tables of the study into ``tables_dir``.

    Writes ``runs`` and ``trials`` (``.parquet`` and ``.csv``), ``arms.csv``, ``arms.html`` and
    ``completeness.json``. Rows are sorted by dataset, arm, cv, seed (and trial); equal inputs give equal bytes.
    A planned run without an outcome becomes a row of status ``missing``, one that cannot be read ``unreadable``.

    Raises
    ------
    DataError
        The plan cannot be read, lacks a column, or names a run twice.
    """
    plan = _read_plan(plan_csv)
    rows: list[dict[str, Any]] = []
    parts: list[pa.Table] = []
    versions: dict[str, Counter[str]] = {}
    for planned in plan.to_dict("records"):
        row, trials, used = _read_run(runs_dir / _run_path(planned), {str(k): v for k, v in planned.items()})
        rows.append(row)
        if trials is not None:
            parts.append(trials)
        for package, version in used.items():
            versions.setdefault(package, Counter())[str(version)] += 1
    runs = pa.Table.from_pylist(rows, schema=RUN_SCHEMA)
    named: dict[str, list[str]] = {}
    for row in rows:
        named.setdefault("failed" if row["status"] in _FAILURES else row["status"], []).append(_run_path(row))
    completeness = Completeness(
        planned=len(rows),
        ok=len(named.get("ok", [])),
        failed=named.get("failed", []),
        missing=named.get("missing", []),
        unreadable=named.get("unreadable", []),
        unplanned=sorted(set(_found(runs_dir)) - {_run_path(row) for row in rows}),
        versions={package: dict(sorted(count.items())) for package, count in sorted(versions.items())},
    )
    tables_dir.mkdir(parents=True, exist_ok=True)
    _write(runs, tables_dir / "runs")
    _write(pa.concat_tables(parts) if parts else TRIAL_SCHEMA.empty_table(), tables_dir / "trials")
    arms = summarise(runs.to_pandas())
    arms.to_csv(tables_dir / "arms.csv", index=False, lineterminator="\n")
    (tables_dir / "arms.html").write_text(_as_html(arms), encoding="utf-8")
    (tables_dir / "completeness.json").write_text(json.dumps(asdict(completeness), indent=1) + "\n", encoding="utf-8")
    return completeness


def _read_plan(plan_csv: Path) -> pd.DataFrame:
    columns = [*ARM_KEY, "seed"]
    try:
        plan = pd.read_csv(plan_csv, dtype={name: str for name in ARM_KEY}, keep_default_na=False)[columns]
        plan["seed"] = plan["seed"].astype(int)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"the plan {plan_csv} cannot be read ({reason}); make it again with the plan target") from None
    if plan.duplicated(RUN_KEY).any():
        twice = _run_path(plan[plan.duplicated(RUN_KEY)].iloc[0].to_dict())
        raise DataError(f"the plan {plan_csv} names the run {twice} twice; make it again with the plan target")
    return plan.sort_values(RUN_KEY, ignore_index=True)


def _run_path(run: dict[Any, Any]) -> str:
    return f"{run['dataset']}/{run['arm']}/{run['cv']}/seed{run['seed']}"


def _found(folder: Path, depth: int = 4) -> Iterator[str]:
    """Names of the runs on disk: folders `depth` levels down that hold an outcome."""
    paths = [""]
    for _ in range(depth):
        paths = [
            f"{path}{entry.name}/"
            for path in paths
            if os.path.isdir(folder / path)
            for entry in os.scandir(folder / path)
            if entry.is_dir()
        ]
    yield from (path[:-1] for path in paths if os.path.exists(folder / path / "outcome.json"))


def _read_run(folder: Path, planned: dict[str, Any]) -> tuple[dict[str, Any], pa.Table | None, dict[str, str]]:
    """The row of one run, its trials if there are any, and the package versions that it recorded."""
    blank = dict.fromkeys(RUN_SCHEMA.names) | planned
    try:
        text = (folder / "outcome.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return blank | {"status": "missing", "message": "no outcome.json was found"}, None, {}
    except (OSError, UnicodeDecodeError) as error:
        return blank | {"status": "unreadable", "message": f"outcome.json: {error}"}, None, {}
    try:
        outcome = json.loads(text)
        row = {item.name: _read_value(item, outcome.get(item.name)) for item in RUN_SCHEMA}
        if wrong := [key for key, value in planned.items() if row[key] != value]:
            raise ValueError(f"it says {wrong[0]} {row[wrong[0]]}, the plan says {planned[wrong[0]]}")
        if row["status"] not in ("ok", *_FAILURES):
            raise ValueError(f"unknown status {row['status']}")
        versions = dict(outcome.get("versions") or {})
    except (ValueError, TypeError, AttributeError) as error:
        return blank | {"status": "unreadable", "message": f"outcome.json: {error}"}, None, {}
    try:
        trials = pq.ParquetFile(folder / "trials.parquet").read().select(TRIAL_SCHEMA.names).cast(TRIAL_SCHEMA)
    except (OSError, KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if row["status"] != "ok":  # a search that broke early has no trials to show
            return row, None, versions
        reason = str(error).splitlines()[0]
        return blank | {"status": "unreadable", "message": f"trials.parquet: {reason}"}, None, {}
    return row, trials.sort_by("trial").replace_schema_metadata(None), versions


def _read_value(item: pa.Field, value: Any) -> Any:
    if value is None:
        return None
    if item.name == "configuration":
        return json.dumps(value, sort_keys=True)
    if item.type == pa.bool_():
        if not isinstance(value, bool):
            raise ValueError(f"{item.name} is {value!r}, not true or false")
        return value
    if isinstance(value, dict | list):
        raise ValueError(f"{item.name} is {value!r}, not one value")
    return _READERS[item.type](value)


def _write(table: pa.Table, stem: Path) -> None:
    pq.write_table(table, stem.with_suffix(".parquet"))
    pyarrow.csv.write_csv(table, stem.with_suffix(".csv"))


def _as_html(arms: pd.DataFrame) -> str:
    """The arms as one HTML page: what `snakemake --report` shows in place, where it cannot show a CSV."""
    shown = arms[["dataset", "arm", "cv", "seeds"]].copy()
    shown["dataset"] += np.where(arms["standin"], " (STAND-IN DATA)", "")
    for score in SCORES:
        percent = 100 * arms[[score, f"{score}_low", f"{score}_high"]]
        shown[f"{score} accuracy, %"] = [
            "" if np.isnan(mean) else f"{mean:.1f}" if np.isnan(low) else f"{mean:.1f} [{low:.1f}, {high:.1f}]"
            for mean, low, high in percent.itertuples(index=False)
        ]
    for cost in (*COUNTS, "wall_seconds", "job_seconds"):
        digits = 0 if cost in COUNTS else 1
        shown[cost.replace("_", " ")] = ["" if np.isnan(mean) else f"{mean:,.{digits}f}" for mean in arms[cost]]
    left = ", ".join(f"{cell}.col{column}" for cell in ("td", "th") for column in range(3))
    styler = shown.style.hide(axis="index").set_uuid("arms").format(escape="html")
    styler.set_caption("Means over seeds, with 95 % t-intervals of the mean in brackets; costs are means of one run.")
    styler.set_table_styles(
        [
            {
                "selector": "",
                "props": "font: 13px sans-serif; border-collapse: collapse; border-bottom: 1px solid #888",
            },
            {"selector": "th", "props": "text-align: right; padding: 4px 10px; border-bottom: 1px solid #888"},
            {"selector": "td", "props": "text-align: right; padding: 3px 10px; font-variant-numeric: tabular-nums"},
            {"selector": left, "props": "text-align: left"},
            {"selector": "tbody tr:hover", "props": "background: #f0f4f8"},
            {"selector": "caption", "props": "text-align: left; padding: 6px 0"},
        ]
    )
    return str(styler.to_html(doctype_html=True))
