"""docs/extending/figure.md: its figure, put into a copy of the checkout, passes what all figures pass."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending" / "figure.md").read_text(encoding="utf-8")
DRAW = """
import logging, sys
from pathlib import Path
import test_figures
import simulated_study
from hpotrial import figures
logging.basicConfig(level=logging.WARNING, format="%(message)s")
tables = test_figures.with_tables(simulated_study.write(Path("simulated"))) / "tables"
for language in ("en", "es"):
    print(*figures.draw(sys.argv[1], tables, Path(language), language))
    print(figures.words(sys.argv[1], language)["title"])
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout with the page's figure in it; the folder and the figure's name."""
    folder = tmp_path_factory.mktemp("checkout")
    for part in ("src", "report", "tests/unit"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (path,) = re.findall(r"whole of `(src/hpotrial/figures/\w+\.py)`", PAGE.replace("\n", " "))
    assert not (folder / path).exists()
    (folder / path).write_text(PAGE.split("```python\n")[1].split("```")[0], encoding="utf-8")
    return folder, Path(path).stem


def run(folder, *command):
    environment = os.environ | {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder / 'tests/unit'}"}
    return subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)


def test_it_is_drawn_in_every_language_and_what_is_missing_is_said_once(checkout):
    folder, name = checkout
    done = run(folder, "-c", DRAW, name)
    assert done.returncode == 0, done.stderr
    title = re.search(r'^title = "(.*)"$', PAGE, flags=re.MULTILINE)[1]
    assert done.stdout.splitlines() == ["mnist telecust", title] * 2
    for language in ("en", "es"):
        for dataset in ("mnist", "telecust"):
            assert (folder / language / f"{dataset}.svg").stat().st_size > 1000
    (of_words,) = [line for line in done.stderr.splitlines() if "in English" in line]
    assert f"'{name}.title', '{name}.caption' (2 in all); add them to report/words/es/figures.yaml" in of_words


def test_it_passes_what_all_figures_pass(checkout):
    folder, name = checkout
    files = ("tests/unit/test_figure_wording.py", "tests/unit/test_figures.py")
    chosen = f"wording or {name} or found or place"
    done = run(folder, "-m", "pytest", "-q", "-rp", "-p", "no:cacheprovider", *files, "-k", chosen)
    assert done.returncode == 0, done.stdout
    assert f"test_figure_has_title_order_and_caption[{name}]" in done.stdout
