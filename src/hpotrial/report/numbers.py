"""Every number that the report prints, as plain values for `numbers.json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from hpotrial import figures
from hpotrial.core import metrics, paths
from hpotrial.core.errors import DataError, HpoTrialError
from hpotrial.core.files import jsonable, read_json
from hpotrial.report.protocol import Words, arms_as_asked, models_of, spaces, training_of
from hpotrial.report.summary import summarise_dataset
from hpotrial.report.verdicts import verdict_pages
from hpotrial.results import COUNTS, Tables, shortfalls, summarise_metrics
from hpotrial.results.replication import ACCURACIES, CONFIDENCE, MODEL, beside_document

_TOTALS = (*COUNTS, "wall_seconds", "cpu_seconds", "compile_seconds", "spent_seconds", "job_seconds")
_CALIBRATION = {"alpha", "sd", "margin", "n_seeds", "n_claims", "registries", "false_verdicts", "power", "coverage"}
_PROVENANCE = (
    "kind",
    "source",
    "licence",
    "sha256",
    "n_rows",
    "n_features",
    "documented_train_rows",
)


def assemble(
    tables: Tables,
    study: Mapping[str, Any],
    words: Mapping[str, Any],
    documented_csv: Path,
    figures_dir: Path,
    evidence_dir: Path | None,
    language: str,
) -> dict[str, Any]:
    """The numbers of one study: accuracies are shares of 1, times are seconds, what is not known is None.

    Verdicts are None without a folder of evidence; recommendations and calibration where the tables lack their files.
    """
    verdicts = None
    if evidence_dir is not None:
        verdicts = verdict_pages(tables.folder / paths.VERDICTS, Path(evidence_dir), words, language)
    calibration_json = tables.folder / paths.CALIBRATION
    calibration = None
    if calibration_json.is_file():
        calibration = read_json(calibration_json, _CALIBRATION, "make the calibration again")
    runs, completeness = tables.runs, tables.completeness
    ok = runs[runs["status"] == "ok"]
    datasets = [_dataset(tables, study, config, words["protocol"]["values"]) for config in _datasets(study)]
    found: dict[str, Any] = {
        "study": {
            "name": study["name"],
            "seeds": sorted(int(seed) for seed in runs["seed"].unique()),
            "language": language,
        },
        "standins": [item["name"] for item in datasets if item["standin"]],
        "totals": {
            "planned": completeness.planned,
            "ok": completeness.ok,
            "failed": len(completeness.failed),
            "missing": len(completeness.missing),
            "unreadable": len(completeness.unreadable),
            "arms": len(runs[["dataset", "arm"]].drop_duplicates()),
            "cells": len(tables.arms),
            "failed_trials": float(ok["failed_trials"].sum()),
            "pruned_trials": float(ok["pruned_trials"].fillna(0).sum()),
            **{name: float(ok[name].sum()) for name in _TOTALS},
        },
        "verdicts": verdicts,
        "recommendations": recommendations(tables.folder / paths.RECOMMENDATIONS),
        "calibration": calibration,
        "problems": _records(runs.loc[runs["status"] != "ok", ["dataset", "arm", "cv", "seed", "status", "message"]]),
        "unplanned": completeness.unplanned,
        "shortfalls": _records(shortfalls.of_cells(shortfalls.of_runs(runs, tables.repeats))),
        "datasets": datasets,
        "documented": [
            {"dataset": item["name"], "standin": item["standin"]}
            | beside_document(documented_csv, tables, item["name"], standin=item["standin"])
            for item in datasets
            if _documents(study, item) == documented_csv.name and MODEL in {entry["model"] for entry in item["models"]}
        ],
        "replication": replication(tables.folder / f"{paths.REPLICATION}.parquet") if study.get("replicate") else None,
        "figures": sorted(
            (_figure(name, figures_dir, [item["name"] for item in datasets], language) for name in figures.names()),
            key=lambda figure: figure["order"],
        ),
        "metrics": [{"name": name, "unit": unit} for name, unit in metrics.UNITS.items()],
        "environment": {
            "versions": [
                {"package": package, "versions": sorted(counts)} for package, counts in completeness.versions.items()
            ],
            "engines": sorted(ok["engine"].dropna().unique()),
            # one for each method: a run's fingerprint is that of the code it depends on
            "fingerprints": [
                {"method": method, "fingerprints": sorted(prints.dropna().unique())}
                for method, prints in ok.groupby("method")["code_fingerprint"]
            ],
            "cores": study.get("cores"),
        },
    }
    return dict(jsonable(found))


def _datasets(study: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The datasets of the study with their name on the outside."""
    return [{**config, "name": config["spec"]["name"], "kind": config["spec"]["kind"]} for config in study["datasets"]]


def _documents(study: Mapping[str, Any], dataset: Mapping[str, Any]) -> str | None:
    """The file of documented results on a dataset's rows; None where there is none."""
    table: str | None = study["provenance"].get(dataset["name"], {}).get("documented_table")
    return table


def _figure(name: str, folder: Path, datasets: list[str], language: str) -> dict[str, Any]:
    """A figure's words in the report's language, and its files: of the datasets in the study's order, or one of all."""
    figure = figures.load(name)
    drawn = [figures.STUDY] if getattr(figure, "PER", "dataset") == figures.STUDY else datasets
    files = [f"{name}/{part}.svg" for part in drawn if (folder / name / f"{part}.svg").is_file()]
    nothing = f"{name}/{figures.NOTHING}.svg"
    if not files and not (folder / nothing).is_file():
        raise HpoTrialError(f"the figure {folder / name} is not there; draw the figures before the report")
    return {"name": name, "order": figure.order, "files": files or [nothing], **figures.words(name, language)}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _dataset(tables: Tables, study: Mapping[str, Any], config: dict[str, Any], words: Words) -> dict[str, Any]:
    name = config["name"]
    provenance = study["provenance"].get(name, {})
    by_main = tables.by_main_metric()
    arms = by_main.arms[by_main.arms["dataset"] == name]
    metric = str(next(iter(arms["selects_on"]), metrics.ACCURACY))
    runs = tables.runs[tables.runs["dataset"] == name]
    ok = runs[runs["status"] == "ok"]
    recorded = sorted(ok["data_sha256"].dropna().unique())
    return {
        "name": name,
        "standin": bool(provenance.get("standin", False)) or bool(arms["standin"].any()),
        **{key: provenance.get(key) for key in _PROVENANCE},
        "kind": config["kind"],
        "n_classes": len(provenance.get("classes") or []),
        "other_data": [sha for sha in recorded if sha != provenance.get("sha256")],
        **{part: sorted(ok[part].dropna().astype(int).unique()) for part in ("n_train", "n_test", "n_audit")},
        **{key: config.get(key) for key in ("test_size", "audit_size", "holdout_size", "train_rows")},
        "models": models_of(config, words),
        "metric": metric,
        "unit": metrics.UNITS[metric],
        "arms": _records(arms),
        "metrics": _records(summarise_metrics(runs)),
        "priced": [item for item in study.get("priced", []) if item["dataset"] == name],
        "left_out": [{"arm": arm, "reason": reason} for arm, reason in config.get("left_out", {}).items()],
        "asked": arms_as_asked(config, words),
        "spaces": spaces(config, words),
        "training": training_of(config, study["libraries"], words),
        "summary": summarise_dataset(by_main, name),
    }


def recommendations(path: Path) -> dict[str, Any] | None:
    """What ``recommendation.write`` wrote, each dataset with the ``unit`` of its metric; None without its file.

    Raises
    ------
    DataError
        The file is there and cannot be read.
    """
    if not path.is_file():
        return None
    found = read_json(path, ("datasets",), "compute the recommendations again")
    return found | {"datasets": [one | {"unit": metrics.UNITS[one["metric"]]} for one in found["datasets"]]}


def replication(parquet: Path) -> dict[str, Any]:
    """Numbers from the table that ``results.replication.write_table`` wrote.

    Accuracies are shares of 1. For a stand-in nothing of ours is given: it says nothing about the document's data.

    Raises
    ------
    DataError
        If the table cannot be read.
    """
    try:
        table = pd.read_parquet(parquet)
    except (OSError, ValueError) as error:
        raise DataError(f"{parquet} cannot be read ({error}): make it with the `replicate` target") from None
    standin = bool(table["standin"].eq(True).any())
    for column in (f"{accuracy}_{name}" for accuracy in ACCURACIES for name in ("mean", "sd", "low", "high")):
        if standin:
            table[column] = None
    return {
        "standin": standin,
        "datasets": sorted(table["dataset"].dropna().unique()),
        "confidence": CONFIDENCE,
        **{part: sorted(table[part].dropna().astype(int).unique()) for part in ("n_train", "n_test")},
        "fits": sorted(table.loc[table["fits"] > 0, "fits"].unique()),
        "rows": [row | {"lr": f"{row['lr']:.4g}"} for row in _records(table)],
        **{accuracy: _verdict(table, accuracy) for accuracy in ACCURACIES},
        "not_compared": [
            {"note": str(note), "rows": sorted(group["row"])}
            for note, group in table[table["note"] != ""].groupby("note", sort=False)
        ],
    }


def _verdict(table: pd.DataFrame, accuracy: str) -> dict[str, Any]:
    known = table[table[f"{accuracy}_inside"].notna()]
    outside = known.loc[~known[f"{accuracy}_inside"].astype(bool), "row"]
    return {"compared": len(known), "inside": len(known) - len(outside), "outside": sorted(outside)}
