"""The study's configuration held against its JSON schema, with one readable line for what is wrong."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.core.files import bundled

SCHEMA_FILE = bundled("workflow/schemas/study.schema.json")

_TYPE_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _is_integer(checker: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# JSON schema takes 2.0 for an integer, `range` does not
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


def place(path: Iterable[Any]) -> str:
    """Write a path into the configuration as ``datasets.telecust.arms``."""
    written = (str(part) for part in path)
    return ".".join(part if re.fullmatch(r"[\w-]+", part) else repr(part) for part in written) or "the top level"


@cache
def _validator(file: Path) -> jsonschema.Draft202012Validator:
    schema = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return _Validator(schema)


def check_schema(config: Any, file: Path = SCHEMA_FILE) -> None:
    """Hold a configuration against ``workflow/schemas/study.schema.json``, or against another schema.

    Raises
    ------
    ConfigurationError
        One line: the place, what is wrong there, and the nearest right word where a word is unknown.
    """
    # An unknown key explains a missing one (a typing error causes both), so it is told first.
    errors = sorted(
        _validator(file).iter_errors(config),
        key=lambda error: (error.validator != "additionalProperties", [str(part) for part in error.absolute_path]),
    )
    if errors:
        raise ConfigurationError(_line(errors[0]))


def _line(error: jsonschema.ValidationError) -> str:
    where, rule = place(error.absolute_path), error.validator
    value: Any = error.instance
    limit: Any = error.validator_value
    schema: Any = error.schema
    if rule == "additionalProperties":
        known = schema.get("properties", {})
        unknown = next(key for key in value if key not in known)
        return f"{where}: unknown key {unknown!r}; {nearest(unknown, known)}"
    if rule == "required":
        missing = next(key for key in limit if key not in value)
        return f"{where}: the key {missing!r} is missing"
    if rule == "type":
        wanted = " or ".join(_TYPE_WORDS[kind] for kind in ([limit] if isinstance(limit, str) else limit))
        return f"{where}: must be {wanted}, not {value!r}{_number_hint(value, wanted)}"
    if rule == "enum":
        return f"{where}: unknown value {value!r}; {nearest(str(value), map(str, limit))}"
    if rule in ("minItems", "minProperties", "minLength"):
        return f"{where}: is empty; give at least {limit}"
    if rule == "pattern":
        return f"{where}: the name {value!r} cannot be part of a path; use letters, digits, '_', '-' and single '.'"
    bounds = {
        "minimum": "must be at least",
        "maximum": "must be at most",
        "exclusiveMinimum": "must be greater than",
        "exclusiveMaximum": "must be less than",
    }
    if rule in bounds:
        return f"{where}: {bounds[rule]} {limit}, not {value!r}"
    if rule == "uniqueItems":
        return f"{where}: lists something twice: {value!r}"
    return f"{where}: {' '.join(error.message.split())}"


def _number_hint(value: Any, wanted: str) -> str:
    """YAML 1.1 reads ``1e-3`` as text; that trap deserves its own words."""
    if "number" in wanted and isinstance(value, str):
        try:
            return f" (in YAML, write {float(value)!r} with a decimal point, without quotes)"
        except ValueError:
            return ""
    return ""
