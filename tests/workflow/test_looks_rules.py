"""Planned looks in the workflow: a checkpoint each, killed and resumed, and refused where they are changed."""

import itertools
import json
import signal
import time

import pytest
from clone import TINY, TINY_CLAIMS, make_clone

pytestmark = pytest.mark.slow
STUDY = TINY.replace("seeds: {first: 0, count: 2}", "seeds: {first: 0, looks: [2, 3, 4], alpha: [0.01, 0.01, 0.03]}")
STUDY = STUDY.replace("results/tiny", "results/looks").replace("tiny_claims", "looks_claims")
# the loop and TPE are alike, and three or four seeds are too few to show it
CLAIMS = TINY_CLAIMS.replace("margins: {score: 0.02}", "margins: {score: 0.001}")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Killed once the first look is there, then resumed on another number of cores."""
    made = make_clone(tmp_path_factory.mktemp("looks") / "repository")
    (made.folder / "looks.yaml").write_text(STUDY, encoding="utf-8")
    (made.folder / "looks_claims.yaml").write_text(CLAIMS, encoding="utf-8")
    wanted = ("--configfile", "looks.yaml", "--", "results/looks/tables/verdicts.json")
    started = made.start("--cores", "2", *wanted)
    first = made.folder / "results" / "looks" / "looks" / "look1.json"
    while not first.exists() and started.poll() is None:
        time.sleep(0.2)
    started.send_signal(signal.SIGINT)
    started.communicate()
    assert first.exists()
    done = made.snakemake("--cores", "1", "--rerun-incomplete", *wanted)
    assert done.returncode == 0, done.stdout[-4000:]
    return made


def test_arms_run_on_as_their_claims_need_them_and_equal_runs_give_equal_looks(clone):
    folder = clone.folder / "results" / "looks"
    looks = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "looks").glob("look*.json"))]
    for look, later in itertools.pairwise(looks):
        assert later["asked"] == {**look["asked"], **look["next"]}
    # of that arm there is no claim
    assert looks[-1]["asked"]["telecust/keras_random/test"] == 2
    assert looks[-1]["next"] == {}
    for cell, seeds in looks[-1]["asked"].items():
        assert len(list((folder / "runs" / cell).glob("seed*/outcome.json"))) == seeds
    verdicts = json.loads((folder / "tables" / "verdicts.json").read_text(encoding="utf-8"))
    assert verdicts == looks[-1]["verdicts"]
    # decided by counting, at the first look
    (costs,) = [claim for claim in verdicts["claims"] if claim["id"] == "loop_costs_more"]
    assert costs["judgements"][0]["look"] in (2, None)
    # nothing is left to do, and a look made again is the same look
    assert clone.would_run("looks.yaml", "--", "results/looks/tables/verdicts.json") == {}
    before = (folder / "looks" / "look1.json").read_bytes()
    done = clone.snakemake(
        "--cores", "1", "--configfile", "looks.yaml", "--forcerun", "look", "--", "results/looks/looks/look1.json"
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert (folder / "looks" / "look1.json").read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("looks: [2, 3, 4]", "looks: [2, 3, 5]", "seeds: the first look (results/looks/looks/look1.json) was made of"),
        ("looks: [2, 3, 4], alpha: [0.01, 0.01, 0.03]", "count: 5", "the study says no looks now"),
        ("looks_claims", "other_claims", "claims: other_claims.yaml, or what this study leaves out of it, is another"),
    ],
)
def test_what_changes_after_the_first_look_is_refused_with_the_way_to_a_new_study(clone, old, new, message):
    (clone.folder / "other_claims.yaml").write_text(CLAIMS.replace("0.001", "0.002"), encoding="utf-8")
    (clone.folder / "bad.yaml").write_text(STUDY.replace(old, new), encoding="utf-8")
    done = clone.snakemake("--cores", "1", "--configfile", "bad.yaml")
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("Using ")]
    assert (done.returncode, len(lines)) == (1, 1)
    assert message in lines[0]
    assert "start a new study: another `results_dir`" in lines[0]
