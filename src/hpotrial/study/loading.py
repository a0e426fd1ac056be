"""From a configuration to a study: defaults filled in, and what a schema cannot say checked."""

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from hpotrial.core.configuration import ClaimsFile, DatasetConfig, Replication, Study
from hpotrial.core.dataset_spec import DatasetSpec
from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.core.plain_values import plain_values
from hpotrial.core.schema import check_schema
from hpotrial.datasets import kinds
from hpotrial.study.arms import absent_module, check_fixed, resolve_arm

# Snakemake needs a second for a thousand of them
MOST_RUNS = 100_000
LONGEST_PATH = 300
LONGEST_NAME = 100
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
    config = plain_values(config)
    check_schema(config)
    first, count = config["seeds"].get("first", 0), config["seeds"]["count"]
    study = Study(
        name=config["name"],
        results_dir=_results_dir(config.get("results_dir", "results")),
        standin=config.get("standin", "allow"),
        collect=config.get("collect", "all"),
        seeds=tuple(range(first, first + count)),
        report={"language": "en", **config.get("report", {})},
        datasets=tuple(_dataset(name, text) for name, text in config["datasets"].items()),
        replicate=_replication(config.get("replicate"), config["datasets"]),
        claims=_claims(config.get("claims")),
    )
    if study.n_runs > MOST_RUNS:
        raise ConfigurationError(
            f"seeds.count: {count:,} seeds make {study.n_runs:,} runs, at most {MOST_RUNS:,} can be planned; "
            "lower it, or take arms or cv-settings out"
        )
    return study


def _results_dir(said: str) -> str:
    """The folder of the results, without what means nothing (`//`, `.`)."""
    if not re.fullmatch(r"[\w./@+=-]+", said) or re.search(r"(^|/)(\.\.(/|$)|-)", said):
        raise ConfigurationError(
            f"results_dir: {said!r} must be a path without '..', of letters, digits and '_ . - @ + =' only, and no "
            "part of it may begin with '-'"
        )
    folder = posixpath.normpath(said)
    if len(said) > LONGEST_PATH or any(len(part) > LONGEST_NAME for part in folder.split("/")):
        raise ConfigurationError(f"results_dir: {said[:30]!r}... is too long for a path")
    if folder in (".", "/", "//") or folder.split("/")[0] in NOT_FOR_RESULTS:
        raise ConfigurationError(
            f"results_dir: {said!r} is where other things lie; give the study a folder of its own, such as results/mine"
        )
    return folder


def _claims(text: Mapping[str, Any] | None) -> ClaimsFile | None:
    return None if text is None else ClaimsFile(text["file"], text.get("absent", "error"))


def _replication(text: Mapping[str, Any] | None, datasets: Mapping[str, Any]) -> Replication | None:
    if text is None:
        return None
    name = text["dataset"]
    if name not in datasets:
        raise ConfigurationError(f"replicate.dataset: there is no dataset {name!r}; {nearest(name, datasets)}")
    return Replication(text["file"], name, text.get("seeds", 10))


def _dataset(name: str, text: Mapping[str, Any]) -> DatasetConfig:
    where = f"datasets.{name}"
    # without a kind, the name is one
    kind = text.get("kind", name)
    source = kinds.make(name, kind, {key: text[key] for key in kinds.all_keys() if key in text})
    check_fixed(where, text["model"], text.get("fixed", {}))
    missing = {arm: absent_module(where, arm, arm_text) for arm, arm_text in text["arms"].items()}
    left_out = {arm: reason for arm, reason in missing.items() if reason}
    arms = tuple(resolve_arm(where, arm, arm_text, text) for arm, arm_text in text["arms"].items())
    kept = tuple(arm for arm in arms if arm.name not in left_out)
    if not kept:
        raise ConfigurationError(f"{where}.arms: none can run here: {'; '.join(left_out.values())}")
    return DatasetConfig(
        spec=DatasetSpec(name, kind, source.keys()),
        test_size=text.get("test_size", 0.2),
        audit_size=text.get("audit_size", 0.2),
        holdout_size=text.get("holdout_size", 0.2),
        train_rows=text.get("train_rows"),
        arms=kept,
        left_out=left_out,
    )
