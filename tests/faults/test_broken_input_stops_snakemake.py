"""The same faults, told to Snakemake itself: a status that is not 0, one line, no traceback, and nothing run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from clone import TINY, TINY_CLAIMS, Clone, make_clone

pytestmark = pytest.mark.slow

OWN = TINY.replace("  telecust:\n", "  own:\n    kind: csv\n    path: own.csv\n    target: kind\n").replace(
    "claims: {file: tiny_claims.yaml}\n", ""
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Clone:
    made = make_clone(tmp_path_factory.mktemp("broken") / "repository")
    (made.folder / "own.csv").write_bytes(b"a,kind,b\n" + b"1,dog,\x002\n" * 50)
    (made.folder / "broken_claims.yaml").write_text(TINY_CLAIMS.replace("at_least: 2", "at_least: .nan"))
    return made


FAULTS = {
    "no number": (TINY.replace("train_share: 0.5", "train_share: .nan"), "train_share: nan is no finite number"),
    "out of all proportion": (
        TINY.replace("choice: [4, 8]", "choice: [4, 8000000000]"),
        "neurons is a whole number from 1 to",
    ),
    "a name for a shell": (
        TINY.replace("grid_loop:", '"$(touch pwned)": {method: grid_loop, cv: [test]}\n      grid_loop:'),
        "cannot be part of a path",
    ),
    "a bomb of aliases": (
        TINY + "a0: &a0 [x,x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)),
        "with its aliases written out",
    ),
    "a broken registry": (
        TINY.replace("tiny_claims", "broken_claims"),
        "broken_claims.yaml: claims.loop_costs_more.expected",
    ),
    "a table with NULs": (OWN, "own.csv holds a NUL byte (line 2)"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_one_line_and_nothing_is_run(fault, clone):
    text, expected = FAULTS[fault]
    (clone.folder / "bad.yaml").write_text(text, encoding="utf-8")
    done = clone.snakemake("--cores", "1", "--configfile", "bad.yaml")
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("Using ")]
    assert len(lines) == 1, done.stdout
    assert lines[0].startswith("error: ")
    assert expected in lines[0]
    assert not (clone.folder / "results").exists()
    assert not (clone.folder / "pwned").exists()


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [1\n", "", "just words"])
def test_what_snakemake_itself_cannot_read(text, clone):
    """Its own words, and no traceback either."""
    (clone.folder / "bad.yaml").write_text(text, encoding="utf-8")
    done = clone.snakemake("--cores", "1", "--configfile", "bad.yaml")
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    assert not (clone.folder / "results").exists()
