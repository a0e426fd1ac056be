"""What entries of a study's file and of a registry have in common: kinds of values, and a mapping without surprises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Gt, Lt, MinLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from hpotrial.core import metrics
from hpotrial.core.words import ENGLISH, languages

# the default of a key that has none, and that may not be said to be null
ABSENT: Any = None


def _each_once(items: list[Any]) -> list[Any]:
    if any(item in items[:number] for number, item in enumerate(items)):
        raise PydanticCustomError("twice", "lists something twice: {items}", {"items": repr(items)})
    return items


@dataclass(frozen=True)
class OneOf:
    """One of some words that are said elsewhere."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(self.words))


@dataclass(frozen=True)
class Either:
    """Described by ``other`` where it is a ``kind``, else by ``plain``."""

    plain: Any
    other: Any
    kind: type

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.tagged_union_schema(
            {"if plain": handler.generate_schema(self.plain), "if other": handler.generate_schema(self.other)},
            discriminator=lambda value: "if other" if isinstance(value, self.kind) else "if plain",
        )


@dataclass(frozen=True)
class AsWritten:
    """Checked by a description, and then taken as it was written."""

    description: Any

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        described = handler.generate_schema(self.description)
        return core_schema.no_info_wrap_validator_function(lambda value, check: (check(value), value)[1], described)


def _in_english(texts: dict[str, str]) -> dict[str, str]:
    if ENGLISH not in texts:
        raise PydanticCustomError("no_english", "the key 'en' is missing: what a language lacks is said in English")
    return texts


Text = Annotated[str, MinLen(1)]
Language = Annotated[str, OneOf(tuple(languages()))]
Words = Annotated[dict[Language, Text], AfterValidator(_in_english), Field(json_schema_extra={"required": [ENGLISH]})]
EachOnce = Annotated[list[Text], MinLen(1), AfterValidator(_each_once), Field(json_schema_extra={"uniqueItems": True})]
Name = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9](?!.*\.\.)[A-Za-z0-9_.-]*(?!\n)$")]
Positive = Annotated[float, Gt(0)]
Share = Annotated[float, Gt(0), Lt(1)]
Metric = Annotated[str, OneOf(metrics.NAMES)]


class Entry(BaseModel):
    """A mapping of a file: no key that is not described, and no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, regex_engine="python-re", defer_build=True)

    def says(self, key: str) -> bool:
        """Whether the file says this key."""
        return key in self.model_fields_set
