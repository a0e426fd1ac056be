"""YAML files as plain values, more strictly than YAML asks; and what a file that extends another one says in all.

Plain values are mappings, lists, text, numbers, true, false and null, of bounded size.
"""

import math
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.validation import place

# ten times config/claims.yaml, and as much as PyYAML reads in a few seconds
MAX_FILE_BYTES = 500_000
# config/full.yaml has 700 values, with its aliases written out
MAX_VALUES = 30_000
MAX_DEPTH = 50
MAX_TEXT = 4_000
MAX_WHOLE_NUMBER = 2**63 - 1
_EXTENT = (
    f"has, with its aliases written out, more than {MAX_VALUES:,} values or {MAX_DEPTH} levels; no study needs as much"
)
_KINDS = (Mapping, list, tuple, str, bool, int, float, type(None))
EXTENDS = "extends"


def read_study_file(path: str | Path) -> dict[str, Any]:
    """Read one YAML file as a mapping of plain values, with what the files say that it extends.

    Parameters
    ----------
    path : str or Path
        The file. Its key ``extends``, if it has one, names another, relative to its own folder.

    Raises
    ------
    ConfigurationError
        If a file cannot be read, is too large, is not YAML, is not a mapping, says a key twice, or extends itself.
    """
    return _with_base(_read(path), Path(path), [Path(path)])


def extended(config: Mapping[str, Any], files: Iterable[str | Path]) -> dict[str, Any]:
    """What Snakemake read from files and from the command line, with what the files say that they extend.

    Parameters
    ----------
    config : Mapping
        What was read; it says ``extends`` if the last of the files that have this key does.
    files : iterable of path
        Those files. Each is read again, since Snakemake's own reader keeps the last of two equal keys, silently.

    Raises
    ------
    ConfigurationError
        As ``read_study_file``.
    """
    saying = [Path(file) for file in files if EXTENDS in _read(file)]
    return _with_base(plain_values(config), saying[-1] if saying else Path(), saying[-1:])


def merged(base: Mapping[str, Any], more: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """A mapping with the changes that another one makes.

    Mappings are merged key by key, all else is replaced. A new key stands before the next one of ``more`` that is not
    new, or last; null in the place of a dataset or an arm takes it out.

    Examples
    --------
    >>> merged({"seeds": {"first": 20, "count": 10}, "name": "a"}, {"seeds": {"count": 3}})
    {'seeds': {'first': 20, 'count': 3}, 'name': 'a'}
    """
    found, order = dict(base), list(base)
    place_of_next = len(order)
    for key, value in reversed(list(more.items())):
        old = found.get(key)
        if key not in found:
            order.insert(place_of_next, key)
        place_of_next = order.index(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        found[key] = merged(old, value, (*path, key)) if both else value  # type: ignore[arg-type]
    are_entries = path == ("datasets",) or (len(path) == 3 and path[2] == "arms")
    return {key: found[key] for key in order if not (are_entries and found[key] is None)}


def _with_base(content: dict[str, Any], file: Path, above: list[Path]) -> dict[str, Any]:
    if EXTENDS not in content:
        return content
    name = content.pop(EXTENDS)
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"{file}: {EXTENDS}: must be the path of another study's file, not {name!r}")
    base = file.parent / name
    if any(base.resolve() == one.resolve() for one in above):
        raise ConfigurationError(f"{file}: {EXTENDS}: {name!r} extends this file in turn; take one of the two out")
    try:
        said = _read(base)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: {EXTENDS}: {error}") from None
    return merged(_with_base(said, base, [*above, base]), content)


def plain_values(content: Any) -> Any:
    """A copy of ``content`` whose mappings are dictionaries with text for keys, and whose sequences are lists.

    Raises
    ------
    ConfigurationError
        One line: a value that is none of these kinds (a date, a set), no finite number, a number that no computer has
        64 bits for, a text that is too long or cannot be written to a file, two keys that are the same text, or more
        values or levels than any study has.
    """
    return _Copy().of(content, ())


class _Copy:
    def __init__(self) -> None:
        self.seen = 0

    def of(self, value: Any, path: tuple[str, ...]) -> Any:
        self.seen += 1
        if self.seen > MAX_VALUES or len(path) > MAX_DEPTH:
            self._refuse(path[:9], _EXTENT)
        if isinstance(value, Mapping):
            copied: dict[str, Any] = {}
            for key, item in value.items():
                name = self._text(key if isinstance(key, str) else str(key), path)
                if name in copied:
                    self._refuse(path, f"the key {name!r} is said twice; rename one of them")
                copied[name] = self.of(item, (*path, name))
            return copied
        if isinstance(value, list | tuple):
            return [self.of(item, (*path, str(i))) for i, item in enumerate(value)]
        return self._scalar(value, path)

    def _scalar(self, value: Any, path: tuple[str, ...]) -> Any:
        if not isinstance(value, _KINDS):
            self._refuse(path, f"{value!r} is neither text nor a number; put it in quotes")
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, float) and not math.isfinite(value):
            self._refuse(path, f"{value!r} is no finite number")
        if isinstance(value, int) and abs(value) > MAX_WHOLE_NUMBER:
            self._refuse(path, "is a whole number of more than 64 bits")
        return value

    def _text(self, text: str, path: tuple[str, ...]) -> str:
        if len(text) > MAX_TEXT:
            self._refuse(path, f"{text[:20]!r}... has more than {MAX_TEXT:,} characters")
        # neither can be part of a file's name, nor be written to every file
        if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
            self._refuse(path, f"{text[:60]!r} holds a character that cannot be written to a file")
        return text

    def _refuse(self, path: tuple[str, ...], what: str) -> NoReturn:
        raise ConfigurationError(f"{place(path)}: {what}")


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a mapping with the same key twice."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """What a node says; whatever a value's constructor raises (a 13th month, no base64) has the node's place."""
        if isinstance(node, yaml.ScalarNode) and len(node.value) > MAX_TEXT:
            raise ConfigurationError(f"{_line(node.start_mark)}: a text of more than {MAX_TEXT:,} characters")
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError) as error:
            raise yaml.constructor.ConstructorError(
                None, None, f"no value of its kind ({error})", node.start_mark
            ) from error

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Write a mapping's merges out, unless that makes it too large: nine of nine of nine of them are a bomb."""
        super().flatten_mapping(node)
        if len(node.value) > MAX_VALUES:
            raise ConfigurationError(f"{_line(node.start_mark)}: {_EXTENT}")


def _construct_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    written: set[Any] = set()
    # before merging: a key beside `<<` may override what the anchor holds
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, (str, int, float, bool)):
            raise ConfigurationError(f"{_line(key_node.start_mark)}: a key must be a plain word, not {key!r}")
        if key in written:
            raise ConfigurationError(
                f"{_line(key_node.start_mark)}: {key!r} is defined twice; rename one of them or take it out"
            )
        written.add(key)
    loader.flatten_mapping(node)
    return {loader.construct_object(k, deep=True): loader.construct_object(v, deep=True) for k, v in node.value}


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def _line(mark: Any) -> str:
    return f"{mark.name}, line {mark.line + 1}"


def _read(path: str | Path) -> dict[str, Any]:
    """One file's own content."""
    text = _text(path)
    try:
        loader = _UniqueKeyLoader(text)
        loader.name = str(path)
        content = loader.get_single_data()
    except RecursionError:
        raise ConfigurationError(f"{path}: is nested deeper than {MAX_DEPTH} levels; no study needs as many") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        where = _line(mark) if mark else str(path)
        raise ConfigurationError(f"{where}: not valid YAML: {problem}; check indentation and brackets") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must be a mapping with keys at top level (name, seeds, datasets)")
    try:
        found: dict[str, Any] = plain_values(content)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return found


def _text(path: str | Path) -> str:
    try:
        # a pipe or a device may have no end, and a pipe without a writer would be waited for
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ConfigurationError(f"{path}: cannot be read (it is no file)")
        with open(path, "rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: cannot be read ({getattr(error, 'strerror', error)})") from error
    if len(content) > MAX_FILE_BYTES:
        raise ConfigurationError(f"{path}: is larger than {MAX_FILE_BYTES:,} bytes; no study needs as much")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
