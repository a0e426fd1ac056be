"""The registry of the documents' claims, and the one line that each fault in a registry earns."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from hpotrial.core.claims import KINDS, Registry
from hpotrial.core.errors import ConfigurationError
from hpotrial.results.statistics.paired import equivalence, one_sided, paired
from hpotrial.study import Study, load_study, read_study_file
from hpotrial.study.claims import check, load

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "config" / "claims.yaml"
MANUAL = ROOT / "docs" / "claims.md"
DOCUMENTS = {
    "000_f3a99df5210ceb51.txt",
    "001_e98495d060a60266.txt",
    "002_b84cecdcf0c4c695.txt",
    "003_f85bce8ac2fb8580.txt",
    "004_371b47cb03a567ab.txt",
}

STUDY = """
name: small
seeds: {first: 0, count: 2}
claims: {file: claims.yaml}
datasets:
  telecust:
    model: mlp
    space: {neurons: {choice: [16, 64]}, epochs: {choice: [2, 3]}}
    arms:
      grid_loop: {cv: [test, holdout]}
      sklearn_grid: {cv: [cv3]}
      sklearn_random: {n_iter: 2, cv: [cv3], metric: roc_auc}
      whole: {method: grid_loop, plan_only: true, cv: [holdout]}
"""
CLAIMS = """
claims:
  loop_better:
    sources: [notes.txt]
    statement: {en: It is better., es: Es mejor.}
    kind: superiority
    a: telecust/grid_loop/test
    b: [telecust/sklearn_grid/cv3, telecust/grid_loop/holdout]
    scores: {documented: test, audited: audit}
  loop_alike:
    sources: [notes.txt]
    statement: {en: It is alike., es: Es semejante.}
    kind: equivalence
    a: telecust/grid_loop/test
    b: telecust/sklearn_grid/cv3
    scores: {audited: {a: test, b: audit}}
    contradicts: [loop_better]
  loop_cheaper:
    sources: [notes.txt]
    statement: {en: It is cheaper., es: Es más barato.}
    kind: ratio
    a: telecust/grid_loop/test
    b: telecust/sklearn_grid/cv3
    cost: epochs
    expected: {at_most: 0.5}
  loop_runs:
    sources: [notes.txt]
    statement: {en: It runs four., es: Ejecuta cuatro.}
    kind: count
    quantity: trials
    of: telecust/grid_loop/test
    expected: {equal: {quantity: space_size, of: telecust/grid_loop/holdout}}
"""
# what a key's absence looks like in the table of faults
GONE = object()


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load(REGISTRY)


@pytest.fixture(scope="module")
def small_study() -> Study:
    return load_study(yaml.safe_load(STUDY))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "claims.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faulty(tmp_path: Path, place: str, value: object) -> Path:
    """The small registry with one value set, ``GONE`` taking its key out."""
    content = copy.deepcopy(yaml.safe_load(CLAIMS))
    *folders, last = place.split("/")
    part = content
    for folder in folders:
        part = part[folder]
    if value is GONE:
        del part[last]
    else:
        part[last] = value
    return written(tmp_path, yaml.safe_dump(content, sort_keys=False))


def accepted(path: Path, study: Study | None) -> Registry:
    found = load(path)
    return found if study is None else check(found, study)


def refusal(path: Path, study: Study | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        accepted(path, study)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}")
    return message.removeprefix(f"{path}").lstrip(":, ")


def test_every_document_is_in_the_registry(registry: Registry) -> None:
    assert len(registry.claims) >= 22
    assert {source for claim in registry.claims.values() for source in claim.sources} == DOCUMENTS


def test_every_kind_is_in_the_registry(registry: Registry) -> None:
    assert {claim.kind for claim in registry.claims.values()} == set(KINDS)


def test_every_claim_is_one_sentence_in_both_languages(registry: Registry) -> None:
    for claim in registry.claims.values():
        for words in (claim.statement, claim.note):
            assert set(words) in (set(), {"en", "es"}), claim.id
            assert all(text.endswith(".") and text == " ".join(text.split()) for text in words.values()), claim.id
        assert claim.statement, claim.id
        # a full stop within is that of an abbreviation or of a second sentence
        assert not any(re.search(r"[.;] [A-ZÁÉÍÓÚ¿¡]", text) for text in claim.statement.values()), claim.id
    for language in ("en", "es"):
        said = [claim.statement[language] for claim in registry.claims.values()]
        assert len(said) == len(set(said))


def test_contradictions_are_told_of_both_sides(registry: Registry) -> None:
    claims = registry.claims
    assert "hyperband_costs_brute_force" in claims["hyperband_cost"].contradicts
    assert "hyperband_cost" in claims["hyperband_costs_brute_force"].contradicts
    for claim in claims.values():
        assert all(claim.id in claims[other].contradicts for other in claim.contradicts)


def test_the_documents_that_disagree_on_hyperband_are_both_heard(registry: Registry) -> None:
    for_it, against_it = registry.claims["hyperband_cost"], registry.claims["hyperband_costs_brute_force"]
    assert for_it.sources == ("000_f3a99df5210ceb51.txt",)
    assert against_it.sources == ("001_e98495d060a60266.txt",)
    assert for_it.cells == against_it.cells


@pytest.mark.parametrize("file", ["config.yaml", "full.yaml"])
def test_the_study_has_every_cell_of_the_registry(registry: Registry, file: str) -> None:
    study = load_study(read_study_file(ROOT / "config" / file))
    assert list(check(registry, study).claims) == list(registry.claims)


def test_margins_are_the_defaults_but_where_a_comment_says_why(registry: Registry) -> None:
    for claim in registry.claims.values():
        if claim.kind == "ratio":
            assert claim.margin == 0.25, claim.id
        elif claim.kind in ("superiority", "equivalence"):
            on_mnist = claim.cells["a"][0].dataset == "mnist"
            assert claim.margin == (0.005 if on_mnist else 0.01), claim.id


def test_an_explanation_is_tested_by_an_arm_that_differs_in_that_alone(registry: Registry) -> None:
    study = load_study(read_study_file(ROOT / "config" / "config.yaml"))
    for name, differs in {
        "fewer_rows_explain_grid_cv": {"train_share"},
        "more_rows_explain_five_folds": {"train_share"},
        "callbacks_improve_accuracy": {"training"},
        "early_stopping_improves_accuracy": {"training"},
        "checkpoint_improves_accuracy": {"training"},
        "early_stopping_costs_nothing": {"training"},
        "wide_space_explains_random": {"space"},
        "few_draws_explain_random": {"options"},
        "elitism_traps": {"options"},
        "more_draws_do_not_help": {"options"},
        "keras_random_needs_second_search": {"options"},
    }.items():
        a, b = (registry.claims[name].cells[role][0] for role in "ab")
        assert (a.dataset, a.cv) == (b.dataset, b.cv)
        one, other = (vars(study.dataset(cell.dataset).arm(cell.arm)) for cell in (a, b))
        found = {key for key in one if one[key] != other[key]} - {"name", "cv", "ablation"}
        assert found == differs, name
        if differs == {"options"}:
            options = [arm["options"] for arm in (one, other)]
            assert len({key for key in {**options[0], **options[1]} if options[0].get(key) != options[1].get(key)}) == 1


def test_the_small_registry_has_no_fault(tmp_path: Path, small_study: Study) -> None:
    found = check(load(written(tmp_path, CLAIMS)), small_study)
    assert list(found.claims) == ["loop_better", "loop_alike", "loop_cheaper", "loop_runs"]
    assert (found.alpha, found.power) == (0.05, 0.8)
    assert [claim.margin for claim in found.claims.values()][:3] == [0.01, 0.01, 0.25]
    assert found.claims["loop_better"].contradicts == ("loop_alike",)
    assert [str(cell) for cell in found.claims["loop_better"].cells["b"]] == [
        "telecust/sklearn_grid/cv3",
        "telecust/grid_loop/holdout",
    ]


BETTER, ALIKE, CHEAPER, RUNS = (f"claims/loop_{name}" for name in ("better", "alike", "cheaper", "runs"))


@pytest.mark.parametrize(
    ("place", "value", "line"),
    [
        (
            f"{BETTER}/kind",
            "superority",
            "claims.loop_better.kind: unknown value 'superority'; did you mean 'superiority'?",
        ),
        (f"{BETTER}/kind", GONE, "claims.loop_better: the key 'kind' is missing"),
        (f"{BETTER}/b", GONE, "claims.loop_better: the key 'b' is missing"),
        (f"{BETTER}/b", [], "claims.loop_better.b: is empty; give at least 1"),
        (f"{BETTER}/margn", 0.1, "claims.loop_better: unknown key 'margn'; did you mean 'margin'?"),
        (f"{BETTER}/margin", -0.01, "claims.loop_better.margin: must be greater than 0, not -0.01"),
        (f"{BETTER}/cost", "epochs", "claims.loop_better: unknown key 'cost'"),
        (f"{BETTER}/scores", GONE, "claims.loop_better: the key 'scores' is missing"),
        (f"{BETTER}/scores/audited", "adit", "scores.audited: unknown value 'adit'; did you mean 'audit'?"),
        (
            f"{BETTER}/scores/adited",
            "audit",
            "claims.loop_better.scores: unknown key 'adited'; did you mean 'audited'?",
        ),
        (f"{BETTER}/statement/es", GONE, None),
        (f"{BETTER}/statement/en", GONE, "claims.loop_better.statement: the key 'en' is missing"),
        (f"{BETTER}/statement/ess", "Es mejor.", "claims.loop_better.statement: unknown key 'ess'; did you mean 'es'?"),
        (f"{BETTER}/statement/es", "", "claims.loop_better.statement.es: is empty; give at least 1"),
        (f"{BETTER}/note", {"es": "Sí."}, "claims.loop_better.note: the key 'en' is missing"),
        (f"{BETTER}/sources", [], "claims.loop_better.sources: is empty; give at least 1"),
        (f"{BETTER}/contradicts", ["loop_better"], "claims.loop_better.contradicts: a claim cannot contradict itself"),
        (f"{BETTER}/contradicts", ["loop_alik"], "there is no claim 'loop_alik'; did you mean 'loop_alike'?"),
        (f"{BETTER}/a", "telecust/grid_loop", "claims.loop_better.a: 'telecust/grid_loop' is no cell"),
        (f"{ALIKE}/b", "telecust/grid_loop/test", None),
        (f"{ALIKE}/sides", "lower", "claims.loop_alike.sides: unknown value 'lower'; choose from both, upper"),
        (f"{CHEAPER}/cost", "epoch", "claims.loop_cheaper.cost: unknown value 'epoch'; did you mean 'epochs'?"),
        (f"{CHEAPER}/expected", {"at_most": 0}, "claims.loop_cheaper.expected.at_most: must be greater than 0, not 0"),
        (f"{CHEAPER}/expected", {}, "claims.loop_cheaper.expected: is empty; give at least 1"),
        (f"{RUNS}/tolerance", -1, "claims.loop_runs.tolerance: must be at least 0, not -1"),
        (f"{RUNS}/expected/equal/of", GONE, "claims.loop_runs.expected.equal: the key 'of' is missing"),
        (f"{RUNS}/quantity", "money", "claims.loop_runs.quantity: unknown value 'money'; choose from epochs"),
        ("alpha", 1.5, "alpha: must be less than 1, not 1.5"),
        ("claims", {}, "claims: is empty; give at least 1"),
        ("claim", {}, "the top level: unknown key 'claim'; did you mean 'claims'?"),
    ],
)
def test_a_fault_earns_one_line_that_names_its_place(
    tmp_path: Path, place: str, value: object, line: str | None
) -> None:
    path = faulty(tmp_path, place, value)
    if line is None:  # two scores of one cell are two things to compare; a missing translation is said in English
        load(path)
    else:
        assert line in refusal(path)


def test_one_score_of_one_cell_is_not_compared_with_itself(tmp_path: Path) -> None:
    path = faulty(tmp_path, f"{BETTER}/b", "telecust/grid_loop/test")
    assert "claims.loop_better: compares 'telecust/grid_loop/test' with itself" in refusal(path)


def test_an_id_said_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, CLAIMS + CLAIMS.removeprefix("\nclaims:\n"))
    assert "'loop_better' is defined twice" in refusal(path)


@pytest.mark.parametrize(
    ("place", "value", "line"),
    [
        (f"{BETTER}/a", "telecust/grid_lop/test", "datasets.telecust has no arm 'grid_lop'; did you mean 'grid_loop'?"),
        (f"{BETTER}/a", "telecst/grid_loop/test", "the study has no dataset 'telecst'; did you mean 'telecust'?"),
        (f"{BETTER}/a", "telecust/grid_loop/cv9", "does not run on the cv-setting 'cv9'; it runs on test, holdout"),
        (f"{BETTER}/a", "telecust/whole/holdout", "the arm of telecust/whole/holdout is only planned"),
        (f"{BETTER}/a", "telecust/sklearn_random/cv3", "another metric than the one that is compared"),
        (f"{BETTER}/metric", "acuracy", "unknown metric 'acuracy'; did you mean 'accuracy'?"),
        (f"{RUNS}/of", "telecust/grid_lop/test", "datasets.telecust has no arm 'grid_lop'; did you mean 'grid_loop'?"),
        (f"{RUNS}/expected/equal/of", "telecust/grid_loop/cv9", "does not run on the cv-setting 'cv9'"),
        (
            f"{RUNS}",
            {
                "sources": ["notes.txt"],
                "statement": {"en": "As printed.", "es": "Como impreso."},
                "kind": "interval",
                "replication": {"source": "notes.txt"},
            },
            "needs a replication, and the study has no `replicate`",
        ),
    ],
)
def test_what_the_study_lacks_is_told_before_anything_runs(
    tmp_path: Path, small_study: Study, place: str, value: object, line: str
) -> None:
    path = faulty(tmp_path, place, value)
    said = refusal(path, small_study)
    assert said.startswith("claims." + place.split("/")[1])
    assert line in said


def test_a_claim_that_the_study_lacks_can_be_left_out_by_name(tmp_path: Path) -> None:
    text = yaml.safe_load(STUDY)
    text["claims"]["absent"] = "leave_out"
    path = faulty(tmp_path, f"{CHEAPER}/a", "telecust/grid_lop/test")
    found = check(load(path), load_study(text))
    assert list(found.left_out) == ["loop_cheaper"]
    assert "no arm 'grid_lop'" in found.left_out["loop_cheaper"]
    assert list(found.claims) == ["loop_better", "loop_alike", "loop_runs"]


def test_the_manuals_example_is_a_registry_for_the_default_study(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    found = check(load(written(tmp_path, example)), load_study(read_study_file(ROOT / "config" / "config.yaml")))
    assert [(claim.kind, claim.margin) for claim in found.claims.values()] == [("superiority", 0.02), ("ratio", 0.25)]


def test_the_manuals_numbers_are_those_of_the_tests_that_it_explains() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    found = paired([3, 1, 0, 4, 2, -1, 3, 2, 1, 5])
    assert (found.mean, round(found.sd, 1), round(found.mean / found.se, 2)) == (2.0, 1.8, 3.46)
    assert round(2 * min(one_sided(found)), 3) == 0.007
    assert "p is 0.007" in text
    alike = paired([0.5, -1, 0, 1, -0.5, 1, 0, -1.5, 0.5, 0])
    assert (alike.mean, round(alike.sd, 1)) == (0.0, 0.8)
    assert round(equivalence(alike, -1, 1), 3) == 0.006
    assert "with p = 0.006" in text


def test_every_claim_that_the_manual_names_exists(registry: Registry) -> None:
    text = MANUAL.read_text(encoding="utf-8").split("## Claims against each other")[1]
    named = {name for name in re.findall(r"`([a-z0-9_]+)`", text) if "_" in name and not name.startswith("_")}
    assert named <= set(registry.claims), named - set(registry.claims)
    assert len(named) >= 20
