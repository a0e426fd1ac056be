"""The plan: what each run is expected to cost, held against hand calculation."""

import json
import math

import pandas as pd
import pytest
import yaml
from in_space import in_space

from hpotrial import models
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.space import Space
from hpotrial.datasets.dataset import DatasetMeta
from hpotrial.results import collect
from hpotrial.study import load_study, pricing
from hpotrial.study.plan import COLUMNS, make_plan, runs_in, summary

STUDY = """
name: small
seeds: {count: 2}
datasets:
  telecust:
    model: mlp
    holdout_size: 0.25
    fixed: {optimizer: adam}
    space:
      neurons: {choice: [16, 64]}
      epochs: {choice: [2, 4]}
    arms:
      grid_loop: {cv: [test, holdout]}
      refitted: {method: grid_loop, cv: [holdout], refit: true}
      sklearn_grid: {cv: [cv4]}
      sklearn_random: {n_iter: 2, cv: [cv2]}
      keras_hyperband: {max_epochs: 2, factor: 3, tune: all, cv: [holdout]}
"""


def facts(rows: int = 1000, *, documented: int | None = None, standin: bool = False, classes: int = 4) -> DatasetMeta:
    names = tuple(f"class {code}" for code in range(classes))
    return DatasetMeta("telecust", "telecust", standin, "", "", "0" * 64, rows, 11, names, None, documented)


def planned(text: str = STUDY, meta: DatasetMeta | None = None) -> pd.DataFrame:
    plan = make_plan(load_study(yaml.safe_load(text)), {"telecust": meta or facts()})
    return plan.set_index(["arm", "cv", "seed"])


def costs(plan: pd.DataFrame, arm: str, cv: str) -> list[int]:
    return [int(plan.loc[(arm, cv, 0), name]) for name in ("trials", "fits", "epochs", "examples")]


def test_one_row_for_each_run_in_the_studys_order():
    study = load_study(yaml.safe_load(STUDY))
    plan = make_plan(study, {"telecust": facts()})
    assert list(plan.columns) == COLUMNS
    assert not plan.plan_only.any()
    told = (plan.dataset + "/" + plan.arm + "/" + plan.cv + "/seed" + plan.seed.astype(str)).tolist()
    assert told == [run.id for run in study.runs()]
    assert all(plan[name].dtype.kind == "i" for name in ("trials", "fits", "epochs", "examples"))


def test_costs_by_hand():
    # 1000 rows, 200 of them audit, 160 of the other 800 test: 640 to train on; the grid has 4 configurations
    plan = planned()
    assert costs(plan, "grid_loop", "test") == [4, 4, 12, 12 * 640]
    assert costs(plan, "grid_loop", "holdout") == [4, 4, 12, 12 * 480]
    # 4 folds of 480 rows to fit on, and a refit of at most 4 epochs on all 640
    assert costs(plan, "sklearn_grid", "cv4") == [4, 17, 52, 48 * 480 + 4 * 640]
    assert costs(plan, "refitted", "holdout") == [4, 5, 16, 12 * 480 + 4 * 640]
    # two draws of 3 epochs on average
    assert costs(plan, "sklearn_random", "cv2") == [2, 5, 16, 12 * 320 + 4 * 640]


def test_a_search_over_folds_ends_with_a_refit():
    text = STUDY.replace(
        "refitted: {method: grid_loop, cv: [holdout], refit: true}", "looped: {method: grid_loop, cv: [cv4]}"
    )
    assert costs(planned(text), "looped", "cv4") == [4, 17, 52, 48 * 480 + 4 * 640]


def test_a_run_of_several_searches_costs_one_of_them_and_takes_the_fits_that_all_make(monkeypatch):
    rate = {"program": 0.0, "fit": 10.0, "step": 0.0, "multiply_add": 0.0}
    made_up = {"startup": {"keras": 0.0}, "replay": 0.1, "request": 0.0, "models": {"mlp": {"compiled": rate}}}
    monkeypatch.setattr(pricing, "rates", lambda: made_up)
    often = STUDY.replace("{n_iter: 2, cv: [cv2]}", "{n_iter: 2, cv: [cv2], repeats: 3}")
    assert costs(planned(often), "sklearn_random", "cv2") == costs(planned(), "sklearn_random", "cv2")
    # of 4 configurations three searches of 2 try 3.5, with two folds, and select 2.3: 9 fits, and 10 asked for again
    assert planned(often).loc[("sklearn_random", "cv2", 0), "seconds"] == 9 * 10 + 10 * 0.1
    refitted = often.replace("repeats: 3", "refits: 3")
    assert costs(planned(refitted), "sklearn_random", "cv2") == [2, 7, 24, 12 * 320 + 12 * 640]


def test_seeds_cost_the_same():
    plan = planned()
    assert plan.xs(0, level="seed").equals(plan.xs(1, level="seed"))


def test_the_documented_training_set_stays_whole():
    plan = planned(meta=facts(70000, documented=60000))
    assert costs(plan, "grid_loop", "test") == [4, 4, 12, 12 * 60000]


def test_a_subset_of_the_training_rows():
    text = STUDY.replace("model: mlp", "model: mlp\n    train_rows: 100")
    assert costs(planned(text), "grid_loop", "test") == [4, 4, 12, 12 * 100]
    with pytest.raises(ConfigurationError, match=r"train_rows: 100 rows are asked for, 64 are there"):
        planned(text, facts(100))
    assert costs(planned(text, facts(100, standin=True)), "grid_loop", "test") == [4, 4, 12, 12 * 64]


def test_fixed_and_default_epochs_count():
    text = STUDY.replace("      epochs: {choice: [2, 4]}\n", "").replace("adam}", "adam, epochs: 7}")
    assert costs(planned(text), "grid_loop", "test") == [2, 2, 14, 14 * 640]
    default = text.replace(", epochs: 7", "")
    assert costs(planned(default), "grid_loop", "test") == [2, 2, 200, 200 * 640]


def test_more_folds_than_rows():
    with pytest.raises(
        ConfigurationError, match=r"arms.sklearn_grid.cv: cv4 wants 4 training rows of each of 10 classes"
    ):
        planned(meta=facts(60, classes=10))


def test_stock_training_is_expected_to_take_longer():
    stock = STUDY.replace("    arms:", "    training: {engine: stock}\n    arms:").replace("[2, 4]", "[20, 40]")
    compiled = STUDY.replace("[2, 4]", "[20, 40]")
    assert (planned(stock).loc["grid_loop"].seconds > planned(compiled).loc["grid_loop"].seconds).all()


def test_the_summary_adds_up():
    plan = make_plan(load_study(yaml.safe_load(STUDY)), {"telecust": facts()})
    lines = summary(plan).splitlines()
    assert lines[0].split() == [
        "dataset",
        "arm",
        "cv",
        "runs",
        "trials",
        "fits",
        "epochs",
        "examples",
        "minutes",
        "shared",
    ]
    assert lines[-2].split()[:3] == ["all", "12", f"{plan.trials.sum():,}"]
    assert f"{plan.examples.sum():,}" in lines[-2]


def test_how_many_runs_make_some_minutes(tmp_path):
    plan = planned()
    plan["seconds"] = 90.0
    plan.to_csv(tmp_path / "plan.csv", index=False)
    assert runs_in(180, tmp_path / "plan.csv") == 2
    assert runs_in(10, tmp_path / "plan.csv") == 1
    plan["seconds"] = 0.0
    plan.to_csv(tmp_path / "plan.csv", index=False)
    assert runs_in(180, tmp_path / "plan.csv") > len(plan)


def test_a_budget_of_epochs_caps_what_the_trials_ask_for():
    text = STUDY.replace("grid_loop: {cv: [test, holdout]}", "grid_loop: {cv: [test, holdout], budget: {epochs: 9}}")
    plan = planned(text)
    # 9 of 12 epochs, so 3 of the 4 trials
    assert costs(plan, "grid_loop", "test") == [3, 3, 9, 9 * 640]
    assert plan.loc[("grid_loop", "test", 0), "seconds"] <= planned().loc[("grid_loop", "test", 0), "seconds"]
    # the budget is for all folds together, and the refit is outside it
    folded = STUDY.replace("sklearn_grid: {cv: [cv4]}", "sklearn_grid: {cv: [cv4], budget: {epochs: 24}}")
    assert costs(planned(folded), "sklearn_grid", "cv4") == [2, 9, 28, 24 * 480 + 4 * 640]
    ample = STUDY.replace("grid_loop: {cv: [test, holdout]}", "grid_loop: {cv: [test, holdout], budget: {epochs: 99}}")
    assert costs(planned(ample), "grid_loop", "test") == [4, 4, 12, 12 * 640]


def test_fits_of_a_share_of_their_rows_process_fewer_examples_and_the_refit_all():
    text = STUDY.replace("grid_loop: {cv: [test, holdout]}", "grid_loop: {cv: [test, holdout], train_share: 0.75}")
    text = text.replace("sklearn_grid: {cv: [cv4]}", "sklearn_grid: {cv: [cv4], train_share: 0.5}")
    plan = planned(text)
    assert costs(plan, "grid_loop", "test") == [4, 4, 12, 12 * 480]
    assert costs(plan, "grid_loop", "holdout") == [4, 4, 12, 12 * 360]
    assert costs(plan, "sklearn_grid", "cv4") == [4, 17, 52, 48 * 240 + 4 * 640]
    assert plan.loc[("grid_loop", "test", 0), "seconds"] <= planned().loc[("grid_loop", "test", 0), "seconds"]


def test_a_share_of_fewer_rows_than_classes_is_refused():
    text = STUDY.replace("sklearn_grid: {cv: [cv4]}", "sklearn_grid: {cv: [cv4], train_share: 0.005}")
    with pytest.raises(
        ConfigurationError,
        match=r"sklearn_grid\.train_share: 0\.005 leaves a fit at cv4 2 rows, fewer than the 4 classes",
    ):
        planned(text)


ONLY_PLANNED = STUDY.replace("grid_loop: {cv: [test, holdout]}", "grid_loop: {cv: [test, holdout], plan_only: true}")


def test_arms_that_are_only_planned_are_priced_and_not_among_the_runs():
    study = load_study(yaml.safe_load(ONLY_PLANNED))
    plan = make_plan(study, {"telecust": facts()})
    priced = plan[plan.plan_only]
    assert priced[["arm", "cv", "seed"]].to_numpy().tolist() == [
        ["grid_loop", cv, seed] for cv in ("test", "holdout") for seed in (0, 1)
    ]
    assert (priced.seconds > 0).all()
    told = plan[~plan.plan_only]
    assert (told.dataset + "/" + told.arm + "/" + told.cv + "/seed" + told.seed.astype(str)).tolist() == [
        run.id for run in study.runs()
    ]
    assert costs(plan.set_index(["arm", "cv", "seed"]), "grid_loop", "test") == costs(planned(), "grid_loop", "test")


def test_the_tables_expect_no_run_that_is_only_priced(tmp_path):
    plan = make_plan(load_study(yaml.safe_load(ONLY_PLANNED)), {"telecust": facts()})
    plan.to_csv(tmp_path / "plan.csv", index=False)
    found = collect(tmp_path / "plan.csv", tmp_path / "runs", tmp_path / "tables")
    assert found.planned == (~plan.plan_only).sum() == 8
    assert not any("/grid_loop/" in run for run in found.missing)


def test_the_summary_adds_up_what_runs_and_shows_the_rest_below(tmp_path):
    make_plan(load_study(yaml.safe_load(ONLY_PLANNED)), {"telecust": facts()}).to_csv(
        tmp_path / "plan.csv", index=False
    )
    plan = pd.read_csv(tmp_path / "plan.csv")
    lines = summary(plan).splitlines()
    below = next(i for i, line in enumerate(lines) if line == "priced, not run:")
    assert lines[below - 1].split()[:3] == ["all", "8", f"{plan[~plan.plan_only].trials.sum():,}"]
    assert [line.split()[1:3] for line in lines[below + 1 : -1]] == [["grid_loop", "test"], ["grid_loop", "holdout"]]


SHARING = """
name: sharing
seeds: {count: 2}
datasets:
  telecust:
    model: random_forest
    space: {n_estimators: {choice: [2, 4, 6, 8]}, max_depth: {choice: [2, null]}}
    arms:
      few: {method: hyperopt_random, max_evals: 4, cv: [cv2]}
      again: {method: hyperopt_random, max_evals: 4, cv: [cv2]}
      other: {method: hyperopt_random, max_evals: 4, cv: [cv3]}
      halves: {method: successive_halving, n_candidates: 4, cv: [cv2]}
"""


def test_what_others_have_made_is_priced_once(monkeypatch):
    made_up = {"startup": {"sklearn": 0.0}, "replay": 0.0, "request": 0.0,
               "models": {"random_forest": {"fit": 10.0, "tree": 0.0, "row": 0.0}}}  # fmt: skip
    monkeypatch.setattr(pricing, "rates", lambda: made_up)
    plan = planned(SHARING)
    for seed in (0, 1):
        # four of eight configurations in two folds, and a refit; the second search finds half of what it draws
        assert plan.loc[("few", "cv2", seed), ["seconds", "shared_seconds"]].tolist() == [90, 90]
        assert plan.loc[("again", "cv2", seed), ["seconds", "shared_seconds"]].tolist() == [90, 50]
        # others' rows, and fits of its own kind, are nobody else's
        for cell in (("other", "cv3"), ("halves", "cv2")):
            own, shared = plan.loc[(*cell, seed), ["seconds", "shared_seconds"]]
            assert own == shared
    # a whole grid is gone through first, wherever it stands, and leaves the others nothing but their refits
    plan = planned(SHARING + "      whole: {method: sklearn_grid, cv: [cv2]}\n")
    cells = [("whole", "cv2", 0), ("few", "cv2", 0), ("again", "cv2", 0)]
    assert plan.shared_seconds.loc[cells].tolist() == [170, 10, 10]


IMAGES = """
name: images
seeds: {count: 1}
datasets:
  mnist:
    model: cnn
    fixed: {epochs: 10, batch_size: 100}
    space:
      filters: {choice: [64, 128]}
      kernel_size: {choice: [3, 7]}
      learning_rate: {choice: [0.1, 0.01, 0.001]}
    arms:
      grid_loop: {cv: [test]}
"""


def image_facts() -> DatasetMeta:
    names = tuple(str(digit) for digit in range(10))
    return DatasetMeta("mnist", "mnist", False, "", "", "0" * 64, 70000, 784, names, None, 60000, (28, 28))


def test_seconds_by_hand(monkeypatch):
    rate = {"program": 100.0, "fit": 10.0, "step": 1.0, "multiply_add": 1e-6}
    made_up = {"startup": {"keras": 5.0}, "replay": 0.0, "request": 0.0, "models": {"cnn": {"compiled": rate}}}
    monkeypatch.setattr(pricing, "rates", lambda: made_up)
    plan = make_plan(load_study(yaml.safe_load(IMAGES)), {"mnist": image_facts()})
    # 26 x 26 places of a 3 x 3 filter, pooled to 13 x 13; 22 x 22 of a 7 x 7 filter, pooled to 11 x 11
    of_a_filter = [26 * 26 * 9 + 13 * 13 * 10, 22 * 22 * 49 + 11 * 11 * 10]
    multiply_adds = sum(of_a_filter) / 2 * (64 + 128) / 2
    examples = 12 * 10 * 60000
    expected = 5 + 4 * 100 + 12 * 10 + examples / 100 * 1 + examples * 3 * multiply_adds * 1e-6
    assert plan.examples.tolist() == [examples]
    assert plan.seconds.tolist() == [pytest.approx(expected, abs=0.1)]


def test_activations_that_share_a_program_are_compiled_once(monkeypatch):
    text = STUDY.replace("neurons: {choice: [16, 64]}", "activation: {choice: [softmax, relu, tanh, sigmoid, linear]}")
    rate = {"program": 1000.0, "fit": 0.0, "step": 0.0, "multiply_add": 0.0}
    monkeypatch.setattr(
        pricing,
        "rates",
        lambda: {"startup": {"keras": 0.0}, "replay": 0.0, "request": 0.0, "models": {"mlp": {"compiled": rate}}},
    )
    # in a process of each run's own, and in one that goes on from seed to seed
    alone = f"{text}\nworkers: none\n"
    assert planned(alone).loc[("grid_loop", "test", 0), "seconds"] == 2000
    assert planned(text).loc[("grid_loop", "test", 0), "seconds"] == 1000
    # on many rows every activation has a program of its own
    assert planned(alone, facts(10_000)).loc[("grid_loop", "test", 0), "seconds"] == 5000


def test_a_model_that_cannot_take_the_examples_is_refused():
    text = STUDY.replace("model: mlp", "model: cnn").replace("neurons: {choice: [16, 64]}", "filters: {choice: [4, 8]}")
    with pytest.raises(ConfigurationError, match=r"telecust\.arms\.grid_loop: model cnn: needs images"):
        planned(text)


FOREST = """
name: forest
seeds: {count: 1}
datasets:
  telecust:
    model: random_forest
    space:
      n_estimators: {choice: [10, 50]}
      criterion: {choice: [gini, entropy]}
    arms:
      grid_loop: {cv: [test]}
"""


def test_a_forests_trees_are_its_epochs(monkeypatch):
    made_up = {
        "startup": {"sklearn": 2.0},
        "replay": 0.0,
        "request": 0.0,
        "models": {"random_forest": {"fit": 10.0, "tree": 1.0, "row": 1e-3}},
    }
    monkeypatch.setattr(pricing, "rates", lambda: made_up)
    plan = planned(FOREST)
    assert costs(plan, "grid_loop", "test") == [4, 4, 120, 120 * 640]
    expected = 2 + 4 * 10 + 120 * 1 + 120 * 640 * math.log2(640) * 1e-3
    assert plan.loc[("grid_loop", "test", 0), "seconds"] == pytest.approx(expected, abs=0.1)


def test_a_large_or_continuous_space_is_sampled_always_in_the_same_way():
    space = Space.from_config(
        {
            "layers": {"choice": [1, 2]},
            "width_1": {"int": {"low": 4, "high": 64}},
            "width_2": {"int": {"low": 4, "high": 64}, "when": {"layers": [2]}},
            "learning_rate": {"float": {"low": 0.001, "high": 0.1, "log": True}},
        }
    )
    drawn = pricing.sample(space)
    assert len(drawn) == pricing.SAMPLE
    assert all(in_space(configuration, space) for configuration in drawn)
    assert drawn == pricing.sample(space)
    assert sum("width_2" in configuration for configuration in drawn) == pytest.approx(128, abs=40)
    small = Space.from_config({"layers": {"choice": [1, 2]}, "width_1": {"int": {"low": 4, "high": 6}}})
    assert pricing.sample(small) == list(small.grid())


def test_every_model_of_this_repository_has_its_rates():
    by_model = pricing.rates()["models"]
    assert {"mlp", "residual_mlp", "cnn", "random_forest"} <= set(by_model) <= set(models.names())
    for name in by_model:
        if models.library(name) == "keras":
            assert by_model[name]["stock"]["step"] > by_model[name]["compiled"]["step"]


RATES = pricing.rates()


def without_rates(monkeypatch, answer):
    """The mlp's rates as those of another model, and no rates of the mlp; what is asked of a process is kept."""
    usual = RATES["models"]["mlp"]
    monkeypatch.setattr(pricing, "rates", lambda: {**RATES, "models": {"usual": usual}})
    monkeypatch.setattr(pricing, "USUAL_MODELS", {"keras": "usual"})
    asked = []

    def answered(_code, request):
        asked.append(json.loads(request))
        return answer(asked[-1])

    monkeypatch.setattr(pricing, "_answer", answered)
    return asked


def test_a_model_without_rates_is_priced_by_its_measured_fit(monkeypatch):
    text = STUDY.replace("epochs: {choice: [2, 4]}", "epochs: {choice: [200, 400]}")
    before = planned(text).seconds["grid_loop"]
    count = models.load("mlp").multiply_adds
    usual = RATES["models"]["mlp"]["compiled"]
    defaults = models.defaults("mlp")
    epoch = 1000 / 32 * usual["step"] + 1000 * 3 * count(defaults, (11,), 4) * usual["multiply_add"]

    def answer(request, times=1.0):
        counted = [count(one, (11,), 4) for one in request["counted"]]
        return {"multiply_adds": counted, "fit": {"epoch": times * epoch, "fit": usual["fit"], "program": 9.0}}

    asked = without_rates(monkeypatch, answer)
    assert planned(text).seconds["grid_loop"].tolist() == before.tolist()
    # two widths, however many epochs, and the defaults first
    assert [one["neurons"] for one in asked[0]["counted"]] == [64, 16, 64]
    assert asked[0]["fitted"] == defaults
    without_rates(monkeypatch, lambda request: answer(request, 10))
    slower = planned(text).seconds["grid_loop"]
    startup = RATES["startup"]["keras"]
    assert (slower - startup > 3 * (before - startup)).all()


def test_what_was_measured_is_kept_for_the_same_code(monkeypatch, tmp_path):
    def answer(request):
        return {"multiply_adds": [100] * len(request["counted"]), "fit": {"epoch": 1.0, "fit": 0.0, "program": 0.0}}

    asked = without_rates(monkeypatch, answer)
    study, known = load_study(yaml.safe_load(STUDY)), {"telecust": facts()}
    first = make_plan(study, known, tmp_path)
    measured = len(asked)
    assert first.equals(make_plan(study, known, tmp_path))
    assert len(asked) == measured
    monkeypatch.setattr(pricing.provenance, "fingerprint", lambda *_: "edited")
    make_plan(study, known, tmp_path)
    assert len(asked) == 2 * measured
