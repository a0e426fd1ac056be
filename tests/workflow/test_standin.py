"""Without the raw data a stand-in takes their place, until they come; looking at the plan writes nothing."""

import json

import pytest
from clone import REAL_DATA, Clone, make_clone

pytestmark = pytest.mark.slow

# a port that nothing listens on: no network, on any machine
OFFLINE = {"HPO_DATA_DIR": "", "HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
META = "data/processed/telecust.json"


def tree(clone: Clone) -> dict[str, tuple[int, bytes]]:
    """Every file with its time and content, but for Snakemake's own notes."""
    files = [path for path in clone.folder.rglob("*") if path.is_file() and ".snakemake" not in path.parts]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def looked_at(clone: Clone, **variables: str) -> str:
    """What a dry run says; it leaves every file as it was."""
    before = tree(clone)
    looked = clone.snakemake("--configfile", "tiny.yaml", "-n", "--", META, PYTHONDONTWRITEBYTECODE="1", **variables)
    assert looked.returncode == 0, looked.stdout
    assert tree(clone) == before
    return looked.stdout


@pytest.mark.skipif(not (REAL_DATA / "telecust.csv").exists(), reason="no telecust.csv in HPO_DATA_DIR")
def test_a_standin_gives_way_to_the_real_data(tmp_path):
    clone = make_clone(tmp_path / "repository")
    arguments = ("--cores", "1", "--configfile", "tiny.yaml")

    refused = clone.snakemake(*arguments, "--config", "standin=never", "--", META, **OFFLINE)
    assert refused.returncode == 1
    assert "`standin: never` is set" in refused.stdout
    assert "157391eb147a4a83612db3a3162c43aaac0dcaae3601ab9aa13ebee3ff91ca29" in refused.stdout

    assert "raw files of telecust" in looked_at(clone, **OFFLINE)
    assert "raw files of telecust" in looked_at(clone)
    first = clone.snakemake(*arguments, "--", META, **OFFLINE)
    assert first.returncode == 0, first.stdout
    assert "telecust: no raw files were found, a STAND-IN takes their place" in first.stdout
    assert json.loads((clone.folder / META).read_text())["standin"] is True
    again = clone.snakemake(*arguments, "--", META, **OFFLINE)
    assert "Nothing to be done" in again.stdout
    assert "Nothing to be done" in looked_at(clone, **OFFLINE)

    assert "raw files of telecust" in looked_at(clone)

    second = clone.snakemake(*arguments, "--", META)
    assert second.returncode == 0, second.stdout
    assert json.loads((clone.folder / META).read_text())["standin"] is False
    settled = clone.snakemake(*arguments, "--", META)
    assert "Nothing to be done" in settled.stdout
    assert "Nothing to be done" in looked_at(clone)
    assert "Nothing to be done" in looked_at(clone, **OFFLINE)
