"""The wheel in an empty environment, used from an empty folder; and the workflow as a module of another one."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pandas as pd
import pytest
from clone import ROOT, Clone, make_clone, snakemake
from sklearn.datasets import load_iris

pytestmark = pytest.mark.slow

STUDY = """
name: iris
results_dir: results/iris
seeds: {first: 0, count: 2}
claims: {file: claims.yaml}
datasets:
  iris:
    kind: csv
    path: iris.csv
    target: species
    model: random_forest
    space: {max_depth: {choice: [1, 2]}, n_estimators: {choice: [2, 4]}}
    arms:
      grid_loop: {cv: [holdout]}
      sklearn_random: {n_iter: 2, cv: [cv2]}
"""
CLAIMS = """
claims:
  loop_beats_random:
    sources: [001_e98495d060a60266.txt]
    statement: {en: The loop beats random search., es: El bucle supera a la búsqueda aleatoria.}
    kind: superiority
    a: iris/grid_loop/holdout
    b: iris/sklearn_random/cv2
    scores: {documented: test, audited: audit}
"""
MODULE = """
configfile: "outer.yaml"


module hpo:
    snakefile:
        "{snakefile}"
    config:
        config["hpo"]


use rule * from hpo{named}


rule counted:
    input:
        rules.{plan}.output.plan,
    output:
        "counted.txt",
    shell:
        "wc -l <{{input}} >{{output}}"
"""


def fill(folder: Path) -> Path:
    """A study of Fisher's irises, in a folder with nothing else in it."""
    folder.mkdir(parents=True, exist_ok=True)
    irises = load_iris(as_frame=True)
    table = irises.data.set_axis(["sepal_length", "sepal_width", "petal_length", "petal_width"], axis=1)
    table.assign(species=irises.target_names[irises.target]).to_csv(folder / "iris.csv", index=False)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    (folder / "claims.yaml").write_text(CLAIMS, encoding="utf-8")
    return folder


def said_by(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def hpotrial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, of a wheel in an environment that has what the lock has and nothing of this repository."""
    folder = tmp_path_factory.mktemp("package")
    clone = make_clone(folder / "repository")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    built = ("--no-build-isolation", "--no-deps", "--no-index", "--quiet")
    done = said_by(*pip, "wheel", *built, "--wheel-dir", folder, clone.folder, cwd=folder)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    assert said_by(sys.executable, "-m", "venv", "--without-pip", environment, cwd=folder).returncode == 0
    (packages,) = environment.glob("lib/python*/site-packages")
    # a folder named in a .pth file is searched, and its own .pth files are not: not those of an editable install
    (packages / "lock.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = environment / "bin" / "python"
    installed = ("--no-deps", "--no-index", "--quiet", "--ignore-installed")
    done = said_by(*pip, "--python", python, "install", *installed, wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    found = said_by(python, "-c", "import hpotrial; print(hpotrial.__file__)", cwd=folder)
    assert found.stdout.startswith(str(packages))
    return environment / "bin" / "hpotrial"


@pytest.fixture(scope="module")
def judged(hpotrial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the installed package has run the study up to its verdicts."""
    folder = fill(tmp_path_factory.mktemp("elsewhere"))
    target = "results/iris/tables/verdicts.json"
    done = said_by(hpotrial, "run", "--configfile", "study.yaml", "--cores", "2", "--", target, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_carries_what_is_no_module(hpotrial: Path) -> None:
    (package,) = hpotrial.parents[1].glob("lib/python*/site-packages/hpotrial")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    beside = re.compile(r"(config|report|workflow)/.*\.\w+(?<!\.md)|workflow/Snakefile|environment\.yml")
    wanted = {package / "bundle" / path for path in tracked if beside.fullmatch(path)}
    wanted |= {package.parent / path.removeprefix("src/") for path in tracked if path.startswith("src/")}
    assert len(wanted) > 120
    assert {str(path) for path in wanted if not path.is_file()} == set()
    assert not (package / "bundle" / "setup.py").exists()


def test_check(hpotrial: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    assert said_by(hpotrial, "check", "study.yaml", cwd=tmp_path).stdout == "ok: 4 runs\n"
    (tmp_path / "study.yaml").write_text(STUDY.replace("n_iter", "n_itr"), encoding="utf-8")
    done = said_by(hpotrial, "check", "study.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"error: [^\n]*did you mean 'n_iter'\?\n", done.stderr)


def test_without_a_study_the_default_one_is_meant(hpotrial: Path, tmp_path: Path) -> None:
    done = said_by(hpotrial, "run", "-n", "--quiet", "rules", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^run_search +\d{3}$", done.stdout, flags=re.MULTILINE)
    assert re.search(r"^replicate_row +18$", done.stdout, flags=re.MULTILINE)
    # a dry run makes nothing
    assert {path.name for path in tmp_path.iterdir()} <= {".snakemake"}


def test_plan(hpotrial: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    done = said_by(hpotrial, "plan", "--configfile", "study.yaml", "--cores", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ +iris +grid_loop +holdout +2 +8 ", done.stdout, flags=re.MULTILINE)
    assert len(pd.read_csv(tmp_path / "results/iris/plan.csv")) == 4
    assert not (tmp_path / "results/iris/runs").exists()


def test_run(judged: Path) -> None:
    runs = pd.read_csv(judged / "results/iris/tables/runs.csv")
    assert list(runs["status"]) == ["ok"] * 4


def test_power(hpotrial: Path, judged: Path, tmp_path: Path) -> None:
    done = said_by(hpotrial, "power", "--configfile", "study.yaml", cwd=judged)
    assert done.returncode == 0, done.stderr
    assert "loop_beats_random" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("seeds for a conclusive verdict on 80% of the 1 primary ")
    assert list(pd.read_csv(judged / "results/iris/power.csv")["claim"]) == ["loop_beats_random"]
    done = said_by(hpotrial, "power", "--configfile", judged / "study.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"error: results/iris/tables/verdicts\.json not found: [^\n]+\n", done.stderr)


def test_why(hpotrial: Path, judged: Path) -> None:
    run = "iris/sklearn_random/cv2/seed0"
    done = said_by(hpotrial, "why", run, "--configfile", "study.yaml", cwd=judged)
    assert (done.returncode, done.stdout) == (0, f"nothing has changed since {run} was made\n")
    (judged / "other.yaml").write_text(STUDY.replace("n_iter: 2", "n_iter: 3"), encoding="utf-8")
    done = said_by(hpotrial, "why", run, "--configfile", "other.yaml", cwd=judged)
    assert done.stdout == "setting options.n_iter: 2 then, 3 now\n"
    done = said_by(hpotrial, "why", run.replace("seed0", "seed1a"), "--configfile", "study.yaml", cwd=judged)
    assert done.returncode == 1
    assert re.fullmatch(rf"error: [^\n]* did you mean '{run.replace('0', '1')}'\?\n", done.stderr)


def test_report(hpotrial: Path, judged: Path) -> None:
    """From the runs that are there: those of one seed more are not made."""
    (judged / "more.yaml").write_text(STUDY.replace("count: 2", "count: 3"), encoding="utf-8")
    done = said_by(hpotrial, "report", "--configfile", "more.yaml", "--cores", "2", cwd=judged)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-3:] == [
        "The report:       results/iris/report/report.pdf",
        "to browse it:     results/iris/report/report.html",
        "the tables:       results/iris/tables/",
    ]
    assert (judged / "results/iris/report/report.pdf").read_bytes().startswith(b"%PDF")
    assert (judged / "results/iris/report/report.html").exists()
    assert not list((judged / "results/iris/runs").rglob("seed2"))
    assert json.loads((judged / "results/iris/tables/completeness.json").read_text())["missing"] == [
        "iris/grid_loop/holdout/seed2",
        "iris/sklearn_random/cv2/seed2",
    ]


def test_words_that_are_no_command(hpotrial: Path, tmp_path: Path) -> None:
    for words in (["chek"], ["check"], ["power", "--config", "a=b"], []):
        done = said_by(hpotrial, *words, cwd=tmp_path)
        assert done.returncode == 1
        assert re.fullmatch(r"error: [^\n]+ --help`\n", done.stderr)


@pytest.mark.parametrize("named", ["", " as hpo_*"])
def test_a_module_of_another_workflow(fresh_clone: Clone, tmp_path: Path, named: str) -> None:
    fill(tmp_path)
    indented = "".join(f"  {line}\n" for line in STUDY.strip().splitlines())
    (tmp_path / "outer.yaml").write_text(f"hpo:\n{indented}", encoding="utf-8")
    snakefile = fresh_clone.folder / "workflow" / "Snakefile"
    plan = "hpo_plan" if named else "plan"
    (tmp_path / "Snakefile").write_text(MODULE.format(snakefile=snakefile, named=named, plan=plan), encoding="utf-8")
    would = snakemake(tmp_path, "-n", "--quiet", "rules")
    assert would.returncode == 0, would.stdout
    assert re.search(rf"^{plan.removesuffix('plan')}run_search +4$", would.stdout, flags=re.MULTILINE)
    outcome = "results/iris/runs/iris/grid_loop/holdout/seed0/outcome.json"
    done = snakemake(tmp_path, "--cores", "2", "counted.txt", outcome)
    assert done.returncode == 0, done.stdout
    # a head and a line for each run
    assert (tmp_path / "counted.txt").read_text().split() == ["5"]
    assert (tmp_path / outcome).exists()
