"""Reading a study's YAML file, more strictly than YAML asks: a key said twice is an error, not a silent loss."""

import os
import stat
from pathlib import Path
from typing import Any

import yaml

from hpotrial.core.errors import ConfigurationError
from hpotrial.core.plain_values import DEEPEST, LARGEST, LONGEST_TEXT

# ten times config/claims.yaml, and as much as PyYAML reads in a few seconds
LARGEST_FILE_BYTES = 500_000


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a mapping with the same key twice."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """What a node says; whatever a value's constructor raises (a 13th month, no base64) has the node's place."""
        if isinstance(node, yaml.ScalarNode) and len(node.value) > LONGEST_TEXT:
            raise ConfigurationError(f"{_place(node.start_mark)}: a text of more than {LONGEST_TEXT:,} characters")
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError) as error:
            raise yaml.constructor.ConstructorError(
                None, None, f"no value of its kind ({error})", node.start_mark
            ) from error


def _construct_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    written: set[Any] = set()
    # before merging: a key beside `<<` may override what the anchor holds
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, (str, int, float, bool)):
            raise ConfigurationError(f"{_place(key_node.start_mark)}: a key must be a plain word, not {key!r}")
        if key in written:
            raise ConfigurationError(
                f"{_place(key_node.start_mark)}: {key!r} is defined twice; rename one of them or take it out"
            )
        written.add(key)
    loader.flatten_mapping(node)
    return {loader.construct_object(k, deep=True): loader.construct_object(v, deep=True) for k, v in node.value}


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def _place(mark: Any) -> str:
    return f"{mark.name}, line {mark.line + 1}"


def read_study_file(path: str | Path) -> dict[str, Any]:
    """Read one YAML file as a mapping.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is too large, is not YAML, is not a mapping, says a key twice, or would grow out of
        all proportion when its aliases are written out; the message names the line.
    """
    text = _text(path)
    try:
        loader = _UniqueKeyLoader(text)
        loader.name = str(path)
        try:
            node = loader.get_single_node()
            if node is not None:
                _require_extent(node)
            content = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except RecursionError:
        raise ConfigurationError(f"{path}: is nested deeper than {DEEPEST} levels; no study needs as many") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        place = _place(mark) if mark else str(path)
        raise ConfigurationError(f"{place}: not valid YAML: {problem}; check indentation and brackets") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must be a mapping with keys at top level (name, seeds, datasets)")
    return content


def _text(path: str | Path) -> str:
    try:
        # a pipe or a device may have no end, and a pipe without a writer would be waited for
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ConfigurationError(f"{path}: cannot be read (it is no file)")
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: cannot be read ({getattr(error, 'strerror', error)})") from error
    if len(content) > LARGEST_FILE_BYTES:
        raise ConfigurationError(f"{path}: is larger than {LARGEST_FILE_BYTES:,} bytes; no study needs as much")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text; save it as UTF-8") from error


def _require_extent(root: yaml.Node) -> None:
    """Refuse a tree whose aliases, written out, would be too large, too deep or without end."""
    extents: dict[int, tuple[int, int]] = {}
    above: set[int] = set()

    def extent(node: yaml.Node) -> tuple[int, int]:
        if id(node) in above:
            raise ConfigurationError(f"{_place(node.start_mark)}: an anchor is used inside of itself; take it out")
        if id(node) not in extents:
            above.add(id(node))
            children = [extent(child) for child in _children(node)]
            above.discard(id(node))
            size = 1 + sum(children_size for children_size, _ in children)
            depth = 1 + max((children_depth for _, children_depth in children), default=0)
            if size > LARGEST or depth > DEEPEST:
                raise ConfigurationError(
                    f"{_place(node.start_mark)}: has, with its aliases written out, more than {LARGEST:,} values or "
                    f"{DEEPEST} levels; no study needs as much"
                )
            extents[id(node)] = size, depth
        return extents[id(node)]

    extent(root)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
