"""One run from files to files: its outcome, its trials, and what becomes of errors."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from untimed import outcome_and_trials

from hpotrial import methods
from hpotrial.core import provenance, seeds
from hpotrial.core.configuration import Arm, Training
from hpotrial.core.cv_setting import CvSetting
from hpotrial.datasets import dataset, splits
from hpotrial.datasets.dataset import Dataset, DatasetMeta
from hpotrial.results.right_rows import rows_and_counts
from hpotrial.runs import run
from hpotrial.runs.run import RunRequest, execute
from hpotrial.search import Problem
from hpotrial.training.metering import FittedModel

SPACE = {"neurons": {"choice": [4, 6]}, "epochs": {"choice": [1, 3]}, "batch_size": {"choice": [16]}}
of_search = seeds.of_search
DIVERGING = {"layers": 0, "optimizer": "sgd", "learning_rate": 1e38}


@pytest.fixture(autouse=True)
def _already_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    # a test process runs many runs, a job just one
    monkeypatch.setattr(run.runtime, "configure", lambda *_: None)


@pytest.fixture
def request_(tmp_path: Path) -> RunRequest:
    rng = np.random.default_rng(0)
    y = np.tile(np.arange(3, dtype=np.int32), 60)
    X = (rng.normal(size=(180, 3)) + y[:, None]).astype(np.float32)
    meta = DatasetMeta(
        "small", "csv", False, "made up", "none", "0" * 64, 180, 3, ("a", "b", "c"), ("p", "q", "r"), None
    )
    dataset.save(Dataset(X, y, meta), tmp_path / "d.npz", tmp_path / "d.json")
    split = splits.draw(dataset.load(tmp_path / "d.npz", tmp_path / "d.json"), seed=1)
    splits.save(split, tmp_path / "s.npz")
    return RunRequest(
        Arm("loop", "grid_loop", {}, "mlp", {"layers": 0}, SPACE, Training(checkpoint="best")),
        dataset="small", cv=CvSetting("holdout"), seed=1, holdout_size=0.25,
        data_npz=tmp_path / "d.npz", data_json=tmp_path / "d.json", split_npz=tmp_path / "s.npz",
        trials_path=tmp_path / "trials.parquet", outcome_path=tmp_path / "outcome.json",
    )  # fmt: skip


def armed(request: RunRequest, **changes: Any) -> RunRequest:
    """The request with another arm."""
    return replace(request, arm=replace(request.arm, **changes))


def read(request: RunRequest) -> tuple[dict[str, Any], pd.DataFrame]:
    return json.loads(Path(request.outcome_path).read_text()), pd.read_parquet(request.trials_path)


def test_outcome_and_trials_agree(request_: RunRequest) -> None:
    execute(request_)
    outcome, trials = read(request_)
    assert outcome["status"] == "ok"
    assert outcome["trials"] == len(trials) == 4
    assert outcome["selection_score"] == trials.score.max()
    assert json.loads(trials.configuration[trials.score.idxmax()]) == outcome["configuration"]
    for cost in ("fits", "epochs", "examples"):
        assert outcome[cost] == trials[cost].sum() > 0
    assert (outcome["n_train"], outcome["n_test"], outcome["n_audit"]) == (115, 29, 36)
    assert all(0 <= outcome[f"{name}_score"] <= 1 for name in ("test", "audit"))
    assert outcome["startup_seconds"] < outcome["job_seconds"]
    assert set(outcome["versions"]) >= {"python", "keras", "tensorflow-cpu"}
    assert list(trials.trial) == [0, 1, 2, 3]


def test_which_rows_were_right_is_what_the_accuracies_say(request_: RunRequest) -> None:
    split = splits.load(Path(request_.split_npz))
    for request in (request_, replace(request_, cv=CvSetting("test"))):
        record = execute(request)
        assert record.right is not None
        for part, accuracy in (("test", record.test_score), ("audit", record.audit_score)):
            rows, counts = rows_and_counts(record.right, part)
            np.testing.assert_array_equal(rows, getattr(split, part))
            assert counts.mean() == pytest.approx(accuracy)
    assert execute(armed(request_, fixed=DIVERGING)).right is None


def test_a_run_says_what_it_was_made_of(request_: RunRequest, tmp_path: Path) -> None:
    execute(replace(request_, provenance_dir=tmp_path / "provenance"))
    outcome, _ = read(request_)
    assert outcome["settings"] == json.loads(json.dumps(request_.arm.to_dict())) | {"holdout_size": 0.25}
    assert outcome["split_sha256"] == provenance.checksum(tmp_path / "s.npz")
    (record,) = (tmp_path / "provenance").iterdir()
    files = json.loads(record.read_text())
    assert record.stem == outcome["code_fingerprint"] == provenance.fingerprint_of(files)
    assert {"runs/run.py", "methods/grid_loop.py", "models/mlp.py", "training/callbacks.py"} <= set(files)
    # runs of one code share one record
    execute(replace(armed(request_, train_share=0.5), provenance_dir=tmp_path / "provenance"))
    assert len(list((tmp_path / "provenance").iterdir())) == 1


def test_same_request_writes_the_same_but_for_the_clock(request_: RunRequest, tmp_path: Path) -> None:
    again = tmp_path / "again"
    execute(request_)
    execute(replace(request_, trials_path=again / "trials.parquet", outcome_path=again / "outcome.json"))
    (one, trials), (other, trials_again) = outcome_and_trials(tmp_path), outcome_and_trials(again)
    assert one == other
    pd.testing.assert_frame_equal(trials, trials_again)


def test_refit_is_scored_where_it_is_asked_for_or_no_model_was_kept(request_: RunRequest) -> None:
    execute(armed(request_, refit=True))
    outcome, trials = read(request_)
    assert outcome["fits"] == trials.fits.sum() + 1
    assert 1 <= outcome["epochs"] - trials.epochs.sum() <= trials.budget_epochs[trials.score.idxmax()]
    execute(replace(request_, cv=CvSetting("cv3")))
    outcome, trials = read(request_)
    assert outcome["fits"] == trials.fits.sum() + 1 == 13


def test_search_that_raises_is_an_outcome_without_scores(request_: RunRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, problem: Problem) -> None:
        problem.evaluate({"neurons": 4, "epochs": 1, "batch_size": 16})
        raise KeyError("a fault\nin the library")

    monkeypatch.setattr(methods.load("grid_loop"), "search", broken)
    execute(request_)
    outcome, trials = read(request_)
    assert outcome["status"] == "search_error"
    assert outcome["message"].startswith("KeyError: 'a fault")
    assert outcome["selection_score"] is outcome["test_score"] is outcome["audit_score"] is None
    assert len(trials) == 1
    assert outcome["fits"] == 1


def test_several_refits_are_averaged_and_the_first_is_the_only_one(request_: RunRequest) -> None:
    for request in (replace(request_, cv=CvSetting("cv3")), armed(request_, refit=True)):
        one, three = execute(request), execute(armed(request, refits=3))
        assert (one.configuration, one.selection_score) == (three.configuration, three.selection_score)
        assert one.right is not None
        assert three.right is not None
        for part in ("test", "audit"):
            counts = [rows_and_counts(run.right, part)[1] for run in (one, three)]
            others = counts[1] - counts[0]
            assert set(others) == {0, 1, 2}, "of two further models, in no row more, and not the first again"
        assert three.audit_score == pytest.approx(counts[1].mean() / 3)
        assert three.test_metrics["log_loss"] != one.test_metrics["log_loss"]
        assert three.cost.fits == one.cost.fits + 2
        in_refit = one.cost.epochs - read(request)[1].epochs.sum()
        assert three.cost.epochs == one.cost.epochs + 2 * in_refit


def test_a_run_of_several_searches_has_their_means_and_begins_with_the_only_one(
    request_: RunRequest, tmp_path: Path
) -> None:
    options = {"population": 2, "generations": 1, "patience": None, "mutation": 1.0}
    once = armed(request_, method="genetic", options=options)
    often = replace(
        armed(once, repeats=4), trials_path=tmp_path / "often.parquet", outcome_path=tmp_path / "often.json"
    )
    one, four = execute(once), execute(often)
    (_, alone), (outcome, trials) = read(once), read(often)
    first = trials[trials.repeat == 0]
    clocks = [name for name in trials.columns if name.endswith("_seconds")]
    pd.testing.assert_frame_equal(alone.drop(columns=clocks), first.drop(columns=clocks))
    assert four.generations[: len(one.generations)] == one.generations
    assert [g.repeat for g in four.generations] == sorted([0, 1, 2, 3] * 2)
    repeats = four.repeats
    assert [r.number for r in repeats] == [0, 1, 2, 3]
    names = ("configuration", "selection_score", "test_score", "audit_score", "trials")
    assert [getattr(repeats[0], n) for n in names] == [getattr(one, n) for n in names]
    assert four.configuration == one.configuration
    for name in ("selection_score", "test_score", "audit_score"):
        assert getattr(four, name) == pytest.approx(np.mean([getattr(r, name) for r in repeats]))
    for name in ("fits", "epochs", "examples"):
        told = [getattr(r.cost, name) for r in repeats]
        assert told == list(trials.groupby("repeat")[name].sum())
        assert getattr(four.cost, name) == outcome[name] == round(np.mean(told))
    assert four.trials == round(np.mean(trials.groupby("repeat").size()))
    # other draws, and the same fits
    drawn = trials.groupby("repeat").configuration.agg(tuple)
    assert len(set(drawn)) > 1
    assert trials.groupby("configuration").score.nunique().max() == 1
    assert four.right is not None
    assert four.right.models == 4
    assert rows_and_counts(four.right, "audit")[1].mean() / 4 == pytest.approx(four.audit_score)


@pytest.mark.parametrize(
    ("method", "cv", "changes"),
    [
        ("sklearn_random", "cv3", {"options": {"n_iter": 3}, "refits": 2}),
        # a budget that ends in a trial, where nothing at hand may stand for what is cut short
        ("hyperopt_random", "holdout", {"options": {"max_evals": 9}, "epoch_budget": 8}),
        ("sklearn_random", "cv2", {"options": {"n_iter": 4}, "epoch_budget": 11}),
    ],
)
def test_what_other_searches_of_a_run_have_fitted_changes_none_of_them(
    request_: RunRequest, method: str, cv: str, changes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each search is what it is alone, without a table of fits and with nothing at hand."""
    asked = armed(replace(request_, cv=CvSetting(cv)), method=method, **changes)
    run = execute(armed(replace(asked, fits_path=tmp_path / "fits"), repeats=4))
    (_, trials) = outcome_and_trials(tmp_path)
    made = sum(1 for _ in (tmp_path / "fits").rglob("*.npz"))
    assert made < sum(repeat.cost.fits for repeat in run.repeats)
    for number, repeat in enumerate(run.repeats):
        monkeypatch.setattr(seeds, "of_search", lambda seed, _, number=number: of_search(seed, number))
        alone = execute(asked)
        assert (alone.selection_score, alone.audit_score, alone.configuration) == (
            repeat.selection_score, repeat.audit_score, repeat.configuration
        )  # fmt: skip
        counts = [(cost.fits, cost.epochs, cost.examples) for cost in (alone.cost, repeat.cost)]
        assert counts[0] == counts[1]
        (_, own) = outcome_and_trials(tmp_path)
        mine = trials[trials["repeat"] == number].reset_index(drop=True)
        pd.testing.assert_frame_equal(own.drop(columns="repeat"), mine.drop(columns="repeat"))


def test_a_run_of_which_one_search_fails_is_a_failed_run(request_: RunRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    method = methods.load("hyperopt_random")
    search = method.search

    def broken(self: Any, problem: Problem) -> Any:
        if problem.repeat == 2:
            raise KeyError("the third")
        return search(self, problem)

    monkeypatch.setattr(method, "search", broken)
    run = execute(armed(request_, method="hyperopt_random", options={"max_evals": 1}, repeats=5))
    assert (run.status, run.message) == ("search_error", "KeyError: 'the third'")
    assert run.selection_score is run.audit_score is run.right is run.configuration is None
    assert [repeat.selection_score is None for repeat in run.repeats] == [False, False, True]


FOREST = {"model": "random_forest", "fixed": {}, "space": {"n_estimators": {"choice": [2, 3]}}}


@pytest.mark.parametrize("model", [{}, FOREST], ids=["mlp", "random_forest"])
@pytest.mark.parametrize("cv", ["holdout", "cv3"])
@pytest.mark.parametrize("method", ["grid_loop", "sklearn_grid"])
def test_a_refit_that_fails_ends_the_run_and_is_no_trials_failure(
    request_: RunRequest, method: str, cv: str, model: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = FittedModel.fit

    def broken(self: Any, x: Any = None, y: Any = None, **arguments: Any) -> Any:
        if len(x) == 115:
            raise ValueError("all rows are too many")
        return fit(self, x, y, **arguments)

    monkeypatch.setattr(FittedModel, "fit", broken)
    execute(armed(replace(request_, cv=CvSetting(cv)), method=method, refit=True, **model))
    outcome, trials = read(request_)
    assert (outcome["status"], outcome["message"]) == ("search_error", "ValueError: all rows are too many")
    assert outcome["selection_score"] is outcome["test_score"] is outcome["audit_score"] is None
    assert list(trials.status) == ["ok"] * (2 if model else 4)
    assert (outcome["trials"], outcome["failed_trials"], outcome["epochs"]) == (len(trials), 0, trials.epochs.sum())


def test_run_of_failed_trials_is_a_failed_run(request_: RunRequest) -> None:
    execute(armed(request_, fixed=DIVERGING))
    outcome, trials = read(request_)
    assert outcome["status"] == "all_trials_failed"
    assert outcome["failed_trials"] == outcome["trials"] == 4
    assert outcome["audit_score"] is None
    assert set(trials.status) == {"not_finite"}
    assert trials.score.isna().all()


def test_full_disk_is_raised_not_recorded(request_: RunRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Any, problem: Problem) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(methods.load("grid_loop"), "search", full)
    with pytest.raises(OSError, match="No space"):
        execute(request_)
    assert not Path(request_.outcome_path).exists()


@pytest.mark.slow
def test_a_search_that_falls_short_says_so(request_: RunRequest) -> None:
    # of 18 configurations KerasTuner draws 18 different ones, and gives up where twenty draws in a row are known
    space = {
        "neurons": {"choice": [2, 4, 8]},
        "activation_input": {"choice": ["relu", "tanh", "sigmoid"]},
        "optimizer": {"choice": ["adam", "sgd"]},
    }
    arm = {"method": "keras_random", "options": {"max_trials": 18}, "space": space, "fixed": {"layers": 0, "epochs": 1}}
    made = [execute(replace(armed(request_, **arm), seed=seed)) for seed in range(5)]
    assert {record.trials_asked for record in made} == {18}
    assert all(record.configurations == record.trials for record in made)
    assert min(record.trials for record in made) < 18
    drawn = execute(armed(request_, **{**arm, "method": "hyperopt_random", "options": {"max_evals": 18}}))
    assert (drawn.trials, drawn.trials_asked) == (18, 18)
    assert drawn.configurations < 18
    assert drawn.repeats[0].configurations == drawn.configurations


def test_what_may_end_early_by_itself_has_no_number_to_reach(request_: RunRequest) -> None:
    assert execute(request_).trials_asked == 4
    assert execute(armed(request_, epoch_budget=3)).trials_asked is None
    genetic = execute(armed(request_, method="genetic", options={"population": 3, "generations": 1}))
    assert (genetic.trials_asked, genetic.rungs) == (None, None)


@pytest.mark.slow
def test_rungs_are_told(request_: RunRequest) -> None:
    options = {"n_candidates": 4, "factor": 2}
    halving = armed(request_, method="successive_halving", options=options)
    record = execute(replace(halving, cv=CvSetting("cv3")))
    assert (record.trials, record.trials_asked, record.configurations, record.rungs) == (4 + 2 + 1, 7, 4, 3)
    options = {"max_epochs": 3, "factor": 2, "tune": "all"}
    hyperband = execute(armed(request_, method="keras_hyperband", options=options))
    assert hyperband.rungs == 2


def test_seconds_of_a_search_are_those_it_would_have_taken_alone(request_: RunRequest) -> None:
    record = execute(request_)
    assert record.cost.wall_seconds < record.search_seconds
    whole = record.job_seconds - record.startup_seconds
    assert record.search_seconds == pytest.approx(whole - record.cost.compile_seconds)
    # a fit that is taken from another run costs what it cost, and takes no time
    took = SimpleNamespace(total=SimpleNamespace(wall_seconds=30.0), spent_seconds=10.0, compiling_seconds=3.0)
    search = SimpleNamespace(problem=SimpleNamespace(meter=took))
    told = SimpleNamespace(job_seconds=16.0, startup_seconds=4.0, searches=(search,))
    assert run.FinishedRun.search_seconds.fget(told) == 12.0 + 20.0 - 3.0
