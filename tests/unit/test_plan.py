"""The plan: what each run is expected to cost, held against hand calculation."""

import pandas as pd
import pytest
import yaml

from hpotrial.datasets import DatasetMeta
from hpotrial.errors import ConfigurationError
from hpotrial.plan import COLUMNS, make_plan, summary
from hpotrial.study import load_study

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
    assert lines[0].split() == ["dataset", "arm", "cv", "runs", "trials", "fits", "epochs", "examples", "minutes"]
    assert lines[-2].split()[:3] == ["all", "12", f"{plan.trials.sum():,}"]
    assert f"{plan.examples.sum():,}" in lines[-2]
