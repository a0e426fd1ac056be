"""The report's verdict pages: what they print is what the verdicts say, whatever that is, in both languages."""

import json
import shutil
import subprocess
import sys
import time

import pandas as pd
import pytest
import simulated_study
import simulated_verdicts
import test_report

from hpotrial.core.errors import HpoTrialError
from hpotrial.core.files import jsonable
from hpotrial.core.words import report_words
from hpotrial.figures.evidence import draw_evidence
from hpotrial.report.numbers import recommendations
from hpotrial.report.verdicts import contradictions, verdict_pages
from hpotrial.results import Tables, collect
from hpotrial.results.recommendation import write as recommend
from hpotrial.results.verdicts.judge import judge
from hpotrial.study.claims import load as load_registry

pytestmark = pytest.mark.slow

WORDS = report_words("en")


def judged(root, *, seeds=2, standin=(), **options):
    """A simulated study with its verdicts and pictures."""
    test_report.made(root, seeds=seeds, standin=standin, **options)
    verdicts = simulated_verdicts.write(root, seeds=seeds, standin=standin)
    test_report.pictures(root / "claims", [claim["id"] for claim in verdicts["claims"]])
    recommend(root / "tables", root / "tables" / "recommendations.json", root / "study.json")
    return root


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    root = judged(tmp_path_factory.mktemp("judged"), seeds=3)
    draw_evidence(json.loads((root / "tables" / "verdicts.json").read_text()), root / "claims")
    return root


def pages(root, language="en"):
    words = report_words(language)
    return verdict_pages(root / "tables" / "verdicts.json", root / "claims", words, language)


def changed(root, change):
    """The pages of the study's verdicts after a change to them, from a file beside them."""
    told = json.loads((root / "tables" / "verdicts.json").read_text())
    change(told)
    other = root / "tables" / "changed.json"
    other.write_text(json.dumps(told))
    return verdict_pages(other, root / "claims", WORDS, "en")


def test_every_claim_has_its_line_and_its_half_page(study):
    told = json.loads((study / "tables" / "verdicts.json").read_text())
    _, numbers = test_report.built(study)
    found = numbers["verdicts"]
    assert [claim["id"] for claim in found["claims"]] == [claim["id"] for claim in told["claims"]]
    assert [claim["number"] for claim in found["claims"]] == list(range(1, len(told["claims"]) + 1))
    apart = sum(claim["by_design"] or claim["ours"] for claim in told["claims"])
    assert (apart, found["by_design"]["count"], found["ours"]) == (2, 1, 1)
    assert sum(entry["count"] for entry in found["outcomes"]) == found["counted"] == len(told["claims"]) - apart
    assert found["hypotheses"] == {name: family["hypotheses"] for name, family in told["families"].items()}
    for claim, source in zip(found["claims"], told["claims"], strict=True):
        assert claim["documents"] == [source["sources"][0][:3]]
        for judgement, given in zip(claim["judgements"], source["judgements"], strict=True):
            assert {key: judgement[key] for key in ("verdict", "effect", "low", "high", "n", "p_adjusted")} == {
                key: given[key] for key in ("verdict", "effect", "low", "high", "n", "p_adjusted")
            }


def test_the_table_tells_the_audited_effect_before_the_documented_one(study):
    claims = {claim["id"]: claim for claim in pages(study)["claims"]}
    both, measured = claims["grid_loop_best"], claims["grid_loop_takes_long"]
    assert [one["on"] for one in both["judgements"]] == ["documented", "audited"]
    assert both["judgements"][both["told_first"]]["on"] == "audited"
    assert measured["judgements"][measured["told_first"]]["on"] == "measured"


def test_effects_are_printed_in_their_unit_and_margins_can_be_told_apart(study):
    forms = {claim["id"]: claim["judgements"][-1] for claim in pages(study)["claims"]}
    told = {name: (one["form"], one["digits"]) for name, one in forms.items()}
    assert told["grid_loop_best"] == ("points", 1)
    assert told["mnist_grid_beats_tpe"] == ("points", 2)
    assert told["mnist_grid_winner"] == ("level", 2)
    assert told["hyperband_cost"][0] == "ratio"
    assert told["cnn_grid_runs"][0] == "count"


def test_claims_that_contradict_each_other_are_told_once():
    claims = [
        {"id": name, "contradicts": others}
        for name, others in (("a", ["b"]), ("b", ["a", "c"]), ("c", ["b"]), ("d", []), ("e", ["gone"]))
    ]
    assert contradictions(claims) == [{"claim": 2, "against": [1, 3]}]
    assert contradictions([]) == []


def test_a_statement_and_a_note_are_in_the_reports_language(study):
    def with_note(told):
        told["claims"][0]["note"] = {"en": "Mind this.", "es": "Ojo con esto."}

    assert changed(study, with_note)["claims"][0]["note"] == "Mind this."
    assert pages(study, "es")["claims"][0]["statement"].startswith("Afirmación")
    assert pages(study)["claims"][0]["note"] == ""


def test_a_claim_without_a_translation_is_told_in_english_and_said_once(study, caplog):
    told = json.loads((study / "tables" / "verdicts.json").read_text())
    for claim in told["claims"][:2]:
        del claim["statement"]["es"]
    (study / "tables" / "untranslated.json").write_text(json.dumps(told))
    found = verdict_pages(study / "tables" / "untranslated.json", study / "claims", report_words("es"), "es")
    assert found["claims"][0]["statement"] == told["claims"][0]["statement"]["en"]
    (line,) = caplog.messages
    assert "'es' has no words for them" in line
    assert "the registry of claims" in line
    assert all(repr(claim["id"]) in line for claim in told["claims"][:2])


def test_a_claim_left_out_says_what_the_study_lacks_without_a_hint(study):
    told = [{"id": "x", "reason": "datasets.mnist has no arm 'a'; did you mean 'b'?"}]
    found = changed(study, lambda verdicts: verdicts.update(left_out=told))
    assert found["left_out"] == [{"id": "x", "reason": "datasets.mnist has no arm 'a'"}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reason": "moonlight"}, r"claim grid_loop_best: the report has no sentence for the reason 'moonlight'"),
        ({"verdict": "perhaps"}, r"claim grid_loop_best: 'perhaps' is no verdict"),
    ],
)
def test_what_the_report_has_no_words_for_is_one_clear_line(study, change, message):
    with pytest.raises(HpoTrialError, match=message):
        changed(study, lambda told: told["claims"][0]["judgements"][0].update(change))


def test_an_unknown_outcome_is_one_clear_line(study):
    with pytest.raises(HpoTrialError, match="no word for the outcome 'sideways'"):
        changed(study, lambda told: told["claims"][0].update(outcome="sideways"))


def test_missing_evidence_and_broken_verdicts_are_one_clear_line(study, tmp_path):
    with pytest.raises(HpoTrialError, match=r"grid_loop_best\.svg is not there; draw the evidence"):
        verdict_pages(study / "tables" / "verdicts.json", tmp_path, WORDS, "en")
    with pytest.raises(HpoTrialError, match=r"verdicts\.json not found: judge the claims again"):
        verdict_pages(tmp_path / "verdicts.json", tmp_path, WORDS, "en")
    (tmp_path / "verdicts.json").write_text('{"claims": []}')
    with pytest.raises(HpoTrialError, match=r"lacks alpha, families, left_out, power, seeds: .* judge the claims"):
        verdict_pages(tmp_path / "verdicts.json", tmp_path, WORDS, "en")


@pytest.mark.parametrize("language", ["en", "es"])
def test_both_editions_are_made_alike_twice_and_soon(study, language):
    begun = time.process_time()
    first, numbers = test_report.built(study, f"first_{language}", language=language)
    assert time.process_time() - begun < 60  # of the processor: other jobs may share the machine
    second, _ = test_report.built(study, f"second_{language}", language=language)
    assert first.read_bytes() == second.read_bytes()
    assert numbers["study"]["language"] == language


def test_the_report_is_made_without_tensorflow(study):
    code = (
        "import sys; from pathlib import Path; from hpotrial.report import build;"
        "root, source = map(Path, sys.argv[1:]);"
        "build(root / 'tables', root / 'figures', root / 'study.json', source, root / 'alone' / 'report.pdf',"
        "evidence_dir=root / 'claims'); sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    asked = [sys.executable, "-c", code, str(study), str(test_report.SOURCE)]
    done = subprocess.run(asked, cwd=test_report.ROOT / "src", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (study / "alone" / "report.pdf").stat().st_size > 10_000


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_sentence_can_be_set_without_any_number(study, tmp_path, language):
    """A reason's sentence names values that some judgement lacks: it is printed all the same."""
    text = report_words(language)
    told = json.loads((study / "tables" / "verdicts.json").read_text())
    by_kind = {claim["kind"]: claim for claim in told["claims"]}
    bare = dict.fromkeys(told["claims"][0]["judgements"][0]) | {
        **{"on": "audited", "unit": "share", "n": 0, "b": [], "measure": "", "details": {}}
    }
    claims = []
    for reason in text["reasons"]:
        kind = next((kind for kind in by_kind if reason.endswith("_" + kind)), "superiority")
        for place, judgement in enumerate((by_kind[kind]["judgements"][0] | {"details": {}}, bare)):
            one = judgement | {"reason": reason, "verdict": "inconclusive", "pairs": [], "effect": None}
            claims.append(by_kind[kind] | {"id": f"{reason}_{place}", "contradicts": [], "judgements": [one]})
    copied = tmp_path / "study"
    copied.mkdir()
    for part in ("figures", "claims"):
        (copied / part).symlink_to(study / part)
    (copied / "tables").mkdir()
    for file in (study / "tables").iterdir():
        (copied / "tables" / file.name).write_bytes(file.read_bytes())
    (copied / "tables" / "verdicts.json").write_text(json.dumps(told | {"claims": claims}))
    (copied / "study.json").write_text((study / "study.json").read_text())
    pdf, numbers = test_report.built(copied, language=language)
    assert pdf.stat().st_size > 10_000
    assert len(numbers["verdicts"]["claims"]) == 2 * len(text["reasons"])


@pytest.mark.parametrize(
    "options",
    [
        {"seeds": 1, "datasets": ("telecust",)},
        {"seeds": 2, "standin": ("mnist",)},
        {"seeds": 2, "drop": ["telecust/grid_loop/test"]},
    ],
    ids=["one seed", "stand-in", "an arm without runs"],
)
def test_the_verdicts_that_can_be_given_are_printed_with_the_reasons_for_the_others(tmp_path, options):
    pdf, numbers = test_report.built(judged(tmp_path, **options))
    assert pdf.stat().st_size > 10_000
    told = {one["verdict"] for claim in numbers["verdicts"]["claims"] for one in claim["judgements"]}
    assert ("not_judged" in told) == (options.get("drop") is None)


def test_nothing_is_said_of_a_standin(tmp_path):
    _, numbers = test_report.built(judged(tmp_path, seeds=2, standin=("telecust", "mnist")))
    about = [claim for claim in numbers["verdicts"]["claims"] if claim["standin"]]
    assert about
    assert {claim["outcome"] for claim in about} == {"not_judged"}
    assert {one["effect"] for claim in about for one in claim["judgements"]} == {None}
    assert {claim["figure"] for claim in about} == {None}


def test_a_study_without_claims_has_no_verdict_pages(study, tmp_path):
    from hpotrial.report import build

    build(study / "tables", study / "figures", study / "study.json", test_report.SOURCE, tmp_path / "report.pdf")
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert numbers["verdicts"] is None
    assert numbers["recommendations"] is not None


def test_recommendations_are_those_of_their_file(study):
    _, numbers = test_report.built(study)
    told = json.loads((study / "tables" / "recommendations.json").read_text())
    assert {one["dataset"] for one in told["datasets"]} == {"telecust", "mnist"}
    with_units = [one | {"unit": "share"} for one in told["datasets"]]
    assert numbers["recommendations"] == told | {"datasets": with_units}


def test_without_their_file_there_are_no_recommendations(tmp_path):
    assert recommendations(tmp_path / "absent.json") is None


CALIBRATION = {
    **{"alpha": 0.05, "power": 0.8, "margin": 0.01, "sd": 0.03, "n_seeds": 10, "n_claims": 25, "registries": 1000},
    "false_verdicts": [{"truth": "no_difference", "data": "normal", "sd": 0.03, "count": 40, "of": 1000}],
    "power": [{"of_what": "difference", "effect": 0.045, "seeds": 10, "stated": 0.8, "count": 810, "of": 1000}],
    "coverage": [{"interval": "printed", "data": "skewed", "stated": 0.95, "count": 1880, "of": 2000}],
}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_appendix_prints_the_calibration(study, language):
    file = study / "tables" / "calibration.json"
    told = json.loads(json.dumps(CALIBRATION))
    for part in ("false_verdicts", "power", "coverage"):
        for row in told[part]:
            row |= {"rate": row["count"] / row["of"], "low": 0.0, "high": 1.0}
    file.write_text(json.dumps(told))
    try:
        pdf, numbers = test_report.built(study, "calibrated", language=language)
        assert numbers["calibration"] == told
        assert pdf.stat().st_size > 10_000
        file.write_text('{"alpha": 0.05}')
        with pytest.raises(HpoTrialError, match=r"calibration\.json lacks coverage, false_verdicts"):
            test_report.built(study, "calibrated", language=language)
    finally:
        file.unlink()


def test_a_broken_file_of_recommendations_is_one_clear_line(study):
    file = study / "tables" / "recommendations.json"
    kept = file.read_text()
    file.write_text('{"rows": []}')
    try:
        with pytest.raises(
            HpoTrialError,
            match=r"recommendations\.json lacks datasets: .* compute the recommendations again",
        ):
            test_report.built(study)
    finally:
        file.write_text(kept)


REGISTRY = """
alpha: 0.05
claims:
  loop_beats_grid:
    sources: [000_x.txt]
    statement: {en: The loop is better., es: El bucle es mejor.}
    kind: superiority
    a: telecust/grid_loop/test
    b: telecust/sklearn_grid/cv5
    scores: {documented: test, audited: audit}
  loop_is_alike:
    sources: [000_x.txt]
    statement: {en: Its scores are alike., es: Sus puntuaciones son parecidas.}
    kind: equivalence
    a: telecust/grid_loop/test
    b: telecust/grid_loop/test
    scores: {audited: {a: test, b: audit}}
  grid_costs_more:
    sources: [001_x.txt]
    statement: {en: The grid costs more., es: La rejilla cuesta más.}
    kind: ratio
    a: telecust/sklearn_grid/cv5
    b: telecust/grid_loop/test
    cost: epochs
    expected: {at_least: 2}
"""


def judged_anew(root):
    """The claims of ``REGISTRY`` judged on the study as it is, by the judge himself."""
    (root / "claims.yaml").write_text(REGISTRY)
    tables = root / "tables"
    collect(root / "plan.csv", root / "runs", tables)
    plan = pd.read_csv(root / "plan.csv").assign(plan_only=False)
    study = json.loads((root / "study.json").read_text())
    verdicts = jsonable(judge(load_registry(root / "claims.yaml"), Tables(tables), plan, study))
    (tables / "verdicts.json").write_text(json.dumps(verdicts))
    test_report.undrawn(root)
    test_report.pictures(root / "claims", [claim["id"] for claim in verdicts["claims"]])
    recommend(tables, tables / "recommendations.json", root / "study.json")
    _, numbers = test_report.built(root)
    return {claim["id"]: claim["judgements"][-1]["reason"] for claim in numbers["verdicts"]["claims"]}


@pytest.fixture
def small(tmp_path):
    simulated_study.write(tmp_path, seeds=2, datasets=("telecust",))
    return tmp_path


def test_a_study_with_one_arm_says_what_it_lacks(small):
    plan = pd.read_csv(small / "plan.csv")
    plan[(plan["arm"] == "grid_loop") & (plan["cv"] == "test")].to_csv(small / "plan.csv", index=False)
    reasons = judged_anew(small)
    assert (reasons["loop_beats_grid"], reasons["grid_costs_more"]) == ("no_runs", "no_runs")
    assert reasons["loop_is_alike"] in ("within_margin", "outside_margin", "underpowered", "inconclusive")


def test_an_arm_that_failed_is_told_with_what_its_runs_say(small):
    for file in (small / "runs" / "telecust" / "sklearn_grid" / "cv5").glob("*/outcome.json"):
        failed = {"status": "search_error", "message": "the search ran out of luck", "audit_score": None}
        file.write_text(json.dumps(json.loads(file.read_text()) | failed))
    reasons = judged_anew(small)
    assert (reasons["loop_beats_grid"], reasons["grid_costs_more"]) == ("failed_runs", "failed_runs")


@pytest.mark.parametrize("language", ["en", "es"])
def test_looks_are_told_with_what_each_decided_and_gave_up(study, tmp_path, language):
    root = tmp_path / "study"
    shutil.copytree(study, root)
    file = root / "tables" / "verdicts.json"
    told = json.loads(file.read_text())
    both = [claim for claim in told["claims"] if claim["kind"] == "superiority" and len(claim["judgements"]) == 2]
    first, second = both[:2]
    first["judgements"][1] |= {"verdict": "supported", "reason": "better", "look": 2}
    second["judgements"][1] |= {"verdict": "inconclusive", "reason": "given_up", "look": 3}
    second["judgements"][1]["details"] |= {"power": 0.04, "most": 40}
    second["outcome"] = "given_up"
    made = [
        {"look": 1, "seeds": 2, "alpha": 0.01, "spent": 0.01, "given_up": [], "open": [second["id"]], "runs": 20}
        | {"decided": [{"claim": first["id"], "on": on, "verdict": "supported"} for on in ("documented", "audited")]},
        {"look": 2, "seeds": 3, "alpha": 0.04, "spent": 0.05, "decided": [], "open": [], "runs": 24}
        | {"given_up": [{"claim": second["id"], "on": "audited", "power": 0.04}]},
    ]
    planned = {"first": 0, "seeds": [2, 3, 40], "alpha": [0.01, 0.01, 0.03], "give_up_from": 3}
    told |= {"looks": {"planned": planned, "least_power": 0.15, "made": made}}
    told |= {"judged_before": [{"seeds": 2, "same_claims": False}]}
    file.write_text(json.dumps(told))
    _, numbers = test_report.built(root, language=language)
    by_id = {claim["id"]: claim for claim in numbers["verdicts"]["claims"]}
    looks = numbers["verdicts"]["looks"]["made"]
    assert [look["decided"] for look in looks] == [[by_id[first["id"]]["number"]], []]
    assert [look["given_up"] for look in looks] == [[], [by_id[second["id"]]["number"]]]
    # what an adjusted p was held against is the share of its look
    assert by_id[first["id"]]["judgements"][1]["limit"] == 0.01
    assert by_id[second["id"]]["judgements"][1]["limit"] == 0.04
