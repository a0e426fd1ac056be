"""What a study's file may say: every key with its type, its bounds and its default, described here and nowhere else.

What is held to be one thing wherever it stands (a way of training, the registry's place) is described with the values
that a study is made of, in ``hpotrial.core.configuration``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from hpotrial.core import metrics
from hpotrial.core.configuration import ClaimsFile, Replication, Training
from hpotrial.core.errors import nearest

# the default of a key that has none, and that may not be said to be null
ABSENT: Any = None


def wrong(line: str) -> PydanticCustomError:
    """An error whose line is said by the one who found it."""
    return PydanticCustomError("wrong", "{line}", {"line": line})


def _each_once(items: list[Any]) -> list[Any]:
    if any(item in items[:number] for number, item in enumerate(items)):
        raise wrong(f"lists something twice: {items!r}")
    return items


def _known_metric(name: str) -> str:
    if name not in metrics.NAMES:
        raise wrong(f"unknown value {name!r}; {nearest(name, metrics.NAMES)}")
    return name


@dataclass(frozen=True)
class AsWritten:
    """Checked by a description, and then taken as it was written."""

    description: Any

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        described = handler.generate_schema(self.description)
        return core_schema.no_info_wrap_validator_function(lambda value, check: (check(value), value)[1], described)


EachOnce = Annotated[list[str], MinLen(1), AfterValidator(_each_once), Field(json_schema_extra={"uniqueItems": True})]
Name = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9](?!.*\.\.)[A-Za-z0-9_.-]*(?!\n)$")]
Text = Annotated[str, MinLen(1)]
Positive = Annotated[float, Gt(0)]
Share = Annotated[float, Gt(0), Lt(1)]
Metric = Annotated[str, AfterValidator(_known_metric), Field(json_schema_extra={"enum": list(metrics.NAMES)})]


class Entry(BaseModel):
    """A mapping of a file: no key that is not described, and no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, regex_engine="python-re")

    def says(self, key: str) -> bool:
        """Whether the file says this key."""
        return key in self.model_fields_set


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

    fixed: dict[str, Any] = {}
    training: Annotated[dict[str, Any], AsWritten(Training)] = Field(default_factory=dict)
    metric: Metric = metrics.ACCURACY
    budget: Budget | None = None
    seeds: Annotated[int, Ge(1)] | None = Field(None, description="The first so many of the study's seeds.")


class ArmEntry(Shared, extra="allow"):
    """What is not described here is an option of the method, checked against its file."""

    cv: EachOnce
    method: str = ABSENT
    model: str = ABSENT
    space: Space = ABSENT
    train_share: Annotated[float, Gt(0), Le(1)] = 1
    optional: bool = False
    plan_only: bool = False
    refit: bool = False

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
    audit_size: Share = 0.2
    test_size: Share = 0.2
    holdout_size: Share = 0.2
    train_rows: Annotated[int, Ge(2)] | None = None

    @property
    def keys_of_kind(self) -> dict[str, Any]:
        """The keys of the dataset's kind."""
        return self.model_extra or {}


class Seeds(Entry):
    """``count`` seeds from ``first`` on."""

    count: Annotated[int, Ge(1), Le(10_000)]
    first: Annotated[int, Ge(0), Le(2**31 - 1)] = 0


class ReportEntry(Entry):
    """How the report is written."""

    language: Literal["en", "es"] = "en"


class StudyFile(Entry):
    """One YAML file in config/ is one whole study; config/README.md explains every key."""

    name: Name
    seeds: Seeds
    datasets: Annotated[dict[Name, DatasetEntry], MinLen(1)]
    results_dir: Text = "results"
    standin: Literal["allow", "never"] = "allow"
    collect: Literal["all", "available"] = "all"
    report: ReportEntry = ReportEntry()
    replicate: Replication | None = None
    claims: ClaimsFile | None = None
