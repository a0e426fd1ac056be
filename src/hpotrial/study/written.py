"""What a study's file and a registry of claims may say: every key, its type, its bounds and its default.

What is one thing wherever it stands (a way of training) is described in ``hpotrial.core.configuration``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import Discriminator, Field, Tag

from hpotrial.core import metrics
from hpotrial.core.claims import ALPHA, AUDITED, DOCUMENTED, KINDS, MARGINS, POWER, SCORES
from hpotrial.core.configuration import ClaimsFile, Replication, Training
from hpotrial.core.words import ENGLISH
from hpotrial.datasets.splits import AUDIT_SIZE, TEST_SIZE
from hpotrial.study.entries import (
    ABSENT,
    AsWritten,
    EachOnce,
    Either,
    Entry,
    Language,
    Metric,
    Name,
    OneOf,
    Positive,
    Share,
    Text,
    Words,
)


class WholeRange(Entry):
    """Whole numbers from ``low`` to ``high``."""

    low: int
    high: int
    step: Annotated[int, Ge(1)] = ABSENT
    log: bool = False


class RealRange(Entry):
    """Numbers from ``low`` to ``high``."""

    low: float
    high: float
    step: Positive = ABSENT
    log: bool = False


class Domain(Entry):
    """Exactly one of three, and perhaps the condition under which it is searched."""

    choice: Annotated[list[Any], MinLen(1)] = ABSENT
    int: WholeRange = ABSENT
    float: RealRange = ABSENT
    when: Annotated[dict[str, Any], MinLen(1), MaxLen(1)] = ABSENT


Space = Annotated[dict[str, Any], AsWritten(Annotated[dict[str, Domain], MinLen(1)])]


class Budget(Entry):
    """Training epochs that the trials of an arm may use in all."""

    epochs: Annotated[int, Ge(1)]


class Shared(Entry):
    """What an arm takes from its dataset, unless it says the key itself."""

    fixed: dict[str, Any] = Field(default_factory=dict)
    training: Annotated[dict[str, Any], AsWritten(Training)] = Field(default_factory=dict)
    metric: Metric = metrics.ACCURACY
    budget: Budget | None = None
    seeds: Annotated[int, Ge(1)] | None = Field(None, description="The first so many of the study's seeds.")
    refits: Annotated[int, Ge(1), Le(100)] = Field(1, description="Fits of the selection, averaged.")


class ArmEntry(Shared, extra="allow"):
    """What is not described here is an option of the method, checked against its file."""

    cv: EachOnce
    method: str = ABSENT
    model: str = ABSENT
    space: Space = ABSENT
    train_share: Annotated[float, Gt(0), Le(1)] = 1
    optional: bool = False
    plan_only: bool = False
    ablation: bool = Field(False, description="There to explain another arm, and not recommended to anybody.")
    refit: bool = False
    repeats: Annotated[int, Ge(1), Le(1000)] = Field(1, description="Searches of a run, averaged.")

    @property
    def options(self) -> dict[str, Any]:
        """The method's options."""
        return self.model_extra or {}

    def taken(self, key: str, dataset: DatasetEntry) -> Any:
        """What the arm says, or else its dataset."""
        return getattr(self if self.says(key) else dataset, key)


class DatasetEntry(Shared, extra="allow"):
    """What is not described here is a key of the dataset's kind, checked against its file."""

    model: str
    space: Space
    arms: Annotated[dict[Name, ArmEntry], MinLen(1)]
    kind: str = ABSENT
    audit_size: Share = AUDIT_SIZE
    test_size: Share = TEST_SIZE
    holdout_size: Share = 0.2
    train_rows: Annotated[int, Ge(2)] | None = None

    @property
    def keys_of_kind(self) -> dict[str, Any]:
        """The keys of the dataset's kind."""
        return self.model_extra or {}


NumberOfSeeds = Annotated[int, Ge(1), Le(10_000)]


class Seeds(Entry):
    """``count`` seeds from ``first`` on, or as many as the last of ``looks``, each of which spends its ``alpha``."""

    count: NumberOfSeeds | None = None
    first: Annotated[int, Ge(0), Le(2**31 - 1)] = 0
    looks: Annotated[list[Annotated[int, Ge(2), Le(10_000)]], MinLen(1)] = ABSENT
    alpha: Annotated[list[Share], MinLen(1)] = ABSENT
    give_up_from: Annotated[int, Ge(2)] = Field(ABSENT, description="The look from which hopeless claims are given up.")


class ReportEntry(Entry):
    """How the report is written."""

    language: Language = ENGLISH


class StudyFile(Entry):
    """One YAML file in config/ is one whole study; config/README.md explains every key."""

    name: Name
    seeds: Seeds
    datasets: Annotated[dict[Name, DatasetEntry], MinLen(1)]
    results_dir: Text = "results"
    standin: Literal["allow", "never"] = "allow"
    collect: Literal["all", "available"] = "all"
    workers: Literal["shared", "none"] = "shared"
    fits: Literal["shared", "own"] = "shared"
    report: ReportEntry = ReportEntry()
    replicate: Replication | None = None
    claims: ClaimsFile | None = None


class ClaimEntry(Entry):
    """What every claim says beside what its kind needs."""

    sources: EachOnce
    statement: Words
    kind: Annotated[str, OneOf(KINDS)]
    primary: bool = True
    by_design: bool = False
    ours: bool = False
    contradicts: EachOnce = Field(default_factory=list)
    note: Words = ABSENT


Cell = Annotated[str, MinLen(1), Field(description="dataset/arm/cv-setting")]
Rivals = Annotated[Any, Either(Cell, EachOnce, list)]
ScoreName = Annotated[str, OneOf(SCORES)]
Quantity = Literal["trials", "fits", "epochs", "examples", "space_size", "seconds"]
BoundName = Literal["at_least", "at_most", "equal"]


class ScoreOfEach(Entry):
    """One score of each cell."""

    a: ScoreName
    b: ScoreName


Score = Annotated[Any, Either(ScoreName, ScoreOfEach, dict)]
Scores = Annotated[dict[Annotated[str, OneOf((DOCUMENTED, AUDITED))], Score], MinLen(1)]


class CountOfAnother(Entry):
    """A quantity of another cell, perhaps several times."""

    quantity: Quantity
    of: Cell
    times: Positive = ABSENT


class Superiority(ClaimEntry):
    """A cell is better than each of its rivals."""

    a: Cell
    b: Rivals
    scores: Scores
    metric: Text = ABSENT
    margin: Positive = ABSENT


class Equivalence(ClaimEntry):
    """Two cells differ by less than the margin."""

    a: Cell
    b: Cell
    scores: Scores
    metric: Text = ABSENT
    margin: Positive = ABSENT
    sides: Literal["both", "upper"] = ABSENT


class Ratio(ClaimEntry):
    """What one cell costs, as a multiple of what its rivals cost."""

    a: Cell
    b: Rivals
    cost: Literal[
        "epochs", "examples", "fits", "trials", "wall_seconds", "cpu_seconds", "search_seconds", "trials_to_level"
    ]
    expected: Annotated[dict[BoundName, Positive], MinLen(1), MaxLen(1)]
    margin: Positive = ABSENT


class Count(ClaimEntry):
    """How many of something a cell's runs have."""

    quantity: Quantity
    of: Cell
    expected: Annotated[dict[BoundName, Annotated[Any, Either(float, CountOfAnother, dict)]], MinLen(1), MaxLen(1)]
    tolerance: Annotated[float, Ge(0), Lt(1)] = ABSENT


class Replicated(Entry):
    """Rows of the table of documented configurations."""

    source: Text
    method: Text = ABSENT
    rows: Annotated[int, Ge(1), Le(10_000)] = Field(ABSENT, description="How many rows a verdict takes, at least.")


class ReplicationInterval(ClaimEntry):
    """The printed accuracies lie where new runs may be expected."""

    replication: Replicated
    margin: Positive = ABSENT


class ScoreInterval(ClaimEntry):
    """A printed score lies where new runs may be expected."""

    of: Cell
    score: ScoreName
    value: float
    margin: Positive = ABSENT
    independent_draws: bool = Field(False, description="Whether a run's trials are drawn independently of each other.")


class GridSize(Entry):
    """So many hyperparameters of so many values each."""

    hyperparameters: Annotated[int, Ge(1), Le(100)]
    values: Annotated[int, Ge(1), Le(10_000)]


class GridFact(Entry):
    """How many combinations a grid has."""

    grid_size: GridSize
    expected: Annotated[int, Ge(1)]
    growth: bool = ABSENT


class Importance(Entry):
    """The weight of the most important hyperparameter of a cell, in equal shares."""

    of: Cell
    at_least: Positive


class ImportanceFact(Entry):
    """One hyperparameter matters more than the others."""

    importance: Importance


class SearchedFact(Entry):
    """Whether an arm searches certain hyperparameters."""

    searched: EachOnce
    of: Cell
    expected: bool


def _fact(value: Any) -> str:
    said = value if isinstance(value, dict) else {}
    return next((f"by {key}" for key in ("grid_size", "importance") if key in said), "by searched")


class Fact(ClaimEntry):
    """Something that follows from the study as it was asked, or from the importance of its hyperparameters."""

    fact: Annotated[
        Annotated[GridFact, Tag("by grid_size")]
        | Annotated[ImportanceFact, Tag("by importance")]
        | Annotated[SearchedFact, Tag("by searched")],
        Discriminator(_fact),
    ]


class UnknownClaim(ClaimEntry, extra="allow"):
    """A claim of no kind, whose other keys may be right."""


class Margins(Entry):
    """The differences below which nobody would care."""

    score: Positive = MARGINS["score"]
    cost: Positive = MARGINS["cost"]


ClaimId = Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9_]+(?!\n)$")]


class RegistryFile(Entry):
    """What documents conclude, as hypotheses that can fail; docs/claims.md explains every key."""

    claims: Annotated[dict[ClaimId, dict[str, Any]], MinLen(1)]
    alpha: Share = ALPHA
    power: Share = POWER
    margins: Margins = Margins()


def description_of_claim(said: Mapping[str, Any]) -> type[ClaimEntry]:
    """What a claim is described by: its kind, and of an interval what it is of."""
    kinds: dict[Any, type[ClaimEntry]] = {
        "superiority": Superiority,
        "equivalence": Equivalence,
        "ratio": Ratio,
        "count": Count,
        "interval": ReplicationInterval if "replication" in said else ScoreInterval,
        "fact": Fact,
    }
    kind = said.get("kind")
    return kinds.get(kind, UnknownClaim) if isinstance(kind, str) else UnknownClaim
