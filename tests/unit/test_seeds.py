"""Randomness has one home: its values stay as they are, and no other module makes a generator or a seed."""

import ast
import inspect
import random
import zlib
from pathlib import Path

import numpy as np
import pytest

from hpotrial.core import seeds

ROOT = Path(__file__).parents[2]
LIBRARY = [path for path in sorted((ROOT / "src").rglob("*.py")) if path.name != "seeds.py"]
MAKERS = {"default_rng", "SeedSequence", "RandomState", "Generator", "PCG64", "Random", "SystemRandom"}
SEEDED = {"seed", "random_state", "rng", "random_seed"}


def drawn(*entropy: int, count: int = 1) -> list[int]:
    return np.random.SeedSequence(list(entropy)).generate_state(count).tolist()


def test_the_streams_of_a_run_are_what_results_were_made_with() -> None:
    assert [seeds.of_rows(5, part) for part in ("audit", "test", "rest")] == [drawn(5, n)[0] for n in range(3)]
    assert seeds.of_rows(5, "train_share", 2) == drawn(5, 3, 2)[0]
    assert (seeds.of_folds(5), seeds.of_keras_tuner(5)) == (5, 6)
    assert seeds.of_python(5).random() == random.Random(5).random()
    assert [seeds.of_search(5, repeat) for repeat in (0, 1, 7)] == [5, *(drawn(5, 4, n)[0] % 2**31 for n in (1, 7))]
    assert seeds.generator(5).random() == np.random.default_rng(5).random()


def test_a_fits_seed_follows_from_run_configuration_and_labels() -> None:
    text, labels = '{"neurons":16}', np.array([0, 2, 1])
    told = zlib.crc32(text.encode())
    assert seeds.of_fit(5, text) == drawn(5, told)[0]
    assert seeds.of_fit(5, text, labels) == drawn(5, told, zlib.crc32(labels.astype("<i4").tobytes()))[0]
    refits = [seeds.of_fit(5, text, labels, refit) for refit in (0, 1, 2)]
    assert refits[0] == seeds.of_fit(5, text, labels)
    assert len(set(refits)) == 3
    assert len({seeds.of_fit(*given) for given in ((5, text), (6, text), (5, "{}"), (5, text, labels))}) == 4


def test_a_networks_streams() -> None:
    sequence = np.random.SeedSequence(99).generate_state(2)
    assert seeds.of_weights_and_order(99) == tuple(sequence)
    assert seeds.of_each_weight(99, 3) == [n % 2**31 for n in np.random.SeedSequence(99).generate_state(3)]
    assert (seeds.of_epoch(99, 4).permutation(9) == np.random.default_rng([99, 4]).permutation(9)).all()
    assert seeds.of_stock_training(2**31 + 7) == 7
    assert seeds.of_stock_dropout(99, 1) == drawn(99, 1)[0] % 2**31


def test_what_no_runs_seed_decides() -> None:
    fixed = {name: value for name, value in vars(seeds).items() if name.isupper() and not name.startswith("_")}
    assert fixed == {"SYNTHETIC_CUSTOMERS": 7, "PRICING": 0, "IMPORTANCE": 0, "CALIBRATION": 0}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_no_other_module_makes_randomness(path: Path) -> None:
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        made = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        assert made not in MAKERS, f"line {call.lineno}: {made} belongs in core/seeds.py"
        for given in call.keywords:
            literal = isinstance(given.value, ast.Constant) and given.value.value is not None
            assert not (given.arg in SEEDED and literal), f"line {call.lineno}: {given.arg} is a literal"


def test_the_page_names_every_stream() -> None:
    page = (ROOT / "docs" / "randomness.md").read_text(encoding="utf-8")
    names = [name for name, value in vars(seeds).items() if name.isupper() or inspect.isfunction(value)]
    public = [name for name in names if not name.startswith("_")]
    assert len(public) > 12
    assert [name for name in public if f"`{name}`" not in page] == []
