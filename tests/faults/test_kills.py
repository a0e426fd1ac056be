"""Single runs killed at random moments, and started again until they end: as if nothing had happened, and no finished
fit made twice.

``HPO_KILLS`` says how often; `make torture` says 100.
"""

import os
import random
import re
from pathlib import Path
from typing import Any

import pytest
from killed_runs import FAMILIES, JobServer, killed_at, records_in, request, result

pytestmark = pytest.mark.slow

# the workflow's own kills are counted apart
KILLS = max(int(os.environ.get("HPO_KILLS", "20")) - 2, len(FAMILIES))
SHARES = {family: KILLS // len(FAMILIES) + (i < KILLS % len(FAMILIES)) for i, family in enumerate(FAMILIES)}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_killed_run_loses_the_fit_that_was_running(
    family: str, server: JobServer, prepared: Path, undisturbed: Any, tmp_path: Path
) -> None:
    expected, seconds = undisturbed(family)
    fits = expected[0]["fits"]
    moments = random.Random(f"{family} {KILLS}")
    kills = attempt = 0
    while kills < SHARES[family]:
        attempt += 1
        assert attempt <= 20 + 4 * SHARES[family], "the runs end before they are killed"
        folder = tmp_path / str(attempt)
        folder.mkdir()
        asked = request(family, prepared, folder)
        found, status = [0], None
        while status != 0:
            if kills < SHARES[family]:
                # all fits may be there, and the run not at its end
                records = moments.randrange(min(found[-1], fits - 1), fits)
                pause = moments.uniform(0, 1.5 * seconds / fits)
                status = server.run(asked, killed_at(folder / "journal", records, pause))
            else:
                status = server.run(asked)
            assert status in (0, -9), (folder / "terminal.txt").read_text()
            log = (folder / "run.log").read_text(encoding="utf-8") if (folder / "run.log").exists() else ""
            assert "damaged" not in log
            if status:
                kills += 1
                ended = (folder / "outcome.json").exists()
                # as Snakemake does with what a killed job was to make
                for name in ("outcome.json", "trials.parquet"):
                    (folder / name).unlink(missing_ok=True)
                records = records_in(folder / "journal")
                if not (ended and records == 1):
                    # nothing that was finished is lost, whatever was running
                    found.append(records)
                    assert found == sorted(found)
        assert result(folder) == expected
        if "its files are taken from the journal" not in log:
            # what was made of the fits, in a journal that was not yet replaced by the finished run
            taken, added = map(int, re.search(r": (\d+) fits taken from it, (\d+) added", log).groups())
            assert taken == found[-1]
            assert taken + added == fits


def test_a_finished_run_that_nobody_saw_is_put_back(
    server: JobServer, prepared: Path, undisturbed: Any, tmp_path: Path
) -> None:
    """As after a workflow that was killed between a job's end and its own note of it."""
    expected, _ = undisturbed("loop")
    asked = request("loop", prepared, tmp_path)
    assert server.run(asked) == 0
    files = [tmp_path / name for name in ("outcome.json", "trials.parquet")]
    before = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()
    assert server.run(asked) == 0
    assert [file.read_bytes() for file in files] == before
    assert result(tmp_path) == expected
    # another request is another run
    assert server.run({**asked, "arm": {**asked["arm"], "refit": True}}) == 0
    outcome = result(tmp_path)[0]
    assert outcome["settings"]["refit"] is True
    assert outcome["fits"] == expected[0]["fits"] + 1
