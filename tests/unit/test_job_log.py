"""A job's log: everything in one file, and errors in one line on the terminal."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def job(tmp_path: Path, body: str) -> tuple[int, str, str]:
    """Status, terminal text and log of a process that runs ``body`` with its log in a file."""
    code = f"""
import logging, os, sys
from hpotrial.core.errors import DataError
from hpotrial.core.job_log import logged_to
with logged_to("logs/job.log"):
    {body}
print("after", file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr, (tmp_path / "logs" / "job.log").read_text()


def test_all_ways_of_printing_end_in_the_log(tmp_path):
    body = "print('one'); print('two', file=sys.stderr); os.system('echo three'); logging.info('four')"
    status, terminal, log = job(tmp_path, body)
    assert (status, terminal) == (0, "after\n")
    assert all(word in log for word in ("one", "two", "three", "four"))


def test_a_known_error_is_one_line_in_both(tmp_path):
    status, terminal, log = job(tmp_path, "raise DataError('x.csv is empty: fill it')")
    assert (status, terminal) == (1, "error: x.csv is empty: fill it\n")
    assert log == "error: x.csv is empty: fill it\n"


def test_an_unexpected_error_is_told_in_the_log(tmp_path):
    status, terminal, log = job(tmp_path, "1 / 0")
    assert (status, terminal) == (1, "error: unexpected ZeroDivisionError; the whole story is in logs/job.log\n")
    assert "Traceback" in log
    assert "ZeroDivisionError: division by zero" in log
