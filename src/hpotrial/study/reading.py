"""Reading a study's YAML file, more strictly than YAML asks: a key said twice is an error, not a silent loss."""

from pathlib import Path
from typing import Any

import yaml

from hpotrial.errors import ConfigurationError


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a mapping with the same key twice."""


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
        If the file cannot be read, is not YAML, is not a mapping, or says a key twice; the message names the line.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = yaml.load(file, Loader=_UniqueKeyLoader)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "unreadable"
        place = _place(mark) if mark else str(path)
        raise ConfigurationError(f"{place}: not valid YAML: {problem}; check indentation and brackets") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: must be a mapping with keys at top level (name, seeds, datasets)")
    return content
