"""What a study is made of: datasets, arms and runs, as plain frozen values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from hpotrial.core.dataset_spec import DatasetSpec
from hpotrial.core.errors import ConfigurationError

Part = TypeVar("Part", "Arm", "DatasetConfig")


@dataclass(frozen=True)
class Run:
    """One arm, one cv-setting, one seed, on one dataset: one job of the workflow."""

    dataset: str
    arm: str
    cv: str
    seed: int

    @property
    def id(self) -> str:
        """The run's name, which is also its folder below ``runs/``."""
        return f"{self.dataset}/{self.arm}/{self.cv}/seed{self.seed}"


@dataclass(frozen=True)
class Arm:
    """A method with its options, its space and its training resolved: all that a run depends on but cv and seed.

    Attributes
    ----------
    metric
        What the search maximises.
    epoch_budget
        Epochs that its trials may use in all, over all folds; None: no limit.
    train_share
        Share of the rows that each fit of the search would train on, which it is given; 1: all. A refit has all.
    most_seeds
        Runs are made with the first so many of the study's seeds; None: with all.
    plan_only
        Whether it is priced in the plan, and never run.
    """

    name: str
    method: str
    cv: tuple[str, ...]
    options: Mapping[str, Any]
    model: str
    fixed: Mapping[str, Any]
    space: Mapping[str, Any]
    training: Mapping[str, Any]
    metric: str
    epoch_budget: int | None
    train_share: float
    most_seeds: int | None
    refit: bool
    plan_only: bool


@dataclass(frozen=True)
class DatasetConfig:
    """One dataset of a study: where it comes from, how it is split, and its arms.

    ``left_out`` names the arms that cannot run here and said that they need not, each with the reason.
    """

    spec: DatasetSpec
    test_size: float
    audit_size: float
    holdout_size: float
    train_rows: int | None
    arms: tuple[Arm, ...]
    left_out: Mapping[str, str]

    @property
    def name(self) -> str:
        """The dataset's name in every path and table."""
        return self.spec.name

    @property
    def most_folds(self) -> int:
        """The largest number of folds of any arm (`holdout` is two parts, `test` is one): so many training rows of each
        class are needed."""
        parts = {"holdout": 2, "test": 1}
        return max([1, *(parts.get(cv) or int(cv[2:]) for arm in self.arms for cv in arm.cv)])

    def arm(self, name: str) -> Arm:
        """The arm called ``name``; ConfigurationError if there is none."""
        return _named(self.arms, name, f"datasets.{self.name}.arms")


@dataclass(frozen=True)
class Replication:
    """Documented configurations to train one by one: their file, the dataset, and the number of seeds."""

    file: str
    dataset: str
    seeds: int


@dataclass(frozen=True)
class ClaimsFile:
    """The registry of claims that a study is judged by; ``absent``: what to do with a claim that it cannot judge."""

    file: str
    absent: str


@dataclass(frozen=True)
class Study:
    """A whole study, as one configuration file describes it."""

    name: str
    results_dir: str
    standin: str
    collect: str
    seeds: tuple[int, ...]
    report: Mapping[str, Any]
    datasets: tuple[DatasetConfig, ...]
    replicate: Replication | None
    claims: ClaimsFile | None

    def dataset(self, name: str) -> DatasetConfig:
        """The dataset called ``name``; ConfigurationError if there is none."""
        return _named(self.datasets, name, "datasets")

    @property
    def n_runs(self) -> int:
        """The number of ``runs()``, counted without making them."""
        arms = [arm for dataset in self.datasets for arm in dataset.arms if not arm.plan_only]
        return sum(len(self.seeds_of(arm)) * len(arm.cv) for arm in arms)

    def seeds_of(self, arm: Arm) -> tuple[int, ...]:
        """The seeds that an arm runs with: the study's, or the first of them."""
        return self.seeds[: arm.most_seeds]

    def runs(self) -> list[Run]:
        """Every run of the study, in the order of the configuration, seeds last; none of arms that are only planned."""
        return [
            Run(dataset.name, arm.name, cv, seed)
            for dataset in self.datasets
            for arm in dataset.arms
            if not arm.plan_only
            for cv in arm.cv
            for seed in self.seeds_of(arm)
        ]

    def to_dict(self) -> dict[str, Any]:
        """The resolved study as plain values, for ``study.json``."""
        return asdict(self)


def _named(parts: tuple[Part, ...], name: str, where: str) -> Part:
    for part in parts:
        if part.name == name:
            return part
    raise ConfigurationError(f"{where}: there is no {name!r}; there are {', '.join(part.name for part in parts)}")
