"""Claims in the workflow: judged from the tables, refused before anything runs where the study cannot judge them."""

import json

import pandas as pd
import pytest
from clone import TINY, TINY_CLAIMS
from test_refusals import refusal
from test_whole_run import edited

from hpotrial.core.claims import VERDICTS

pytestmark = pytest.mark.slow
STUDY, CLAIMS = "tiny.yaml", "tiny_claims.yaml"


@pytest.fixture(scope="module")
def tables(finished_clone):
    return finished_clone.folder / "results" / "tiny" / "tables"


def test_every_claim_has_its_verdicts(tables):
    verdicts = json.loads((tables / "verdicts.json").read_text(encoding="utf-8"))
    assert [claim["id"] for claim in verdicts["claims"]] == ["loop_beats_tpe", "loop_costs_more", "grid_of_eight"]
    told = {(claim["id"], one["on"]): one for claim in verdicts["claims"] for one in claim["judgements"]}
    assert len(told) == 4
    assert all(one["verdict"] in VERDICTS for one in told.values())
    # of a stand-in nothing is claimed
    standin = any(claim["standin"] for claim in verdicts["claims"])
    assert told["grid_of_eight", "measured"]["verdict"] == ("not_judged" if standin else "supported")
    runs = pd.read_parquet(tables / "runs.parquet").set_index(["arm", "seed"])
    assert bool(told["loop_beats_tpe", "audited"]["pairs"]) is not standin
    for pair in told["loop_beats_tpe", "audited"]["pairs"]:
        assert pair["a"] == runs.loc[("grid_loop", pair["seed"]), "audit_score"]
        assert pair["b"] == runs.loc[("hyperopt_tpe", pair["seed"]), "audit_score"]
    assert len(pd.read_csv(tables / "verdicts.csv")) == 4


@pytest.mark.parametrize("name", ["recommendations", "calibration"])
def test_the_margin_of_the_registry_is_that_of_the_recommendations_and_the_appendix(tables, name):
    assert json.loads((tables / f"{name}.json").read_text(encoding="utf-8"))["margin"] == 0.02


def test_every_claim_has_its_evidence_drawn(tables):
    drawn = {path.stem for path in (tables.parent / "claims").glob("*.svg")}
    assert drawn == {"loop_beats_tpe", "loop_costs_more", "grid_of_eight"}


def test_another_margin_reruns_no_search(finished_clone):
    with edited(finished_clone, CLAIMS, "scores:", "margin: 0.03\n    scores:"):
        jobs = finished_clone.would_run(STUDY)
    assert jobs["judge"] == 1
    assert {"run_search", "collect", "plan"} & set(jobs) == set()


def test_equal_tables_give_equal_verdicts(finished_clone, tables):
    before = (tables / "verdicts.json").read_bytes()
    done = finished_clone.snakemake("--cores", "1", "--configfile", STUDY, "--forcerun", "judge", "--", str(
        (tables / "verdicts.json").relative_to(finished_clone.folder)))  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert (tables / "verdicts.json").read_bytes() == before


def test_a_claim_that_the_study_cannot_judge(fresh_clone):
    """Every such fault has its line in the unit tests of the registry; this is Snakemake's end."""
    wrong = TINY_CLAIMS.replace("a: telecust/grid_loop/holdout", "a: telecust/grid_lop/holdout", 1)
    (fresh_clone.folder / "bad_claims.yaml").write_text(wrong, encoding="utf-8")
    line = refusal(fresh_clone, TINY.replace(CLAIMS, "bad_claims.yaml"))
    assert "bad_claims.yaml: claims.loop_beats_tpe" in line
    assert "no arm 'grid_lop'; did you mean 'grid_loop'?" in line


def test_a_registry_that_is_not_there(fresh_clone):
    assert "absent.yaml: cannot be read" in refusal(fresh_clone, TINY.replace(CLAIMS, "absent.yaml"))
