"""Without the raw data a stand-in takes their place, until they come."""

import json

import pytest
from clone import REAL_DATA, make_clone

pytestmark = pytest.mark.slow

# a port that nothing listens on: no network, on any machine
OFFLINE = {"HPO_DATA_DIR": "", "HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
META = "data/processed/telecust.json"


@pytest.mark.skipif(not (REAL_DATA / "telecust.csv").exists(), reason="no telecust.csv in HPO_DATA_DIR")
def test_a_standin_gives_way_to_the_real_data(tmp_path):
    clone = make_clone(tmp_path / "repository")
    arguments = ("--cores", "1", "--configfile", "tiny.yaml")

    refused = clone.snakemake(*arguments, "--config", "standin=never", "--", META, **OFFLINE)
    assert refused.returncode == 1
    assert "`standin: never` is set" in refused.stdout
    assert "157391eb147a4a83612db3a3162c43aaac0dcaae3601ab9aa13ebee3ff91ca29" in refused.stdout

    first = clone.snakemake(*arguments, "--", META, **OFFLINE)
    assert first.returncode == 0, first.stdout
    assert "telecust: no raw files were found, a STAND-IN takes their place" in first.stdout
    assert json.loads((clone.folder / META).read_text())["standin"] is True
    again = clone.snakemake(*arguments, "--", META, **OFFLINE)
    assert "Nothing to be done" in again.stdout

    second = clone.snakemake(*arguments, "--", META)
    assert second.returncode == 0, second.stdout
    assert json.loads((clone.folder / META).read_text())["standin"] is False
    settled = clone.snakemake(*arguments, "--", META)
    assert "Nothing to be done" in settled.stdout
