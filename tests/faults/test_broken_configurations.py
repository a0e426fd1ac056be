"""Thousands of broken configurations and registries of claims: each is sound after all, or ends in one clear line."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from bounded import accepted_or_refused, bounded
from drawing import drawn
from hypothesis import example, given
from hypothesis import strategies as st
from mutations import ODD_NUMBERS, ODD_TEXTS, ODD_THINGS, Broken, bomb, broken, deep

from hpotrial.cli import main
from hpotrial.datasets.dataset import DatasetMeta
from hpotrial.study import Study, claims, load_study, read_study_file
from hpotrial.study.claims import check
from hpotrial.study.plan import COUNTS, make_plan

ROOT = Path(__file__).parents[2]
QUICK = yaml.safe_load((ROOT / "config" / "quick.yaml").read_text(encoding="utf-8"))
CLAIMS = yaml.safe_load((ROOT / "config" / "claims.yaml").read_text(encoding="utf-8"))

SMALL = """
name: small
results_dir: results/small
seeds: {first: 0, count: 2}
datasets:
  telecust:
    model: mlp
    fixed: {layers: 1, batch_size: 64}
    space:
      neurons: {choice: [4, 8]}
      activation_input: {choice: [relu, tanh]}
      epochs: {int: {low: 1, high: 9, step: 2}}
      learning_rate: {float: {low: 0.001, high: 0.1, step: 0.001}, when: {activation_input: [relu]}}
    training: {early_stopping: {patience: 1}, checkpoint: best}
    budget: {epochs: 100}
    arms:
      grid_loop: {cv: [holdout, test], budget: null}
      sklearn_random: {n_iter: 2, cv: [cv2], train_share: 0.5, optional: true}
      keras_hyperband: {max_epochs: 2, factor: 3, tune: all, cv: [holdout], refit: true}
      keras_bayesian: {max_trials: 2, alpha: 0.1, cv: [holdout]}
      hyperopt_tpe: {max_evals: 2, cv: [holdout]}
      successive_halving: {cv: [cv3], n_candidates: 4, resource: epochs, min_resources: 1, metric: roc_auc}
      genetic: {population: 4, mutation: 0.1, cv: [holdout], plan_only: true}
  forest:
    kind: telecust
    model: random_forest
    fixed: {max_features: sqrt}
    space: {max_depth: {choice: [10, null]}, n_estimators: {int: {low: 5, high: 20, log: true}}}
    arms: {sklearn_random: {n_iter: 4, cv: [cv4], metric: log_loss}}
"""

# where a line says that the fault is: a key in quotes may hold a colon, nothing else may
PLACE = re.compile(r"""(?=[\w.'"-])('(\\.|[^'\\])*'|"(\\.|[^"\\])*"|[^:])*: """)


def facts(name: str, kind: str) -> DatasetMeta:
    """What the plan needs to know of a dataset."""
    mnist, table = (70_000, 784, 10, 60_000, (28, 28)), (1_000, 11, 4, None, None)
    rows, features, classes, documented, shape = mnist if kind == "mnist" else table
    labels = tuple(map(str, range(classes)))
    return DatasetMeta(name, kind, False, "", "", "0" * 64, rows, features, labels, None, documented, shape)


def require_sound(study: Study, config: Any) -> None:
    """A study that was accepted is the same when it is read again, names what may be a path, and can be planned."""
    again = json.loads(json.dumps(study.to_dict(), allow_nan=False))
    assert again["name"] == study.name
    assert load_study(config) == study
    ids = [run.id for run in study.runs()]
    assert len(set(ids)) == len(ids) == study.n_runs
    name = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"
    assert re.fullmatch(name, study.name)
    assert re.fullmatch(r"[\w./@+=-]{1,300}", study.results_dir)
    assert not {"", "..", "."} & set(study.results_dir.strip("/").split("/"))
    assert all(re.fullmatch(rf"{name}/{name}/(test|holdout|cv\d+)/seed\d+", one) for one in ids)
    planned, _ = accepted_or_refused(
        lambda: make_plan(study, {one.name: facts(one.name, one.spec.kind) for one in study.datasets})
    )
    if planned is not None:
        assert (planned["plan_only"] == 0).sum() == len(ids)
        assert (planned[[*COUNTS, "seconds"]] >= 0).all(axis=None)
        assert all(math.isfinite(seconds) for seconds in planned["seconds"])


def judge_configuration(config: Any) -> str | None:
    """The line with which a configuration is refused; None, and all is well with it, if it is not."""
    study, line = accepted_or_refused(lambda: load_study(config))
    if study is not None:
        with bounded():
            require_sound(study, config)
    else:
        assert line
        assert PLACE.match(line), line
    return line


@pytest.mark.slow
@given(broken(yaml.safe_load(SMALL)))
@drawn(1_500)
def test_a_broken_small_study(config: Broken):
    judge_configuration(config.tree)


@pytest.mark.slow
@given(broken(QUICK))
@drawn(500)
def test_a_broken_quick_study(config: Broken):
    judge_configuration(config.tree)


@given(broken(yaml.safe_load(SMALL)))
@drawn(100)
def test_a_hundred_of_them(config: Broken):
    judge_configuration(config.tree)


def test_the_small_study_and_the_quick_one_are_sound():
    assert judge_configuration(yaml.safe_load(SMALL)) is None
    assert judge_configuration(QUICK) is None


@pytest.mark.parametrize(
    "content", [*ODD_THINGS, *ODD_NUMBERS, *ODD_TEXTS[:9], deep(5_000), bomb(30)], ids=lambda _: ""
)
def test_a_configuration_that_is_no_study_at_all(content):
    assert judge_configuration(content) is not None


def named(place: str, value: Any) -> dict[str, Any]:
    """The small study with a name of its own at one place."""
    config = yaml.safe_load(SMALL)
    part = config["datasets"]
    if place == "dataset":
        part[value] = {"kind": "telecust", **part.pop("telecust")}
    elif place == "arm":
        part["telecust"]["arms"][value] = {"method": "grid_loop", "cv": ["test"]}
    else:
        config[place] = value
    return config


# what a shell, a path, a terminal or Snakemake's own patterns could make something else of
SPEAKING = [text for text in ODD_TEXTS if re.search(r"[^\w.-]|^\.|\.\.|^-|^$", text, re.ASCII)]


@pytest.mark.parametrize("place", ["name", "dataset", "arm", "results_dir"])
@pytest.mark.parametrize("text", SPEAKING, ids=ascii)
def test_no_name_can_say_anything_to_a_shell(place, text):
    line = judge_configuration(named(place, text))
    # a folder may have letters of any alphabet, and lie anywhere
    if line is None:
        assert place == "results_dir"
        assert re.fullmatch(r"[\w/]+", text)


@pytest.mark.parametrize(
    "folder", ["src", "data/raw", ".", "./", "/", "//", "a/./../b", ".git/x", "config/../x", "a/-rf"]
)
def test_results_lie_in_a_folder_of_their_own(folder):
    assert judge_configuration(named("results_dir", folder)).startswith("results_dir: ")


@pytest.mark.parametrize(
    ("said", "means"), [("results//x/", "results/x"), ("./results/x", "results/x"), ("/tmp/x", "/tmp/x")]
)
def test_a_folder_is_written_in_one_way(said, means):
    assert load_study(named("results_dir", said)).results_dir == means


TEXT_FAULTS = {
    "no YAML": "a: [1\nb: 2",
    "a list": "- 1\n- 2\n",
    "nothing": "",
    "two documents": "a: 1\n---\nb: 2\n",
    "a tab": "a: 1\n\tb: 2\n",
    "a control character": "a: \x01\n",
    "a 13th month": "name: 2020-13-45\n",
    "no base64": "name: !!binary '$'\n",
    "a Python object": "name: !!python/object/apply:os.system ['touch pwned']\n",
    "an unknown tag": "name: !secret x\n",
    "a number that is none": "name: !!int x\n",
    "no number at all": "name: !!float x\n",
    "a time that is none": "name: !!timestamp x\n",
    "an anchor in itself": "a: &a [*a]\n",
    "an anchor in its own mapping": "a: &a {b: *a}\n",
    "an alias of nothing": "a: *b\n",
    "a merge of a word": "a: {<<: b}\n",
    "a very long number": "name: " + "9" * 5_000 + "\n",
    "minutes of minutes": "name: " + "1:" * 3_000 + "1\n",
    "a long text": "name: " + "x" * 100_000 + "\n",
    "a large file": "# " + "x" * 600_000 + "\n",
    "deep lists": "a: " + "[" * 100 + "]" * 100 + "\n",
    "very deep lists": "a: " + "[" * 100_000 + "\n",
    "deep mappings": "".join(" " * i + "a:\n" for i in range(500)),
    "a bomb of lists": "a0: &a0 [x,x]\n"
    + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)),
    "a bomb of mappings": "a0: &a0 {x: 1}\n"
    + "".join(f"a{i}: &a{i} {{{','.join(f'k{n}: *a{i - 1}' for n in range(9))}}}\n" for i in range(1, 30)),
    "a bomb of merges": "a0: &a0 {x: 1}\n"
    + "".join(f"a{i}: &a{i} {{<<: [{','.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 30)),
    "an empty key": "? \n: 1\n",
    "a key that is a mapping": "? {a: 1}\n: 1\n",
    "not a number": SMALL.replace("train_share: 0.5", "train_share: .nan"),
    "infinite": SMALL.replace("high: 0.1", "high: .inf"),
    "what Snakemake would take for Python": "__use_yte__: true\n" + SMALL,
}  # fmt: skip


@pytest.mark.parametrize("fault", TEXT_FAULTS)
def test_a_file_that_is_no_study(fault, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(TEXT_FAULTS[fault], encoding="utf-8")
    with bounded():
        assert main(["check", "study.yaml"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"error: [^\n]*: [^\n]+\n", said.err)
    assert not Path("pwned").exists()


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/", "no such file", "a\0b", "x" * 5_000])
def test_a_path_that_is_no_file(path, capsys):
    with bounded(seconds=60):
        assert main(["check", path]) == 1
    assert re.fullmatch(r"error: [^\n]+\n", capsys.readouterr().err)


scraps = st.text(max_size=8) | st.sampled_from(
    [
        "\t",
        "\n",
        ":",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a",
        "<<: ",
        "!!",
        "|\n",
        ">\n",
        "#",
        "'",
        '"',
        "\0",
        "\ufeff",
        "\x85",
        "? ",
        "%",
    ]
)


@pytest.mark.slow
@given(data=st.data())
@drawn(300)
def test_a_study_with_scraps_in_its_text(data, tmp_path_factory):
    text = SMALL
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.sampled_from([0, 0, 1, 2, 20, len(text)]))
        text = text[:start] + data.draw(scraps) + text[end:]
    file = tmp_path_factory.getbasetemp() / "scraps.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    config, _ = accepted_or_refused(lambda: read_study_file(file))
    if config is not None:
        judge_configuration(config)


@pytest.fixture(scope="module")
def quick_study() -> Study:
    return load_study(QUICK)


def judge_registry(content: Any, study: Study, file: Path) -> None:
    """A registry that is refused names its file; one that is not holds claims that the study can judge."""
    try:
        file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    except (yaml.YAMLError, RecursionError, UnicodeEncodeError):
        return  # no file could say it
    found, line = accepted_or_refused(lambda: check(claims.load(file), study))
    if found is None:
        assert line.startswith(f"{file}")
    else:
        assert {*found.claims, *found.left_out} == set(map(str, content["claims"]))


def some_claims() -> dict[str, Any]:
    """A registry with two claims of each kind: as many as a change is likely to hit."""
    kinds: dict[str, list[str]] = {}
    for name, claim in CLAIMS["claims"].items():
        kinds.setdefault(claim["kind"], []).append(name)
    kept = {name for names in kinds.values() for name in names[:2]}
    claims = {name: dict(CLAIMS["claims"][name]) for name in CLAIMS["claims"] if name in kept}
    for claim in claims.values():
        claim.pop("contradicts", None)
    return {**CLAIMS, "claims": claims}


@pytest.mark.slow
@given(content=broken(some_claims()))
@drawn(400)
@example(content=Broken({"claims": {}}))
@example(content=Broken({"claims": {"a\n": {}}}))
def test_a_broken_registry(content, quick_study, tmp_path_factory):
    judge_registry(content.tree, quick_study, tmp_path_factory.getbasetemp() / "claims.yaml")


def test_the_registry_is_sound(quick_study, tmp_path):
    judge_registry(some_claims(), quick_study, tmp_path / "claims.yaml")
    judge_registry(CLAIMS, quick_study, tmp_path / "claims.yaml")
