"""Ways to break a tree of mappings, lists and values, as hypothesis strategies."""

from __future__ import annotations

import copy
import datetime
import math
import reprlib
from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = [
    "", " ", "\n", "a\nb", "\0", "\ud800", "\u202e", "\u2028",
    "\x1b[31m", "é" * 50, "🦆", "x" * 300, "x" * 10_000, "..", "../..",
    "/", "/etc/passwd", "~", ".", "-rf", "--", "a b", "a/b", "a\\b", "$(touch pwned)", "`touch pwned`",
    "; rm -rf .", "| cat",
    "&& true", "'", '"', "{seed}",
    "{", "%s", "%(x)s", "*", "?", "[a]", "null", "NaN", "1e-3", "0x10", "1_000", "١٢", "true",
    "cv", "cv0", "cv1", "cv21", "cv-3", "cv03", "cv99999999999999999999", "cv²", "test\n", "holdout ", "telecust",
    "mnist", "csv",
    "mlp", "cnn", "random_forest", "grid_loop", "genetic", "tpot", "__use_yte__", "<<", "__class__", "a" * 99 + "/",
]  # fmt: skip
ODD_NUMBERS = [
    0, 1, -1, 2, 3, 20, 21, 100, 10**5, 10**6, 10**7, 2**31, 2**53 + 1, 2**63, 10**30, 10**400, -(10**18), True, False,
    0.0, -0.0, 0.5, 1.0, 1.5, -0.2, 1e-300, 1e-9, 0.999999999, 1e9, 1e300, math.nan, math.inf, -math.inf,
]  # fmt: skip
ODD_THINGS: list[Any] = [
    None, [], {}, [[]], [None], {"": None}, {1: 2}, {None: 1}, {True: 1}, [{}], ["test", "test"],
    [1, "1", 1.0, True], {"epochs": -1},
    {"choice": []}, {"choice": [[1]]}, {"choice": [None]}, {"choice": [math.nan]},
    {"choice": ["a", 1, None, True, 0.5]},
    {"choice": [datetime.date(2020, 1, 1)]}, {"choice": list(range(2_000))},
    {"int": {"low": 0, "high": 10**12}}, {"int": {"low": -(10**30), "high": 10**30}}, {"int": {"low": 3, "high": 3}},
    {"int": {"low": 1, "high": 9, "step": 100}}, {"int": {"low": 1, "high": 10**9, "log": True}},
    {"int": {"low": 1.0, "high": 2}},
    {"float": {"low": 0, "high": 1, "step": 1e-12}}, {"float": {"low": 0, "high": 1, "step": 5e-324}},
    {"float": {"low": 0, "high": 1, "step": 1.1e-5}}, {"float": {"low": 0, "high": 1, "log": True}},
    {"float": {"low": -1e308, "high": 1e308}}, {"float": {"low": math.nan, "high": 1}},
    {"float": {"low": 1e-9, "high": 1, "log": "yes"}},
    {"choice": [1, 2], "when": {"neurons": [4]}}, {"choice": [1, 2], "when": {"neurons": []}},
    {"choice": [1], "when": {}},
    {"when": {"neurons": 4}}, {"patience": -1}, {"patience": 10**9}, {"first": 2**31 - 1, "count": 10_000},
    {"count": 10**9},
    {"file": "no such file", "dataset": "telecust"}, {"file": "/dev/zero", "dataset": "telecust"},
    {"file": ""}, {"file": "\0"},
    datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), b"bytes", {1, 2}, (1, 2), range(3),
]  # fmt: skip


def deep(levels: int) -> Any:
    """A list in a list in a list."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def bomb(levels: int) -> Any:
    """A value that is small, since its parts are shared, and has 9 ** levels leaves."""
    value: Any = "x"
    for _ in range(levels):
        value = [value] * 9
    return value


odd_values = st.one_of(
    st.sampled_from(ODD_THINGS).map(copy.deepcopy),
    st.sampled_from(ODD_NUMBERS),
    st.sampled_from(ODD_TEXTS),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from([(deep, 60), (deep, 5_000), (bomb, 30)]).map(lambda made: made[0](made[1])),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)
odd_keys = st.sampled_from([*ODD_TEXTS, 0, 1.5, None, True]) | st.text(max_size=10)
near_words = [
    "nmae",
    "seed",
    "dataset",
    "arm",
    "spaces",
    "n_itr",
    "testsize",
    "metod",
    "epoch",
    "kind",
    "path",
    "target",
]


class Broken:
    """A broken tree, which may be too deep or too large to be printed whole (a dataclass, hypothesis would)."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree

    def __repr__(self) -> str:
        short = reprlib.Repr()
        short.maxlevel, short.maxdict, short.maxlist, short.maxstring = 7, 30, 3, 60
        return short.repr(self.tree)


def places(tree: Any, start: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all values of a tree but its root."""
    found: list[tuple[Any, ...]] = []
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        found.append((*start, key))
        found += places(value, (*start, key))
    return found


@st.composite
def broken(draw: Any, tree: dict[str, Any]) -> Broken:
    """The tree with one to three changes, which as a rule break it."""
    changed = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        # what an earlier change put in is left alone: it may be as deep as it likes
        known = [path for path in places(tree) if _there(changed, path)]
        if not known:
            break
        path = draw(st.sampled_from(known))
        folder, key = _folder(changed, path), path[-1]
        act = draw(st.sampled_from(["replace", "replace", "replace", "delete", "add", "rename", "transplant", "wrap"]))
        if act == "replace":
            folder[key] = draw(odd_values)
        elif act == "delete":
            del folder[key]
        elif act == "transplant":
            folder[key] = copy.deepcopy(_value(tree, draw(st.sampled_from(places(tree)))))
        elif act == "wrap":
            folder[key] = draw(st.sampled_from([[folder[key]], {"a": folder[key]}, str(_value(tree, path))]))
        elif isinstance(folder, dict):
            name = draw(odd_keys | st.sampled_from(near_words))
            folder[name] = folder.pop(key) if act == "rename" else draw(odd_values)
        else:
            folder.append(draw(odd_values))
    return Broken(changed)


def _value(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _folder(tree: Any, path: tuple[Any, ...]) -> Any:
    return _value(tree, path[:-1])


def _there(tree: Any, path: tuple[Any, ...]) -> bool:
    for key in path:
        if (isinstance(tree, dict) and key in tree) or (
            isinstance(tree, list) and isinstance(key, int) and key < len(tree)
        ):
            tree = tree[key]
        else:
            return False
    return True
