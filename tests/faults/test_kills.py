"""Single runs killed at random moments, and started again until they end: as if nothing had happened, and no finished
fit made twice.

``HPO_KILLS`` says how often; `make torture` says 100.
"""

import io
import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pandas as pd
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
    # a search may ask for the same fit again, which is made once
    trials = pd.read_json(io.StringIO(expected[1]))
    fewest = trials.drop_duplicates("configuration").fits.sum()
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
                records = moments.randrange(min(found[-1], fewest - 1), fewest)
                pause = moments.uniform(0, 1.5 * seconds / fewest)
                status = server.run(asked, killed_at(folder / "fits", records, pause))
            else:
                status = server.run(asked)
            assert status in (0, -9), (folder / "terminal.txt").read_text()
            log = (folder / "run.log").read_text(encoding="utf-8") if (folder / "run.log").exists() else ""
            assert "damaged" not in log
            if status:
                kills += 1
                # as Snakemake does with what a killed job was to make
                for name in ("outcome.json", "trials.parquet"):
                    (folder / name).unlink(missing_ok=True)
                # nothing that was finished is lost, whatever was running
                found.append(records_in(folder / "fits"))
                assert found == sorted(found)
        assert result(folder) == expected
        made, taken = map(int, re.search(r"(\d+) fits made in [\d.]+ s, (\d+) taken", log).groups())
        assert found[-1] + made == records_in(folder / "fits") >= fewest
        assert made + taken == expected[0]["fits"]


def test_a_finished_run_is_made_again_without_a_fit(
    server: JobServer, prepared: Path, undisturbed: Any, tmp_path: Path
) -> None:
    """As after a workflow that was killed between a job's end and its own note of it."""
    expected, _ = undisturbed("loop")
    asked = request("loop", prepared, tmp_path)
    assert server.run(asked) == 0
    first = json.loads((tmp_path / "outcome.json").read_text())
    for name in ("outcome.json", "trials.parquet"):
        (tmp_path / name).unlink()
    assert server.run(asked) == 0
    assert result(tmp_path) == expected
    again = json.loads((tmp_path / "outcome.json").read_text())
    assert first["spent_seconds"] == pytest.approx(first["wall_seconds"])
    assert again["spent_seconds"] == 0
    assert again["wall_seconds"] == first["wall_seconds"]
    # another request makes what is not there, and no more
    assert server.run({**asked, "arm": {**asked["arm"], "refit": True}}) == 0
    outcome = result(tmp_path)[0]
    assert outcome["settings"]["refit"] is True
    assert outcome["fits"] == expected[0]["fits"] + 1
    assert "1 fits made in" in (tmp_path / "run.log").read_text(encoding="utf-8")
