"""A study's configuration: what it becomes, and the one line that each fault in it earns."""

import copy
import json
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import jsonschema
import pytest
import yaml

from hpotrial import methods
from hpotrial.cli import main
from hpotrial.core.configuration import EarlyStopping, Training
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.datasets import kinds
from hpotrial.study import Arm, load_study, read_study_file
from hpotrial.study.claims import load
from hpotrial.study.schemas import json_schemas

ROOT = Path(__file__).parents[2]

STUDY = """
name: small
seeds: {first: 3, count: 2}
datasets:
  telecust:
    model: mlp
    fixed: {optimizer: adam}
    space:
      neurons: {choice: [16, 64]}
      epochs: {choice: [2, 3]}
    training: {early_stopping: {patience: 1}, checkpoint: best}
    arms:
      grid_loop: {cv: [test, holdout]}
      random_2: {method: sklearn_random, n_iter: 2, cv: [cv3], training: {early_stopping: null}}
      random_wide: {method: sklearn_random, n_iter: 2, cv: [cv5], space: {neurons: {int: {low: 8, high: 64}}}}
"""


def small() -> dict:
    return yaml.safe_load(STUDY)


def changed(place: str, value: object) -> dict:
    """The small study with one value set, ``DELETE`` taking the key out."""
    config = small()
    *folders, last = place.split("/")
    part = config
    for folder in folders:
        part = part[folder]
    if value is DELETE:
        del part[last]
    else:
        part[last] = value
    return config


DELETE = object()
TELECUST = "datasets/telecust"
ARMS = f"{TELECUST}/arms"


def test_arms_are_resolved():
    study = load_study(small())
    dataset = study.dataset("telecust")
    assert [arm.method for arm in dataset.arms] == ["grid_loop", "sklearn_random", "sklearn_random"]
    assert dataset.arm("random_2").options == {"n_iter": 2}
    assert dataset.arm("grid_loop").training == Training("compiled", EarlyStopping(1), "best")
    assert dataset.arm("random_2").training == Training("compiled", None, "best")
    assert list(dataset.arm("random_wide").space) == ["neurons"]
    assert list(dataset.arm("random_2").space) == ["neurons", "epochs"]
    assert dataset.most_folds == 5


def test_an_arms_fits_see_all_their_rows_unless_it_says_a_share():
    assert {arm.train_share for arm in load_study(small()).dataset("telecust").arms} == {1}
    assert (
        load_study(changed(f"{ARMS}/random_2/train_share", 0.8)).dataset("telecust").arm("random_2").train_share == 0.8
    )


def test_runs_are_all_combinations():
    ids = [run.id for run in load_study(small()).runs()]
    assert ids == [
        f"telecust/{arm_cv}/seed{seed}"
        for arm_cv in ("grid_loop/test", "grid_loop/holdout", "random_2/cv3", "random_wide/cv5")
        for seed in (3, 4)
    ]


def test_the_study_can_be_written_as_json():
    told = json.loads(json.dumps(load_study(small()).to_dict()))
    assert told["seeds"] == [3, 4]
    assert told["datasets"][0]["spec"]["kind"] == "telecust"
    assert told["datasets"][0]["arms"][1]["options"] == {"n_iter": 2}


def test_what_a_run_is_told_of_its_arm_says_nothing_of_other_runs():
    config = small()
    config["datasets"]["telecust"]["arms"]["grid_loop"] |= {"cv": ["cv5"], "seeds": 1, "plan_only": True}
    one, other = (load_study(text).dataset("telecust").arm("grid_loop") for text in (small(), config))
    assert one != other
    assert one.to_dict() == other.to_dict() == json.loads(json.dumps(one.to_dict()))
    assert Arm.from_dict(one.to_dict()).to_dict() == one.to_dict()


def test_loading_leaves_the_configuration_as_it_was():
    config = small()
    before = copy.deepcopy(config)
    load_study(config)
    assert config == before


def test_a_value_that_the_model_cannot_take_is_refused_before_anything_runs():
    config = small()
    forest = {"method": "sklearn_random", "model": "random_forest", "cv": ["cv3"]}
    config["datasets"]["telecust"]["arms"]["forest"] = forest | {
        "space": {"max_features": {"choice": ["auto", "log2"]}}
    }
    with pytest.raises(ConfigurationError, match=r"arms\.forest\.space: .*'auto' no longer exists.* it meant 'sqrt'"):
        load_study(config)


@pytest.mark.parametrize(
    ("arm", "says"),
    [
        ({"method": "grid_loop", "cv": ["test"]}, "a continuous domain has no grid"),
        ({"method": "sklearn_grid", "cv": ["cv3"]}, "a continuous domain has no grid"),
    ],
)
def test_a_space_that_a_method_cannot_express_is_refused_with_the_methods_that_can(arm, says):
    config = small()
    space = {"learning_rate": {"float": {"low": 0.001, "high": 0.1}}, "neurons": {"choice": [4]}}
    config["datasets"]["telecust"]["arms"]["one"] = arm | {"space": space}
    with pytest.raises(ConfigurationError, match=rf"arms\.one: .*{says}.*methods that can: .*hyperopt_tpe.*optuna_tpe"):
        load_study(config)


def test_a_conditional_space_is_refused_for_scikit_learns_grid():
    config = small()
    space = {"optimizer": {"choice": ["adam", "sgd"]}, "neurons": {"choice": [4, 8], "when": {"optimizer": ["adam"]}}}
    arm = {"method": "sklearn_grid", "cv": ["cv3"], "fixed": {}, "space": space}
    config["datasets"]["telecust"]["arms"]["one"] = arm
    with pytest.raises(ConfigurationError, match=r"arms\.one: .*param_grid.*methods that can: genetic, grid_loop"):
        load_study(config)


def test_a_method_that_cannot_tune_a_model_is_refused_with_the_methods_that_can():
    config = small()
    arm = {"method": "keras_random", "model": "random_forest", "cv": ["test"], "space": {"max_depth": {"choice": [2]}}}
    config["datasets"]["telecust"]["arms"]["one"] = arm
    with pytest.raises(ConfigurationError, match=r"cannot tune the model 'random_forest', .*sklearn; methods that can"):
        load_study(config)


@pytest.mark.parametrize("file", ["config.yaml", "quick.yaml", "full.yaml"])
def test_the_studies_that_come_with_the_project_are_sound(file):
    study = load_study(read_study_file(ROOT / "config" / file))
    text = read_study_file(ROOT / "config" / file)
    asked = {arm.get("method", name) for dataset in text["datasets"].values() for name, arm in dataset["arms"].items()}
    assert asked == set(methods.names())
    missing = {name for dataset in study.datasets for name in dataset.left_out}
    assert missing <= {"optuna_gp", "tpot"}


def test_the_default_study_is_the_documents():
    study = load_study(read_study_file(ROOT / "config" / "config.yaml"))
    assert len(study.seeds) == 10
    documented = {"grid_loop", "sklearn_grid", "sklearn_random", "keras_random", "keras_hyperband", "hyperopt_tpe"}
    assert {arm.method for arm in study.dataset("telecust").arms} >= documented
    assert {arm.method for arm in study.dataset("mnist").arms} >= {"grid_loop", "hyperopt_random", "hyperopt_tpe"}
    telecust = study.dataset("telecust")
    assert telecust.arm("grid_loop").cv == ("test", "holdout")
    assert telecust.arm("sklearn_grid").cv == telecust.arm("sklearn_random_10").cv == ("cv3", "cv5")
    # the callbacks are all that differs
    assert telecust.arm("grid_loop").space == telecust.arm("grid_loop_plain").space
    assert telecust.arm("grid_loop_plain").training.early_stopping is None
    run = [arm for one in study.datasets for arm in one.arms if not arm.plan_only]
    assert len(study.runs()) == sum((arm.most_seeds or 10) * len(arm.cv) for arm in run)
    # all seeds for whatever a claim is about
    cells = [
        cell
        for claim in load(ROOT / study.claims.file).claims.values()
        for some in claim.cells.values()
        for cell in some
    ]
    assert all(study.dataset(cell.dataset).arm(cell.arm).most_seeds is None for cell in cells)
    at_equal_cost = study.dataset("telecust_equal_budget").arms
    # what is compared is the search: all train with early stopping on the holdout, and none with scikit-learn's folds
    assert not any(arm.method.startswith("sklearn") for arm in at_equal_cost)
    # brute force is priced without a budget
    assert {arm.epoch_budget for arm in at_equal_cost if not arm.plan_only} == {1000}
    assert {arm.name: arm.epoch_budget for arm in at_equal_cost if arm.plan_only} == {"grid_whole": None}
    # the share of rows is all that differs
    loop, fewer = telecust.arm("grid_loop"), telecust.arm("grid_loop_64_percent")
    assert replace(fewer, name=loop.name, cv=loop.cv, train_share=1, ablation=False) == loop
    cv5, fewer = telecust.arm("sklearn_random_10"), telecust.arm("sklearn_random_10_rows_of_cv3")
    assert replace(fewer, name=cv5.name, cv=cv5.cv, train_share=1, ablation=False) == cv5


def test_document_002s_grids_and_document_003s_have_their_sizes():
    study = load_study(read_study_file(ROOT / "config" / "full.yaml"))
    sizes = {
        ("telecust_keras_grid", "sklearn_grid"): 5 * 6 * 3,
        ("telecust_forest", "sklearn_random_80"): 2 * 11 * 3 * 4 * 4 * 10,
        # the document counts 288; its ranges give 216
        ("mnist", "cnn_grid"): 6 * 3 * 4 * 3,
    }
    for (dataset, arm), size in sizes.items():
        assert Space.from_config(study.dataset(dataset).arm(arm).space).size == size


def test_an_arm_may_tune_another_model_by_another_metric_within_a_budget():
    config = small()
    dataset = config["datasets"]["telecust"]
    dataset["budget"] = {"epochs": 40}
    forest = {"method": "sklearn_random", "n_iter": 2, "model": "random_forest", "cv": ["cv3"], "metric": "roc_auc"}
    dataset["arms"]["forest"] = forest | {"space": {"n_estimators": {"choice": [5, 10]}}, "budget": None}
    dataset["arms"]["priced"] = {"method": "grid_loop", "cv": ["test"], "plan_only": True}
    study = load_study(config)
    arm = study.dataset("telecust").arm("forest")
    assert (arm.model, arm.fixed, arm.metric, arm.epoch_budget) == ("random_forest", {}, "roc_auc", None)
    assert study.dataset("telecust").arm("priced").epoch_budget == 40
    assert "priced" not in {run.arm for run in study.runs()}


def test_an_arm_whose_library_is_absent_is_refused_or_left_out_by_name(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    config = small()
    config["datasets"]["telecust"]["arms"]["gp"] = {"method": "optuna_gp", "cv": ["holdout"]}
    with pytest.raises(
        ConfigurationError, match=r"arms\.gp: the method 'optuna_gp' needs torch, which is not installed"
    ):
        load_study(config)
    config["datasets"]["telecust"]["arms"]["gp"]["optional"] = True
    left_out = load_study(config).dataset("telecust").left_out
    assert list(left_out) == ["gp"]
    assert "torch" in left_out["gp"]


RANDOM = {"method": "sklearn_random", "cv": ["cv3"]}
FAULTS = {
    "unknown key, top": ("dataset", {}, "the top level: unknown key 'dataset'; did you mean 'datasets'?"),
    "unknown key, dataset": (
        f"{TELECUST}/testsize",
        0.2,
        "datasets.telecust: unknown key 'testsize'; did you mean 'test_size'?",
    ),
    "unknown key, training": (
        f"{TELECUST}/training/early_stoping",
        None,
        "datasets.telecust.training: unknown key 'early_stoping'; did you mean 'early_stopping'?",
    ),
    "unknown method": (
        f"{ARMS}/random_2/method",
        "sklearn_randm",
        "datasets.telecust.arms.random_2: unknown method 'sklearn_randm'; did you mean 'sklearn_random'?",
    ),
    "arm that names no method": (
        f"{ARMS}/hyperopt_tpee",
        {"cv": ["holdout"]},
        "unknown method 'hyperopt_tpee' (an arm whose name is not a method says its method); "
        "did you mean 'hyperopt_tpe'?",
    ),
    "unknown option": (
        f"{ARMS}/random_2/n_itr",
        5,
        "datasets.telecust.arms.random_2: unknown option 'n_itr' of the method 'sklearn_random'; "
        "did you mean 'n_iter'?",
    ),
    "option of the wrong type": (
        f"{ARMS}/random_2/n_iter",
        "ten",
        "datasets.telecust.arms.random_2.n_iter: must be a whole number, not 'ten'",
    ),
    "option true for a number": (f"{ARMS}/random_2/n_iter", True, "n_iter: must be a whole number, not True"),
    "option outside its words": (
        f"{ARMS}/keras_random",
        {"cv": ["test"], "tune": "everything"},
        "datasets.telecust.arms.keras_random.tune: unknown value 'everything'; choose from all, architecture",
    ),
    "unknown cv-setting": (
        f"{ARMS}/grid_loop/cv",
        ["holdot"],
        "datasets.telecust.arms.grid_loop.cv: unknown cv-setting 'holdot'; did you mean 'holdout'?",
    ),
    "folds without a number": (
        f"{ARMS}/random_2/cv",
        ["cv"],
        "datasets.telecust.arms.random_2.cv: unknown cv-setting 'cv'; choose from test, holdout, cv2 ... cv20",
    ),
    "one fold": (f"{ARMS}/random_2/cv", ["cv1"], "'cv1' has 1 folds; choose from cv2 to cv20"),
    "too many folds": (f"{ARMS}/random_2/cv", ["cv21"], "'cv21' has 21 folds; choose from cv2 to cv20"),
    "cv-setting the method cannot": (
        f"{ARMS}/random_2/cv",
        ["cv3", "test"],
        "datasets.telecust.arms.random_2.cv: the method 'sklearn_random' cannot select on 'test'",
    ),
    "no cv-setting": (f"{ARMS}/random_2/cv", [], "datasets.telecust.arms.random_2.cv: is empty"),
    "cv-setting twice": (f"{ARMS}/grid_loop/cv", ["test", "test"], "lists something twice"),
    "no cv": (f"{ARMS}/random_2/cv", DELETE, "datasets.telecust.arms.random_2: the key 'cv' is missing"),
    "no arms": (ARMS, {}, "datasets.telecust.arms: is empty"),
    "no datasets": ("datasets", {}, "datasets: is empty"),
    "empty space": (f"{TELECUST}/space", {}, "datasets.telecust.space: is empty"),
    "empty choice": (f"{TELECUST}/space/neurons", {"choice": []}, "space.neurons.choice: is empty"),
    "contradictory range": (
        f"{ARMS}/random_wide/space/neurons",
        {"int": {"low": 64, "high": 8}},
        "datasets.telecust.arms.random_wide.space.neurons: low (64) must be below high (8)",
    ),
    "two domains at once": (
        f"{TELECUST}/space/neurons",
        {"choice": [1], "int": {"low": 1, "high": 2}},
        "datasets.telecust.space.neurons: give exactly one of choice, int, float",
    ),
    "unknown domain": (
        f"{TELECUST}/space/neurons",
        {"choise": [1]},
        "datasets.telecust.space.neurons: unknown key 'choise'; did you mean 'choice'?",
    ),
    "grid without end": (
        f"{TELECUST}/space/learning_rate",
        {"float": {"low": 0.1, "high": 0.2}},
        "a continuous domain has no grid",
    ),
    "unknown hyperparameter": (
        f"{TELECUST}/space/neuron",
        {"choice": [1]},
        "datasets.telecust.space: the model 'mlp' has no hyperparameter 'neuron'; did you mean 'neurons'?",
    ),
    "unknown fixed hyperparameter": (
        f"{TELECUST}/fixed",
        {"optimiser": "adam"},
        "datasets.telecust.fixed: the model 'mlp' has no hyperparameter 'optimiser'; did you mean 'optimizer'?",
    ),
    "fixed and searched": (
        f"{TELECUST}/fixed",
        {"epochs": 5},
        "datasets.telecust.space: 'epochs' is searched here and fixed in datasets.telecust.fixed",
    ),
    "negative patience": (
        f"{TELECUST}/training/early_stopping/patience",
        -1,
        "datasets.telecust.training.early_stopping.patience: must be at least 0, not -1",
    ),
    "zero seeds": ("seeds/count", 0, "seeds.count: must be at least 1, not 0"),
    "negative seed": ("seeds/first", -1, "seeds.first: must be at least 0, not -1"),
    "a number as text": (
        f"{TELECUST}/test_size",
        "2e-1",
        "datasets.telecust.test_size: must be a number, not '2e-1' (in YAML, write 0.2 with a decimal point",
    ),
    "share of all": (f"{TELECUST}/audit_size", 1, "datasets.telecust.audit_size: must be less than 1, not 1"),
    "no rows": (f"{ARMS}/random_2/train_share", 0, "arms.random_2.train_share: must be greater than 0, not 0"),
    "more rows than there are": (
        f"{ARMS}/random_2/train_share",
        1.2,
        "datasets.telecust.arms.random_2.train_share: must be at most 1, not 1.2",
    ),
    "share as text": (f"{ARMS}/random_2/train_share", "4/5", "train_share: must be a number, not '4/5'"),
    "refits of the loop's own model": (
        f"{TELECUST}/refits",
        2,
        "datasets.telecust.arms.grid_loop.refits: at test the method 'grid_loop' has its search's own fitted model "
        "scored, which is part of what it selected; say `refit: true` as well, or `refits: 1`",
    ),
    "no refits": (f"{ARMS}/random_2/refits", 0, "arms.random_2.refits: must be at least 1, not 0"),
    "repeats of a grid": (
        f"{ARMS}/grid_loop/repeats",
        20,
        "datasets.telecust.arms.grid_loop.repeats: nothing that the method 'grid_loop' does is random",
    ),
    "repeats without end": (
        f"{ARMS}/random_2",
        RANDOM | {"repeats": 2, "space": {"dropout": {"float": {"low": 0.1, "high": 0.2}}}},
        "datasets.telecust.arms.random_2.repeats: the domain of 'dropout' is continuous, so that a table of fits would "
        "have no end (it holds 1,000 configurations)",
    ),
    "repeats on more than a table holds": (
        f"{ARMS}/random_2",
        RANDOM | {"repeats": 2, "space": {"neurons": {"int": {"low": 1, "high": 1001}}}},
        "arms.random_2.repeats: the space has 1,001 configurations, a table of fits holds 1,000 at most",
    ),
    "repeats that nobody waits for": (f"{ARMS}/random_2/repeats", 1001, "random_2.repeats: must be at most 1000, not"),
    "unknown model": (f"{TELECUST}/model", "mpl", "datasets.telecust.model: unknown model 'mpl'; did you mean 'mlp'?"),
    "unknown kind": (f"{TELECUST}/kind", "telecst", "unknown kind 'telecst'"),
    "csv without a path": (f"{TELECUST}/kind", "csv", "kind 'csv' needs path and target"),
    "path of a known dataset": (f"{TELECUST}/path", "x.csv", "path belong to kind 'csv'"),
    "unknown engine": (
        f"{TELECUST}/training/engine",
        "compild",
        "datasets.telecust.training.engine: unknown value 'compild'; did you mean 'compiled'?",
    ),
    "stand-in": ("standin", "nevr", "standin: unknown value 'nevr'; did you mean 'never'?"),
    "claims that are no mapping": ("claims", [], "claims: must be a mapping or null, not []"),
    "arm that climbs out": (f"{ARMS}/..", {"method": "grid_loop", "cv": ["test"]}, "the name '..' cannot be part"),
    "arm with a slash": (f"{TELECUST}/arms", {"a/b": {"method": "grid_loop", "cv": ["test"]}}, "the name 'a/b'"),
    "results that climb out": ("results_dir", "../results", "results_dir: '../results' must be a path without '..'"),
    "an arm that is a list": (f"{ARMS}/grid_loop", ["test"], "datasets.telecust.arms.grid_loop: must be a mapping"),
    "no name": ("name", DELETE, "the top level: the key 'name' is missing"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_names_its_place(fault):
    place, value, expected = FAULTS[fault]
    with pytest.raises(ConfigurationError) as caught:
        load_study(changed(place, value))
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message


@pytest.mark.parametrize("content", [[], "text", None, 3])
def test_a_configuration_is_a_mapping(content):
    with pytest.raises(ConfigurationError, match="the top level: must be a mapping"):
        load_study(content)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\n", "must be a mapping"),
        ("", "must be a mapping"),
        ("a: [1\nb: 2", "line 2: not valid YAML"),
        ("a: 1\n\tb: 2", "not valid YAML"),
        ("a: {x: 1}\nb: 2\na: 3\n", "line 3: 'a' is defined twice"),
        (STUDY + "      random_2: {method: sklearn_random, cv: [cv3]}\n", "line 16: 'random_2' is defined twice"),
        ("? [1, 2]\n: 3\n", "a key must be a plain word"),
    ],
)
def test_unreadable_files_are_refused_in_one_line(tmp_path, text, expected):
    file = tmp_path / "study.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_study_file(file)
    assert expected in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def extending(tmp_path: Path, changes: str, base: str = STUDY) -> dict:
    """What the small study says with the changes of a file that extends it, from a folder beside it."""
    (tmp_path / "base.yaml").write_text(base)
    (tmp_path / "mine").mkdir(exist_ok=True)
    file = tmp_path / "mine" / "study.yaml"
    file.write_text(f"extends: ../base.yaml\n{changes}")
    return read_study_file(file)


def test_a_study_that_extends_another_says_only_what_differs(tmp_path):
    changes = """
name: mine
seeds: {count: 5}
datasets:
  telecust:
    arms:
      mine: {method: grid_loop, cv: [test]}
      random_2: {cv: [cv5], training: {early_stopping: {patience: 7}}}
      random_wide: null
"""
    study = load_study(extending(tmp_path, changes))
    assert (study.name, study.seeds) == ("mine", (3, 4, 5, 6, 7))
    dataset = study.dataset("telecust")
    # a new arm stands before the next one that is known
    assert [arm.name for arm in dataset.arms] == ["grid_loop", "mine", "random_2"]
    assert dataset.arm("grid_loop") == load_study(small()).dataset("telecust").arm("grid_loop")
    assert dataset.arm("random_2").cv == ("cv5",)
    assert dataset.arm("random_2").options == {"n_iter": 2}
    assert dataset.arm("random_2").training == Training("compiled", EarlyStopping(7), "best")


def test_null_is_a_value_but_in_the_place_of_a_dataset_or_an_arm(tmp_path):
    changes = "datasets: {telecust: {budget: {epochs: 9}, arms: {grid_loop: {budget: null}, mine: {cv: [cv3]}}}}"
    content = extending(tmp_path, changes + "\nclaims: null\n", STUDY + "claims: {file: claims.yaml}\n")
    assert content["claims"] is None
    assert content["datasets"]["telecust"]["arms"]["grid_loop"] == {"cv": ["test", "holdout"], "budget": None}
    # the last of those that are not new has none behind it
    assert list(content["datasets"]["telecust"]["arms"])[-1] == "mine"
    assert extending(tmp_path, "datasets: {telecust: null}")["datasets"] == {}


def test_what_is_extended_may_extend_another_in_turn(tmp_path):
    (tmp_path / "first.yaml").write_text(STUDY)
    content = extending(tmp_path, "seeds: {count: 7}", "extends: first.yaml\nseeds: {first: 1}\n")
    assert content["seeds"] == {"first": 1, "count": 7}


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("extends: none.yaml\n", r"base.yaml: extends: .*none.yaml: cannot be read \(No such file or directory\)"),
        ("- a\n", "study.yaml: extends: .*base.yaml: must be a mapping"),
        ("extends: mine/study.yaml\n", "base.yaml: extends: 'mine/study.yaml' extends this file in turn"),
        ("extends: base.yaml\n", "base.yaml: extends: 'base.yaml' extends this file in turn"),
        (
            "extends: [base.yaml]\n",
            r"base.yaml: extends: must be the path of another study's file, not \['base",
        ),
        ("extends: null\n", "base.yaml: extends: must be the path"),
    ],
)
def test_what_cannot_be_extended_is_refused_in_one_line(tmp_path, base, expected):
    with pytest.raises(ConfigurationError, match=expected) as caught:
        extending(tmp_path, "", base)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(ConfigurationError, match="No such file"):
        read_study_file(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read_study_file(tmp_path / "latin.yaml")


def test_anchors_and_merges_are_read(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("a: &base {x: 1, y: 2}\nb: {<<: *base, y: 3}\nc: *base\n")
    assert read_study_file(file) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2}}


def test_the_check_from_the_command_line(tmp_path, capsys):
    file = tmp_path / "study.yaml"
    file.write_text(STUDY)
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == "ok: 8 runs\n"
    file.write_text(STUDY.replace("count: 2", "count: 0"))
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().err == "error: seeds.count: must be at least 1, not 0\n"
    assert main(["check"]) == 1


def test_a_study_is_checked_without_tensorflow():
    code = "import sys; from hpotrial.cli import main; main(['check', 'config/config.yaml'])"
    code += "; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": "src"}, capture_output=True)
    assert done.returncode == 0
    assert done.stdout.startswith(b"ok:")


def test_the_manual_names_every_key_and_every_option():
    manual = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    schemas = json_schemas()
    study, registry = schemas["extension.schema.json"], schemas["claims.schema.json"]
    names = ("DatasetEntry", "Training", "ArmEntry", "Replication", "ClaimsFile")
    parts = [study, registry, *(study["$defs"][name] for name in names)]
    keys = {key for part in parts for key in part["properties"]} | set(kinds.all_keys())
    assert {key for key in keys if f"`{key}`" not in manual} == set()


def test_the_manuals_table_of_methods_is_what_the_methods_say():
    import write_methods

    text = write_methods.PAGE.read_text(encoding="utf-8")
    assert text.count("<!-- methods -->") == 1
    assert write_methods.page(text) == text, "`make docs` writes it anew"
    for name in methods.names():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}`"))
        assert all(f"`{option.name}: " in row for option in fields(methods.load(name)))
    assert "`patience: 4` (from 1 or `null`)" in text
    assert "`crossover: 1.0` (from 0 to 1)" in text


def test_the_manual_says_the_defaults_that_a_study_has():
    manual = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    schemas = json_schemas()
    study, registry = schemas["study.schema.json"], schemas["claims.schema.json"]
    for section, part in {
        "## The study": study,
        "## A dataset": study["$defs"]["DatasetEntry"],
        "## Training": study["$defs"]["Training"],
        "## An arm": study["$defs"]["ArmEntry"],
        "## Documented": study["$defs"]["Replication"],
        "## Claims": registry,
    }.items():
        rows = [line.split(" | ") for line in manual.split(section)[1].split("\n## ")[0].splitlines()]
        said = {key: row[1].strip("`") for row in rows if len(row) == 3 for key in re.findall(r"`(\w+)`", row[0])}
        for key, described in part["properties"].items():
            if key in part.get("required", ()):
                assert said[key] == "(needed)" or key in ("space", "cv"), key
            elif "default" in described and not said.get(key, "the dataset's").startswith("the "):
                assert yaml.safe_load(said[key]) == described["default"], key


@pytest.mark.parametrize("file", ["config.yaml", "quick.yaml", "full.yaml", "claims.yaml"])
def test_the_schemas_for_editors_accept_what_the_library_does(file):
    schemas = json_schemas()
    content = yaml.safe_load((ROOT / "config" / file).read_text(encoding="utf-8"))
    kind = "claims" if file == "claims.yaml" else "extension" if "extends" in content else "study"
    jsonschema.validate(content, schemas[f"{kind}.schema.json"], jsonschema.Draft202012Validator)
    if kind == "extension":
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(content, schemas["study.schema.json"], jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "fault",
    [
        "unknown key, top",
        "unknown key, dataset",
        "unknown kind",
        "negative patience",
        "no cv",
        "share of all",
        "unknown engine",
        "empty choice",
    ],
)
def test_the_schemas_for_editors_refuse_what_the_library_does(fault):
    place, value, _ = FAULTS[fault]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed(place, value), json_schemas()["study.schema.json"])


def test_the_schemas_are_written_for_who_asks(tmp_path):
    assert main(["schemas", str(tmp_path / "new")]) == 0
    made = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "new").iterdir()}
    assert made == json_schemas()


def test_an_arm_may_run_with_the_first_seeds_only():
    text = small() | {"seeds": {"first": 3, "count": 5}}
    dataset = next(iter(text["datasets"].values()))
    name, *rest = dataset["arms"]
    dataset["arms"][name]["seeds"] = 2
    dataset["seeds"] = 4
    made = load_study(text)
    assert made.seeds_of(made.datasets[0].arm(name)) == (3, 4)
    assert {run.seed for run in made.runs() if run.arm == name} == {3, 4}
    assert all({run.seed for run in made.runs() if run.arm == other} == {3, 4, 5, 6} for other in rest)
    assert len(made.runs()) == made.n_runs
