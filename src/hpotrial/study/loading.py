"""From a configuration to a study: defaults filled in, and what a schema cannot say checked."""

import itertools
import posixpath
import re
from collections.abc import Mapping
from typing import Any

from hpotrial.core.configuration import DatasetConfig, DatasetSpec, Looks, Study
from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.core.validation import validated
from hpotrial.core.yaml_file import plain_values
from hpotrial.datasets import kinds
from hpotrial.study.arms import absent_module, check_fixed, resolve_arm
from hpotrial.study.written import DatasetEntry, StudyFile

# Snakemake needs a second for a thousand of them
MAX_RUNS = 100_000
MAX_PATH = 300
MAX_NAME = 100
# the repository's own folders, and those that the workflow fills with something else
NOT_FOR_RESULTS = (
    ".cache", ".ci", ".git", ".github", ".snakemake", ".venv", "benchmarks", "config", "data", "docs", "logs",
    "profiles", "report", "slurm", "src", "tests", "workflow",
)  # fmt: skip


def load_study(config: Mapping[str, Any]) -> Study:
    """Check a configuration and resolve it.

    Parameters
    ----------
    config
        The content of one configuration file, as in ``config/config.yaml``.

    Raises
    ------
    ConfigurationError
        One line: the first thing that is wrong, its place, and the nearest right word where a word is unknown.
    """
    text = validated(StudyFile, plain_values(config))
    if text.replicate and text.replicate.dataset not in text.datasets:
        name = text.replicate.dataset
        raise ConfigurationError(f"replicate.dataset: there is no dataset {name!r}; {nearest(name, text.datasets)}")
    looks = _looks(text)
    study = Study(
        name=text.name,
        results_dir=_results_dir(text.results_dir),
        standin=text.standin,
        collect=text.collect,
        workers=text.workers,
        fits=text.fits,
        seeds=tuple(range(text.seeds.first, text.seeds.first + (looks.seeds[-1] if looks else text.seeds.count or 0))),
        report=text.report.model_dump(),
        datasets=tuple(_dataset(name, entry) for name, entry in text.datasets.items()),
        replicate=text.replicate,
        claims=text.claims,
        looks=looks,
    )
    if study.n_runs > MAX_RUNS:
        raise ConfigurationError(
            f"seeds.{'looks' if looks else 'count'}: {len(study.seeds):,} seeds make {study.n_runs:,} runs, at most "
            f"{MAX_RUNS:,} can be planned; lower it, or take arms or cv-settings out"
        )
    return study


def _looks(text: StudyFile) -> Looks | None:
    """The planned looks, held against each other; None where a study has a number of seeds and looks once."""
    said, absent = text.seeds, [key for key in ("alpha", "give_up_from") if text.seeds.says(key)]
    if not said.says("looks"):
        if absent:
            raise ConfigurationError(f"seeds.{absent[0]}: belongs to looks; say `looks` too, or take it out")
        if said.count is None:
            raise ConfigurationError("seeds: the key 'count' is missing")
        return None
    if not said.says("alpha"):
        raise ConfigurationError(
            "seeds: the key 'alpha' is missing; say what each look spends, as `alpha: [0.01, 0.04]`"
        )
    for before, after in itertools.pairwise(said.looks):
        if after <= before:
            raise ConfigurationError(f"seeds.looks: must rise, and {after} does not after {before}")
    if len(said.alpha) != len(said.looks):
        raise ConfigurationError(
            f"seeds.alpha: has {len(said.alpha)} shares for {len(said.looks)} looks; give one for each"
        )
    if said.count is not None and said.looks[-1] != said.count:
        beyond = said.looks[-1] > said.count
        raise ConfigurationError(
            f"seeds.looks: the last look, at {said.looks[-1]} seeds, {'is beyond' if beyond else 'leaves some of'} the "
            f"{said.count} seeds of `count`; leave `count` out, or make the last look at all of them"
        )
    if text.claims is None:
        raise ConfigurationError(
            "seeds.looks: there are no claims to look at; name a registry (`claims: {file: ...}`), or say `count`"
        )
    given_up = said.give_up_from if said.says("give_up_from") else said.looks[min(1, len(said.looks) - 1)]
    if given_up not in said.looks:
        raise ConfigurationError(
            f"seeds.give_up_from: {given_up} is no look; there are {', '.join(map(str, said.looks))}"
        )
    return Looks(tuple(said.looks), tuple(said.alpha), given_up)


def _results_dir(said: str) -> str:
    """The folder of the results, without what means nothing (`//`, `.`)."""
    if not re.fullmatch(r"[\w./@+=-]+", said) or re.search(r"(^|/)(\.\.(/|$)|-)", said):
        raise ConfigurationError(
            f"results_dir: {said!r} must be a path without '..', of letters, digits and '_ . - @ + =' only, and no "
            "part of it may begin with '-'"
        )
    folder = posixpath.normpath(said)
    if len(said) > MAX_PATH or any(len(part) > MAX_NAME for part in folder.split("/")):
        raise ConfigurationError(f"results_dir: {said[:30]!r}... is too long for a path")
    if folder in (".", "/", "//") or folder.split("/")[0] in NOT_FOR_RESULTS:
        raise ConfigurationError(
            f"results_dir: {said!r} is where other things lie; give the study a folder of its own, such as results/mine"
        )
    return folder


def _dataset(name: str, entry: DatasetEntry) -> DatasetConfig:
    where = f"datasets.{name}"
    for key in entry.keys_of_kind:
        if key not in kinds.all_keys():
            known = [*DatasetEntry.model_fields, *kinds.all_keys()]
            raise ConfigurationError(f"{where}: unknown key {key!r}; {nearest(key, known)}")
    # without a kind, the name is one
    kind = entry.kind if entry.says("kind") else name
    source = kinds.make(name, kind, entry.keys_of_kind)
    check_fixed(where, entry.model, entry.fixed)
    missing = {arm: absent_module(where, arm, said) for arm, said in entry.arms.items()}
    left_out = {arm: reason for arm, reason in missing.items() if reason}
    arms = tuple(resolve_arm(where, arm, said, entry) for arm, said in entry.arms.items())
    kept = tuple(arm for arm in arms if arm.name not in left_out)
    if not kept:
        raise ConfigurationError(f"{where}.arms: none can run here: {'; '.join(left_out.values())}")
    return DatasetConfig(
        spec=DatasetSpec(name, kind, source.keys()),
        test_size=entry.test_size,
        audit_size=entry.audit_size,
        holdout_size=entry.holdout_size,
        train_rows=entry.train_rows,
        arms=kept,
        left_out=left_out,
    )
