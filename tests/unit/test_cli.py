"""The command: what it hands to Snakemake, and whose signals and status are whose."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hpotrial import cli
from hpotrial.core.files import bundled

ROOT = Path(__file__).parents[2]
QUICK = str(ROOT / "config" / "quick.yaml")

# in Snakemake's place: says what it was told, then waits for a signal if that was to wait
STUB = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
signal.signal(signal.SIGINT, lambda *_: sys.exit(4))
if "wait" in sys.argv:
    time.sleep(0.5)
print(sys.argv[1:], flush=True)
if "wait" in sys.argv:
    time.sleep(60)
"""


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment in which Snakemake is the stub."""
    (tmp_path / "snakemake").mkdir()
    (tmp_path / "snakemake" / "__init__.py").touch()
    (tmp_path / "snakemake" / "__main__.py").write_text(STUB, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT / "src")]))
    return dict(os.environ)


def told(capfd: pytest.CaptureFixture[str], *words: str) -> list[list[str]]:
    """The words that Snakemake is started with, for each time that it is."""
    assert cli.main(words) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("[")]
    start = ["--snakefile", str(bundled("workflow/Snakefile")), "--configfile", QUICK]
    found = [[word.strip("' ") for word in line.strip("[]").split(",")] for line in lines]
    assert all(one[:4] == start for one in found)
    return [one[4:] for one in found]


def test_a_run_is_followed_by_the_page_to_browse(stub: dict[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    page = ["--report", "results/quick/report/report.html", "--report-after-run"]
    assert told(capfd, "run", "--configfile", QUICK, "--config", "standin=never") == [
        ["--cores", "all", "--config", "standin=never", *page]
    ]


@pytest.mark.parametrize("words", [["-n"], ["--", "results/quick/plan.csv"]])
def test_a_dry_run_and_a_run_of_some_files_are_followed_by_nothing(stub, capfd, words: list[str]) -> None:
    assert told(capfd, "run", "--configfile", QUICK, *words) == [["--cores", "all", *words]]


@pytest.mark.parametrize("words", [["--cores", "2"], ["-j4"], ["--profile", "slurm"]])
def test_how_many_jobs_run_at_once_is_said_once(stub, capfd, words: list[str]) -> None:
    assert told(capfd, "run", "--configfile", QUICK, "-n", *words) == [["-n", *words]]


def test_a_report_starts_no_run_whatever_else_is_configured(stub, capfd) -> None:
    (only,) = told(capfd, "report", "--configfile", QUICK, "--config", "standin=never", "--cores", "1")
    assert only[:5] == ["--config", "collect=available", "standin=never", "--cores", "1"]
    (only,) = told(capfd, "report", "--configfile", QUICK, "--cores", "1")
    assert only[:4] == ["--cores", "1", "--config", "collect=available"]


@pytest.mark.parametrize(("number", "to_all", "status"), [(signal.SIGINT, True, 4), (signal.SIGTERM, False, 3)])
def test_a_signal_is_snakemakes_to_answer(stub, number: signal.Signals, to_all: bool, status: int) -> None:
    """Ctrl-C reaches both; what is sent to the command alone is passed on. Its status is Snakemake's."""
    command = [sys.executable, "-m", "hpotrial.cli", "run", "--configfile", QUICK, "wait"]
    with subprocess.Popen(command, env=stub, stdout=subprocess.PIPE, start_new_session=True) as started:
        assert started.stdout is not None
        assert b"wait" in started.stdout.readline()
        (os.killpg if to_all else os.kill)(started.pid, number)
        assert started.wait(timeout=30) == status


def test_each_command_has_an_example_in_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    for function in cli.COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            cli.main([function.__name__, "--help"])
        assert f"example: hpotrial {function.__name__} " in capsys.readouterr().out
