"""What has changed since a run was made is named: a setting, a file, the data, the split, a package."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from hpotrial.core import provenance
from hpotrial.core.errors import ConfigurationError, DataError
from hpotrial.core.files import read_json, write_bytes, write_json
from hpotrial.study import load_study
from hpotrial.study.why import why

STUDY = """
name: small
results_dir: results/small
seeds: {first: 3, count: 2}
datasets:
  telecust:
    model: mlp
    fixed: {optimizer: adam}
    space: {neurons: {choice: [16, 64]}, epochs: {choice: [2, 3]}}
    training: {early_stopping: {patience: 1}, checkpoint: best}
    arms:
      grid_loop: {cv: [test, holdout]}
      random_2: {method: sklearn_random, n_iter: 2, cv: [cv3]}
"""
RUN = "telecust/random_2/cv3/seed4"
OUTCOME = f"results/small/runs/{RUN}/outcome.json"
NOTHING = [f"nothing has changed since {RUN} was made"]


def study(*edit: str) -> Any:
    """The small study, after one text in it was replaced by another."""
    text = STUDY.replace(*edit) if edit else STUDY
    assert not edit or text != STUDY
    return load_study(yaml.safe_load(text))


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder in which the run was made."""
    config = study().dataset("telecust")
    write_json(tmp_path / "data/processed/telecust.json", {"sha256": "d1"})
    write_bytes(tmp_path / "data/splits/telecust/seed4.npz", b"rows")
    outcome = {
        "settings": config.arm("random_2").to_dict() | {"holdout_size": config.holdout_size},
        "code_fingerprint": provenance.recorded(
            provenance.of_search("sklearn_random", "mlp"), tmp_path / "results/small/provenance"
        ),
        "data_sha256": "d1",
        "split_sha256": hashlib.sha256(b"rows").hexdigest(),
        "versions": provenance.installed(["numpy", "keras"]),
    }
    write_json(tmp_path / OUTCOME, outcome)
    write_json(tmp_path / "results/small/study.json", study().to_dict())
    return tmp_path


def test_where_nothing_has_changed_it_says_so(made: Path) -> None:
    assert why(study(), RUN, made) == NOTHING


@pytest.mark.parametrize(
    "edit",
    [
        ("count: 2", "count: 9"),
        ("cv: [cv3]", "cv: [cv3, cv10]"),
        ("cv: [test, holdout]", "cv: [test]"),
        ("name: small", "name: little"),
        ("optimizer: adam}", "optimizer: adam }  # as it was"),
    ],
)
def test_what_no_run_depends_on_is_no_reason(made: Path, edit: tuple[str, str]) -> None:
    assert why(study(*edit), RUN, made) == NOTHING


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (("n_iter: 2", "n_iter: 5"), ["setting options.n_iter: 2 then, 5 now"]),
        (("n_iter: 2", "n_iter: 2, metric: roc_auc"), ['setting metric: "accuracy" then, "roc_auc" now']),
        (("[16, 64]", "[16, 32]"), ["setting space.neurons.choice: [16, 64] then, [16, 32] now"]),
        (("adam}", "sgd}"), ['setting fixed.optimizer: "adam" then, "sgd" now']),
        (("adam}", "adam, layers: 2}"), ["setting fixed.layers: absent then, 2 now"]),
        (("patience: 1", "patience: 2"), ["setting training.early_stopping.patience: 1 then, 2 now"]),
        (("model: mlp", "holdout_size: 0.5\n    model: mlp"), ["setting holdout_size: 0.2 then, 0.5 now"]),
        (("model: mlp", "test_size: 0.3\n    model: mlp"), ["setting of telecust test_size: 0.2 then, 0.3 now"]),
    ],
)
def test_a_setting_is_named(made: Path, edit: tuple[str, str], lines: list[str]) -> None:
    assert why(study(*edit), RUN, made) == lines


def test_files_are_named(made: Path) -> None:
    outcome = read_json(made / OUTCOME)
    folder = made / "results/small/provenance"
    known = read_json(folder / f"{outcome['code_fingerprint']}.json")
    known["training/callbacks.py"] = "0" * 16
    known["training/gone.py"] = known.pop("core/space.py")
    write_json(folder / "before.json", known)
    write_json(made / OUTCOME, outcome | {"code_fingerprint": "before"})
    assert why(study(), RUN, made) == [
        "file core/space.py is new to it",
        "file training/callbacks.py has changed",
        "file training/gone.py is no longer part of it",
    ]
    shutil.rmtree(folder)
    (line,) = why(study(), RUN, made)
    assert line.startswith("its code has changed; ")
    assert "is not there" in line


def test_another_method_of_an_arm_is_named_with_its_files(made: Path) -> None:
    first, *files = why(study("method: sklearn_random, n_iter: 2", "method: grid_loop"), RUN, made)
    assert first == 'setting method: "sklearn_random" then, "grid_loop" now'
    assert "file methods/grid_loop.py is new to it" in files
    assert "file methods/sklearn_random.py is no longer part of it" in files


def test_data_splits_and_packages_are_named(made: Path) -> None:
    write_json(made / "data/processed/telecust.json", {"sha256": "d2"})
    write_bytes(made / "data/splits/telecust/seed4.npz", b"others")
    outcome = read_json(made / OUTCOME)
    outcome["versions"]["numpy"] = "0.1"
    write_json(made / OUTCOME, outcome)
    data, split, version = why(study(), RUN, made)
    assert data == f"the data in {made}/data/processed/telecust.npz are others"
    assert split == f"the split in {made}/data/splits/telecust/seed4.npz is another"
    assert version.startswith('version of numpy: "0.1" then, ')
    # what is not there yet says nothing
    shutil.rmtree(made / "data")
    assert why(study(), RUN, made) == [version]


def test_a_run_that_has_not_been_made_is_told(tmp_path: Path) -> None:
    assert why(study(), RUN, tmp_path) == [f"{RUN} has not been made: there is no {tmp_path}/{OUTCOME}"]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("telecust/random_2/cv3/seed5", "did you mean 'telecust/random_2/cv3/seed"),
        ("telecust/randm_2/cv3/seed4", f"did you mean '{RUN}'"),
        ("x", "dataset/arm/cv/seedN"),
    ],
)
def test_an_unknown_run_is_refused_with_the_nearest(made: Path, run: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        why(study(), run, made)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"settings": {}}', b"\xff", None])
def test_an_outcome_that_cannot_be_read_is_refused_in_one_line(made: Path, content: bytes | None) -> None:
    if content is None:
        write_json(made / OUTCOME, read_json(made / OUTCOME) | {"settings": 3})
    else:
        write_bytes(made / OUTCOME, content)
    with pytest.raises(DataError, match=r"outcome\.json") as refused:
        why(study(), RUN, made)
    assert "\n" not in str(refused.value)
