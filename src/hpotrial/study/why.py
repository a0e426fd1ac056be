"""Why a run is made again: what of its settings, its code and its data has changed since it was made."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hpotrial.core import paths, provenance
from hpotrial.core.configuration import Arm, DatasetConfig, Run, Study
from hpotrial.core.errors import ConfigurationError, DataError, nearest
from hpotrial.core.files import read_json
from hpotrial.datasets import fetching, kinds, preparing
from hpotrial.datasets.raw import read_receipt


def why(study: Study, run_id: str, root: Path = Path()) -> list[str]:
    """Name what has changed since a run was made.

    Parameters
    ----------
    study : Study
        The study as it is now.
    run_id : str
        The run, as ``dataset/arm/cv/seedN``.
    root : Path
        The folder that the workflow runs in.

    Returns
    -------
    list of str
        A line for each setting, file of the library, dataset, split and package that is not what it was; one line where
        there is nothing to name, or where the run has not been made. Edits of what makes the splits show as soon as
        those are made again.

    Raises
    ------
    ConfigurationError
        If the study has no such run; names the nearest.
    DataError
        If the run's outcome cannot be read.

    Examples
    --------
    >>> why(load_study("config/config.yaml"), "telecust/grid_loop/test/seed0")  # doctest: +SKIP
    ['file training/callbacks.py has changed']
    """
    runs = {run.id: run for run in study.runs()}
    if run_id not in runs:
        raise ConfigurationError(f"the study {study.name} has no run {run_id!r}; {nearest(run_id, runs, _FORM)}")
    run, at = runs[run_id], paths.StudyPaths(str(root / study.results_dir))
    outcome = Path(at.outcome.format(**vars(run)))
    if not outcome.exists():
        return [f"{run.id} has not been made: there is no {outcome}"]
    made = read_json(outcome, ("settings", "code_fingerprint", "data_sha256", "split_sha256", "versions"))
    if not all(isinstance(made[name], Mapping) for name in ("settings", "versions")):
        raise DataError(f"{outcome} is no record of a run: delete it and run the workflow again")
    config = study.dataset(run.dataset)
    arm = config.arm(run.arm)
    lines = [
        *_changed("setting", made["settings"], arm.to_dict() | {"holdout_size": config.holdout_size}),
        *_replanned(config, Path(at.study)),
        *_edited(arm, made["code_fingerprint"], Path(at.provenance)),
        *_reread(config, root),
        *_remade(run, made, root),
        *_changed("version of", made["versions"], provenance.installed(set(made["versions"]) - {"python"})),
    ]
    return lines or [f"nothing has changed since {run.id} was made"]


_FORM = "name it as dataset/arm/cv/seedN"


def _changed(what: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """A line for each key whose value is another, those of nested mappings by their path."""
    was, is_now = dict(_flat(before)), dict(_flat(json.loads(json.dumps(now))))
    for name in dict.fromkeys([*was, *is_now]):
        then, here = (json.dumps(values[name]) if name in values else "absent" for values in (was, is_now))
        if then != here:
            yield f"{what} {name}: {then} then, {here} now"


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _replanned(config: DatasetConfig, study_json: Path) -> Iterator[str]:
    """What the configuration says otherwise of the dataset than when the study was last planned."""
    if study_json.exists():
        try:
            planned = {one["spec"]["name"]: one for one in read_json(study_json, ("datasets",))["datasets"]}
        except (KeyError, TypeError):
            raise DataError(f"{study_json} is no study: delete it and run the workflow again") from None
        now = asdict(config)
        names = ("spec", "test_size", "audit_size", "train_rows")
        before, after = ({name: one.get(name) for name in names} for one in (planned.get(config.name, now), now))
        yield from _changed(f"setting of {config.name}", before, after)


def _edited(arm: Arm, fingerprint: str, records: Path) -> Iterator[str]:
    """The files whose code is not what it was."""
    now = provenance.digests(*provenance.of_search(arm.method, arm.model))
    if provenance.fingerprint_of(now) == fingerprint:
        return
    record = records / f"{fingerprint}.json"
    if not record.exists():
        yield f"its code has changed; {record}, which would tell the files, is not there"
        return
    before = read_json(record)
    for file in sorted({*before, *now}):
        if file not in before:
            yield f"file {file} is new to it"
        elif file not in now:
            yield f"file {file} is no longer part of it"
        elif before[file] != now[file]:
            yield f"file {file} has changed"


def _reread(config: DatasetConfig, root: Path) -> Iterator[str]:
    """The user's own files that have changed, and data that their raw files are now read as other than."""
    kind = kinds.make(**vars(config.spec))
    meta, raw = root / paths.DATA_JSON.format(dataset=config.name), root / paths.RAW
    with contextlib.suppress(DataError):
        fetched = {copy.name: copy.sha256 for copy in read_receipt(kind.name, kind.kind(), raw).files}
        now = dict(fetching.wanted(kind))
        own = [file.name for file in kind.raw_files() if file.own and now[file.name] != fetched.get(file.name)]
        yield from (f"file {name} has changed" for name in own)
        if not own and preparing.content(kind, raw, meta) != read_json(meta).get("content", ""):
            yield f"the raw files of {config.name} now read as other data than {meta.with_suffix('.npz')}"


def _remade(run: Run, made: Mapping[str, Any], root: Path) -> Iterator[str]:
    """The dataset and the split, where their content is not what it was."""
    meta, split = (root / path.format(**vars(run)) for path in (paths.DATA_JSON, paths.SPLIT))
    if meta.exists() and read_json(meta, ("sha256",))["sha256"] != made["data_sha256"]:
        yield f"the data in {meta.with_suffix('.npz')} are others"
    if split.exists() and provenance.checksum(split) != made["split_sha256"]:
        yield f"the split in {split} is another"
