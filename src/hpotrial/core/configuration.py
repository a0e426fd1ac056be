"""What a study is made of: datasets, arms and runs, as plain frozen values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Ge, Gt, Le, MinLen

from hpotrial.core import paths
from hpotrial.core.cv_setting import CvSetting
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.files import jsonable
from hpotrial.core.metrics import ACCURACY
from hpotrial.core.validation import Real, Whole

Part = TypeVar("Part", "StudyArm", "DatasetConfig")
# of a part that stands in a file as it does here: no other key
AS_WRITTEN = {"extra": "forbid"}


@dataclass(frozen=True)
class Run:
    """One arm, one cv-setting, one seed, on one dataset: one job of the workflow."""

    dataset: str
    arm: str
    cv: CvSetting
    seed: int

    @property
    def cell(self) -> str:
        """What it shares with the runs of the other seeds: ``dataset/arm/cv``."""
        return f"{self.dataset}/{self.arm}/{self.cv}"

    @property
    def id(self) -> str:
        """The run's name, which is also its folder below ``runs/``."""
        return paths.run_id(vars(self))


@dataclass(frozen=True)
class EarlyStopping:
    """A fit ends after ``patience`` epochs without a better one."""

    __pydantic_config__ = AS_WRITTEN

    patience: Annotated[Whole, Ge(0)]


@dataclass(frozen=True)
class Training:
    """How networks are fitted.

    Attributes
    ----------
    engine : {"compiled", "stock"}
        The compiled engine, or Keras's own loop.
    early_stopping : EarlyStopping or None
        When a fit that scores rows after each epoch ends early; None: never.
    checkpoint : {"last", "best"}
        Whose epoch's weights a fit leaves.
    fit_seconds : float or None
        Seconds after which a fit counts as failed; None: no limit.
    """

    __pydantic_config__ = AS_WRITTEN

    engine: Literal["compiled", "stock"] = "compiled"
    early_stopping: EarlyStopping | None = None
    checkpoint: Literal["last", "best"] = "last"
    fit_seconds: Annotated[Real, Gt(0)] | None = None

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> "Training":
        """The training of a ``training`` section, or of one that ``asdict`` made."""
        stopping = said.get("early_stopping")
        return cls(**{**said, "early_stopping": EarlyStopping(**stopping) if stopping else None})


@dataclass(frozen=True)
class Arm:
    """A method with its options, its space and its training resolved: all that a run depends on but cv and seed.

    Attributes
    ----------
    name, method : str
        The arm's name in every path and table; its method.
    options : Mapping
        The method's options.
    model : str
        What is tuned.
    fixed, space : Mapping
        Hyperparameters that are not searched, and the search space's configuration.
    training : Training
        How networks are fitted.
    metric : str
        What the search maximises.
    epoch_budget : int or None
        Epochs that its trials may use in all, over all folds; None: no limit.
    train_share : float
        Share of the rows that each fit of the search would train on, which it is given; 1: all. A refit has all.
    refit : bool
        Whether the selection is fitted anew on all training rows before it is scored.
    refits : int
        How many such fits are made, each from a seed of its own; what they score is averaged.
    repeats : int
        How many searches a run makes, each from a seed of its own; what they come to is averaged.

    Examples
    --------
    >>> arm = Arm("loop", "grid_loop", {}, "mlp", {"epochs": 3}, {"neurons": {"choice": [4, 8]}})
    >>> Arm.from_dict(arm.to_dict()) == arm
    True
    """

    name: str
    method: str
    options: Mapping[str, Any]
    model: str
    fixed: Mapping[str, Any]
    space: Mapping[str, Any]
    training: Training = Training()
    metric: str = ACCURACY
    epoch_budget: int | None = None
    train_share: float = 1
    refit: bool = False
    refits: int = 1
    repeats: int = 1

    def to_dict(self) -> dict[str, Any]:
        """These fields, and no field of ``StudyArm``, as values that JSON has."""
        plain = asdict(self)
        return {field.name: plain[field.name] for field in fields(Arm)}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> "Arm":
        """The arm that ``to_dict`` was made of."""
        return cls(**{**said, "training": Training.from_dict(said["training"])})


@dataclass(frozen=True, kw_only=True)
class StudyArm(Arm):
    """An arm with the runs that a study makes of it, on which no single run depends.

    Attributes
    ----------
    cv : tuple of CvSetting
        The cv-settings it runs on.
    most_seeds : int or None
        Runs are made with the first so many of the study's seeds; None: with all.
    plan_only : bool
        Whether it is priced in the plan, and never run.
    ablation : bool
        Whether it is there to explain another arm: nobody would run it, and it is not recommended.
    """

    cv: tuple[CvSetting, ...]
    most_seeds: int | None = None
    plan_only: bool = False
    ablation: bool = False


@dataclass(frozen=True)
class DatasetSpec:
    """Where a dataset comes from: its name, its kind and the keys of that kind, as `datasets.kinds.make` takes them."""

    name: str
    kind: str
    keys: Mapping[str, Any]


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
    arms: tuple[StudyArm, ...]
    left_out: Mapping[str, str]

    @property
    def name(self) -> str:
        """The dataset's name in every path and table."""
        return self.spec.name

    @property
    def most_folds(self) -> int:
        """The largest number of parts that any arm divides its training rows into: so many of each class are needed."""
        return max(cv.parts for arm in self.arms for cv in arm.cv)

    def arm(self, name: str) -> StudyArm:
        """The arm called ``name``; ConfigurationError if there is none."""
        return _named(self.arms, name, f"datasets.{self.name}.arms")


@dataclass(frozen=True)
class Replication:
    """Documented configurations to train one by one: their file, the dataset, and the number of seeds."""

    __pydantic_config__ = AS_WRITTEN

    file: Annotated[str, MinLen(1)]
    dataset: str
    seeds: Annotated[Whole, Ge(2), Le(1000)] = 10


@dataclass(frozen=True)
class ClaimsFile:
    """The registry of claims that a study is judged by; ``absent``: what to do with a claim that it cannot judge."""

    __pydantic_config__ = AS_WRITTEN

    file: Annotated[str, MinLen(1)]
    absent: Literal["error", "leave_out"] = "error"


@dataclass(frozen=True)
class Looks:
    """Interim analyses, planned before the first.

    Attributes
    ----------
    seeds : tuple of int
        How many seeds a claim that is still open has at each look; rising.
    alpha : tuple of float
        What each look spends of the registry's ``alpha``, to which they add up.
    give_up_from : int
        From the look at so many seeds on, a claim that the last look would hardly decide is given up.
    """

    seeds: tuple[int, ...]
    alpha: tuple[float, ...]
    give_up_from: int


@dataclass(frozen=True)
class Study:
    """A whole study, as one configuration file describes it; ``seeds`` are those of its last look, if it has looks."""

    name: str
    results_dir: str
    standin: str
    collect: str
    workers: str
    fits: str
    seeds: tuple[int, ...]
    report: Mapping[str, Any]
    datasets: tuple[DatasetConfig, ...]
    replicate: Replication | None
    claims: ClaimsFile | None
    looks: Looks | None = None

    def dataset(self, name: str) -> DatasetConfig:
        """The dataset called ``name``; ConfigurationError if there is none."""
        return _named(self.datasets, name, "datasets")

    @property
    def n_runs(self) -> int:
        """The number of ``runs()``, counted without making them."""
        arms = [arm for dataset in self.datasets for arm in dataset.arms if not arm.plan_only]
        return sum(len(self.seeds_of(arm)) * len(arm.cv) for arm in arms)

    def seeds_of(self, arm: StudyArm) -> tuple[int, ...]:
        """The seeds that an arm runs with: the study's, or the first of them."""
        return self.seeds[: arm.most_seeds]

    def seeds_asked(self, look: Mapping[str, Any] | None = None) -> dict[str, int]:
        """How many of the study's seeds each cell runs with after a look, as its file has it, or before the first."""
        if look is not None:
            return {**look["asked"], **look["next"]}
        most = self.looks.seeds[0] if self.looks else None
        return {
            f"{dataset.name}/{arm.name}/{cv}": len(self.seeds_of(arm)[:most])
            for dataset in self.datasets
            for arm in dataset.arms
            if not arm.plan_only
            for cv in arm.cv
        }

    @property
    def schedule(self) -> dict[str, Any] | None:
        """When the study looks and what each look spends, as plain values; None if it looks once."""
        return {"first": self.seeds[0], **dict(jsonable(asdict(self.looks)))} if self.looks else None

    def runs(self) -> list[Run]:
        """Every run that the study may make, in the order of the configuration, seeds last; none of planned arms."""
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
