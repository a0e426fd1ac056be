"""What a machine does to a run: full and read-only disks, unreadable files, a pause, Ctrl-C, two at a time."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from killed_runs import JobServer, records_in, request, result

pytestmark = pytest.mark.slow


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory, of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def elsewhere(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A request whose log and terminal are not on the disk that is at fault."""
    return {**asked, "log": str(folder / "run.log"), "terminal": str(folder / "terminal.txt")}


def terminal(folder: Path) -> list[str]:
    return (folder / "terminal.txt").read_text(encoding="utf-8").splitlines()


def after(process_is: Callable[[], bool], send: Callable[[int], None]) -> Callable[[int], None]:
    """Do something to a run's process once a condition holds."""

    def meanwhile(process: int) -> None:
        until = time.monotonic() + 60
        while not process_is():
            assert time.monotonic() < until
            time.sleep(0.005)
        send(process)

    return meanwhile


def test_a_full_disk_is_one_line_and_a_rerun_with_room_is_whole(
    server: JobServer, prepared: Path, undisturbed: Any, small_disk: Path, tmp_path: Path
) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(2**20 - 4096))
    asked = elsewhere(request("loop", prepared, small_disk), tmp_path)
    assert server.run(asked) == 1
    (line,) = terminal(tmp_path)
    assert line.startswith("error: ")
    assert "No space left on device" in line
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert "writes no more fits down" in log
    filler.unlink()
    assert server.run(asked) == 0
    assert result(small_disk) == undisturbed("loop")[0]


def test_a_disk_that_fills_up_stops_the_table_of_fits_and_not_the_run(
    server: JobServer, prepared: Path, undisturbed: Any, small_disk: Path, tmp_path: Path
) -> None:
    (small_disk / "filler").write_bytes(bytes(2**20 - 40 * 4096))
    # the table of fits alone is on it
    asked = {**request("forest", prepared, tmp_path), "fits_path": str(small_disk / "fits")}
    assert server.run(asked) == 0
    assert "writes no more fits down" in (tmp_path / "run.log").read_text(encoding="utf-8")
    assert result(tmp_path) == undisturbed("forest")[0]


def test_a_disk_so_full_that_no_log_can_be_written(
    server: JobServer, prepared: Path, small_disk: Path, tmp_path: Path
) -> None:
    asked = {**request("loop", prepared, small_disk), "terminal": str(tmp_path / "terminal.txt")}
    (small_disk / "filler").write_bytes(bytes(2**20))
    assert server.run(asked) == 1
    (line,) = [line for line in terminal(tmp_path) if line.startswith("error: ")]
    assert "No space left on device" in line


def test_a_read_only_folder_is_one_line(server: JobServer, prepared: Path, small_disk: Path, tmp_path: Path) -> None:
    asked = elsewhere(request("loop", prepared, small_disk), tmp_path)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert server.run(asked) == 1
    (line,) = terminal(tmp_path)
    assert line.startswith("error: [Errno 30]")
    assert str(small_disk) in line
    # nor can its log be written there
    assert server.run({**request("loop", prepared, small_disk), "terminal": str(tmp_path / "terminal.txt")}) == 1
    (line,) = terminal(tmp_path)
    assert line.startswith("error: [Errno 30] Read-only file system")


@pytest.mark.parametrize("part", ["data_npz", "data_json", "split_npz"])
@pytest.mark.parametrize("fault", ["truncated", "folder", "absent"])
def test_an_unreadable_input_is_one_line(
    server: JobServer, prepared: Path, tmp_path: Path, part: str, fault: str
) -> None:
    asked = request("loop", prepared, tmp_path)
    broken = tmp_path / "broken"
    if fault == "folder":
        broken.mkdir()
    elif fault == "truncated":
        whole = Path(asked[part]).read_bytes()
        broken.write_bytes(whole[: len(whole) // 2])
    assert server.run({**asked, part: str(broken)}) == 1
    (line,) = terminal(tmp_path)
    assert line.startswith("error: ")
    assert str(broken) in line
    assert not (tmp_path / "outcome.json").exists()


def test_a_pause_changes_no_result_and_costs_no_cpu_time(
    server: JobServer, prepared: Path, undisturbed: Any, tmp_path: Path
) -> None:
    asked = request("sklearn", prepared, tmp_path)
    fits = tmp_path / "fits"

    def pause(process: int) -> None:
        os.kill(process, signal.SIGSTOP)
        time.sleep(4)
        os.kill(process, signal.SIGCONT)

    assert server.run(asked, after(lambda: records_in(fits) >= 2, pause)) == 0
    outcome = json.loads((tmp_path / "outcome.json").read_text())
    # the clock on the wall went on; the processor's stood still
    assert outcome["job_seconds"] > outcome["cpu_seconds"] + 3
    assert result(tmp_path) == undisturbed("sklearn")[0]


def test_ctrl_c_ends_a_run_that_goes_on_where_it_was(
    server: JobServer, prepared: Path, undisturbed: Any, tmp_path: Path
) -> None:
    asked = request("sklearn", prepared, tmp_path)
    fits = tmp_path / "fits"
    status = server.run(asked, after(lambda: records_in(fits) >= 3, lambda p: os.kill(p, signal.SIGINT)))
    assert status not in (0, None)
    kept = records_in(fits)
    assert kept >= 3
    assert server.run(asked) == 0
    assert f" s, {kept} taken" in (tmp_path / "run.log").read_text(encoding="utf-8")
    assert result(tmp_path) == undisturbed("sklearn")[0]


def test_two_processes_at_one_run_end_alike_and_the_second_makes_no_fit_of_the_first_again(
    server: JobServer, prepared: Path, undisturbed: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As when a job outlives the Snakemake that started it."""
    expected, _ = undisturbed("forest")
    other = JobServer(tmp_path_factory.mktemp("programs"))
    beside = tmp_path / "beside"
    beside.mkdir()
    first, second = request("forest", prepared, tmp_path), request("forest", prepared, beside)
    second["fits_path"] = first["fits_path"]
    there: list[int] = []

    def hold(process: int) -> None:
        os.kill(process, signal.SIGSTOP)
        there.append(records_in(tmp_path / "fits"))
        try:
            assert other.run(second) == 0
        finally:
            os.kill(process, signal.SIGCONT)

    try:
        assert server.run(first, after(lambda: records_in(tmp_path / "fits") >= 1, hold)) == 0
    finally:
        other.close()
    log = (beside / "run.log").read_text(encoding="utf-8")
    made, taken = map(int, re.search(r"(\d+) fits made in [\d.]+ s, (\d+) taken", log).groups())
    assert (made, taken) == (expected[0]["fits"] - there[0], there[0])
    # the one that stood still is at the fit that it was at, and takes the others
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert int(re.search(r"(\d+) fits made in", log)[1]) <= there[0] + 1
    assert records_in(tmp_path / "fits") == expected[0]["fits"]
    assert result(tmp_path) == result(beside) == expected
