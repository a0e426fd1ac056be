"""Every figure: found by name, drawn whatever the tables hold, the same bytes for the same tables."""

import importlib
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
import simulated_study
import simulated_verdicts
from matplotlib.figure import Figure
from matplotlib.text import Text

from hpotrial import figures
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.words import languages, read_words
from hpotrial.figures import style, wording
from hpotrial.figures.best_curves import best_curve, scored_trials
from hpotrial.figures.completeness import fates
from hpotrial.figures.cost_against_audit import pareto
from hpotrial.figures.critical_difference import audit_matrix, complete_blocks, critical_difference
from hpotrial.figures.genetic_history import mean_course
from hpotrial.figures.hyperband_cost import ratios
from hpotrial.figures.ranks_over_budget import mean_ranks
from hpotrial.figures.style import arm_style, limits, percent_axis, settle, short_count
from hpotrial.figures.win_probability import adjusted_p, wins
from hpotrial.results import Tables, collect, fold_gains
from hpotrial.results.importance import importances

pytestmark = pytest.mark.slow


MIN_LETTERS = 6  # points, at the width of the printed page


def with_tables(root, claims=True):
    collect(root / "plan.csv", root / "runs", root / "tables")
    importances(Tables(root / "tables")).to_parquet(root / "tables/importance.parquet", index=False)
    if claims:
        simulated_verdicts.write(root, seeds=3)
    return root


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return with_tables(simulated_study.write(tmp_path_factory.mktemp("whole"), seeds=3))


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Studies at the edge: one seed, one dataset without folds, nothing at all, a seed that broke."""
    roots = {}
    for name, options in {
        "one seed": {"seeds": 1},
        "no folds": {"seeds": 2, "datasets": ("mnist",), "standin": ("mnist",)},
        "no runs": {"seeds": 2},
        "holes": {"seeds": 2},
    }.items():
        root = simulated_study.write(tmp_path_factory.mktemp("odd"), **options)
        if name == "no runs":
            shutil.rmtree(root / "runs")
        if name == "holes":
            shutil.rmtree(root / "runs/telecust/grid_loop/test")
            shutil.rmtree(root / "runs/telecust/sklearn_grid/cv5/seed1")
        roots[name] = with_tables(root, claims=name == "one seed")
    return roots


def test_the_figures_are_found():
    """The files that draw tables; what they share draws nothing by itself."""
    modules = {module.name for module in pkgutil.iter_modules(figures.__path__)}
    loaded = {name: importlib.import_module(f"hpotrial.figures.{name}") for name in modules}
    assert figures.names() == sorted(name for name, module in loaded.items() if hasattr(module, "draw"))
    assert (
        {"accuracy_by_arm", "claims_forest", "win_probability"} < set(figures.names()) < modules - {"style", "margins"}
    )


def test_an_unknown_figure_is_one_clear_line():
    with pytest.raises(HpoTrialError, match=r"no figure called pie; .*accuracy_by_arm"):
        figures.load("pie")


@pytest.mark.parametrize("name", figures.names())
def test_figure_has_title_order_and_caption(name):
    figure = figures.load(name)
    assert figure.title
    assert len(figure.caption) > 80
    assert isinstance(figure.order, int)
    assert getattr(figure, "PER", "dataset") in ("dataset", figures.STUDY)


def test_every_figure_has_a_place_of_its_own():
    orders = [figures.load(name).order for name in figures.names()]
    assert len(set(orders)) == len(orders)


@pytest.mark.parametrize("name", figures.names())
def test_equal_tables_give_equal_bytes_and_text_travels_as_paths(name, whole, tmp_path):
    drawn = []
    for turn in ("a", "b"):
        datasets = figures.draw(name, whole / "tables", tmp_path / turn)
        assert datasets
        files = sorted(path.name for path in (tmp_path / turn).iterdir())
        assert files == sorted(f"{dataset}.{kind}" for dataset in datasets for kind in ("png", "svg"))
        drawn.append([(tmp_path / turn / file).read_bytes() for file in files])
    assert drawn[0] == drawn[1]
    for content in drawn[0]:
        assert b"<text" not in content
        assert b"<dc:date>" not in content


@pytest.mark.parametrize("name", figures.names())
@pytest.mark.parametrize("case", ["one seed", "no folds", "no runs", "holes"])
def test_figures_never_fail(name, case, odd, tmp_path):
    drawn = figures.draw(name, odd[case] / "tables", tmp_path)
    files = [tmp_path / f"{dataset}.svg" for dataset in drawn] or [tmp_path / f"{figures.NOTHING}.svg"]
    assert sorted(files) == sorted(tmp_path.glob("*.svg"))
    assert all(file.stat().st_size > 1000 for file in files)


def words_of(figure):
    return " ".join(text.get_text() for text in figure.texts)


@pytest.mark.parametrize("name", sorted({*figures.names()} - {"completeness"}))
def test_nothing_to_draw_is_said_in_words(name, odd):
    assert words_of(figures.load(name).draw(Tables(odd["no runs"] / "tables"))).startswith("No ")


@pytest.mark.parametrize("name", figures.names())
def test_letters_can_be_read_in_every_language_and_the_page_holds_them(name, whole):
    figure_file, tables = figures.load(name), Tables(whole / "tables")
    per_study = getattr(figure_file, "PER", "dataset") == figures.STUDY
    told = []
    for language in languages():
        with matplotlib.rc_context(style.RC_PARAMS), wording.speaking(language):
            figure = figure_file.draw(tables if per_study else tables.of_dataset("telecust"))
            settle(figure)
            drawn = figure.get_tightbbox()  # inches
        assert not isinstance(figure, style.Words)
        assert figure.get_figwidth() == style.WIDTH
        assert figure.get_figheight() <= 8.9
        letters = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
        assert len(letters) > 5
        assert min(text.get_fontsize() for text in letters) >= MIN_LETTERS
        assert min(drawn.x0, drawn.y0) > -0.03
        assert drawn.x1 < style.WIDTH + 0.03
        assert drawn.y1 < figure.get_figheight() + 0.03
        told.append({text.get_text() for text in letters})
    assert told[0] != told[1] or name not in read_words("figures", "es")["figures"]


def test_a_figure_is_saved_in_the_language_asked_for(whole, tmp_path):
    for language in ("en", "es"):
        assert figures.draw("folds_paired", whole / "tables", tmp_path / language, language) == ["telecust"]
    assert (tmp_path / "en/telecust.svg").read_bytes() != (tmp_path / "es/telecust.svg").read_bytes()


def test_a_language_without_words_is_one_clear_line(whole, tmp_path):
    with pytest.raises(HpoTrialError, match=r"no words in 'fr': set report.language to one of en, es"):
        figures.draw("best_so_far", whole / "tables", tmp_path, "fr")


def test_folds_without_pairs_are_said_in_words(odd):
    assert "both cv3 and cv5" in words_of(figures.load("folds_paired").draw(Tables(odd["no folds"] / "tables")))


@pytest.mark.parametrize("name", ["accuracy_by_arm", "best_so_far", "cost_against_audit", "selection_optimism"])
def test_a_standin_is_named_in_its_panel(name, odd, whole):
    def titles(root):
        axes = figures.load(name).draw(Tables(root / "tables")).axes
        return [axis.get_title(loc=place) for axis in axes for place in ("left", "center")]

    assert "mnist: STAND-IN DATA" in titles(odd["no folds"])
    assert not [title for title in titles(whole) if "STAND-IN" in title]


def test_scores_drawn_are_those_of_the_tables(whole):
    tables = Tables(whole / "tables")
    panel = figures.load("accuracy_by_arm").draw(tables).axes[0]
    arms = tables.arms.query("dataset == 'mnist'").sort_values(["audit", "arm", "cv"], ascending=[True, False, False])
    drawn = [container.lines[0].get_xdata() for container in panel.containers]
    for values, score in zip(drawn, ("selection", "test", "audit"), strict=True):
        assert np.allclose(values, arms[score])


def test_pareto_front():
    cost, worth = np.array([1.0, 2, 2, 3, 4, 1]), np.array([0.5, 0.6, 0.4, 0.6, 0.7, 0.5])
    assert pareto(cost, worth).tolist() == [True, True, False, False, True, True]


def test_pairs_are_of_one_seed_and_need_both(odd):
    runs = Tables(odd["holes"] / "tables").runs
    pairs = fold_gains(runs).query("arm == 'sklearn_grid'")
    assert list(pairs["seed"]) == [0]
    scores = runs.query("dataset == 'telecust' and arm == 'sklearn_grid' and seed == 0").set_index("cv")["audit_score"]
    assert pairs["gain"].iloc[0] == pytest.approx(scores["cv5"] - scores["cv3"])


def test_best_so_far_is_the_interquartile_mean_of_running_maxima():
    seeds = {seed: [np.nan, 0.1 * seed, 0.05, 0.5 + seed] for seed in range(4)}
    trials = pd.DataFrame(
        [{"seed": seed, "epochs": 10, "score": score} for seed, scores in seeds.items() for score in scores]
    ).assign(repeat=0)
    epochs, middle, low, high = best_curve(trials, "epochs")
    assert (epochs[0], epochs[-1]) == (20, 40)  # the failed first trial is paid for, and has no score
    assert middle[0] == pytest.approx(np.mean([0.1, 0.2]))
    assert middle[-1] == pytest.approx(np.mean([1.5, 2.5]))
    assert (np.diff(middle) >= 0).all()
    assert ((low <= middle) & (middle <= high)).all()
    assert best_curve(trials.assign(score=np.nan), "epochs") is None
    # of two searches of a run the mean, from where both have a score
    better = trials.assign(repeat=1, score=trials["score"].fillna(0.5) + 1)
    assert best_curve(pd.concat([trials, better]), "epochs")[1][-1] == pytest.approx(middle[-1] + 0.5)


def test_a_pruned_trial_is_paid_for_and_is_never_the_best(whole):
    tables = Tables(whole / "tables")
    best = tables.trials["score"].idxmax()
    tables.trials.loc[best, "status"] = "pruned"
    trials = scored_trials(tables, "epochs")
    assert np.isnan(trials.loc[best, "score"])
    assert trials["epochs"].sum() == tables.trials["epochs"].sum()


def run_of(arm, seed, scores, epochs=10):
    return [{"arm": arm, "seed": seed, "repeat": 0, "epochs": epochs, "score": score} for score in scores]


def test_ranks_are_of_the_best_so_far_and_averaged_over_seeds():
    trials = pd.DataFrame(
        [row for seed in (0, 1) for row in run_of("steady", seed, [0.5, 0.5, 0.5, 0.5])]
        + [row for seed in (0, 1) for row in run_of("late", seed, [0.1, 0.1, 0.1, 0.9])]
        + run_of("mixed", 0, [0.6, 0.2]) + run_of("mixed", 1, [0.3, 0.2])
        + run_of("never", 0, [np.nan]) + run_of("never", 1, [np.nan])
    )  # fmt: skip
    spent, ranks = mean_ranks(trials)
    assert (spent[0], spent[-1]) == (10, 40)
    assert set(ranks) == {"steady", "late", "mixed"}
    assert [ranks[arm][0] for arm in ("steady", "mixed", "late")] == [1.5, 1.5, 3]
    assert [ranks[arm][-1] for arm in ("steady", "mixed", "late")] == [2.5, 2.5, 1]
    assert np.allclose(sum(ranks.values()), 6)
    assert mean_ranks(trials[trials["arm"] != "late"]) is None


def test_seeds_are_blocks_and_an_arm_that_is_hardly_there_costs_them_nothing():
    scores = {"a": [0.1, 0.2, 0.3, 0.4], "b": [0.2, np.nan, 0.1, 0.5], "c": [0.3, np.nan, np.nan, np.nan]}
    runs = pd.DataFrame(
        [
            {"arm": arm, "cv": "test", "seed": seed, "status": "ok", "audit_score": score}
            for arm, values in scores.items()
            for seed, score in enumerate(values)
        ]
    )
    matrix = audit_matrix(runs)
    assert list(matrix.columns) == ["a, test", "b, test", "c, test"]
    blocks = complete_blocks(matrix)
    assert list(blocks.columns) == ["a, test", "b, test"]
    assert list(blocks.index) == [0, 2, 3]
    probability = wins(matrix)
    assert np.isnan(np.diag(probability)).all()
    assert probability[0, 1] == pytest.approx(1 / 3)
    assert probability[1, 0] == pytest.approx(2 / 3)
    assert probability[0, 2] == 0


def test_critical_difference_is_demsars():
    # J. Demšar, JMLR 7, 2006, section 3.2.2: 4 classifiers, 14 data sets, CD = 1.25
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)


def test_wilcoxons_p_is_corrected_over_all_pairs():
    rng = np.random.default_rng(0)
    base = rng.normal(size=12)
    matrix = pd.DataFrame({"a": base, "b": base, "c": base + 1 + 0.1 * rng.random(12)})
    # twelve differences of one sign: 2 / 2^12, twice among three pairs
    p = adjusted_p(matrix)
    assert p[0, 1] == 1
    assert p[0, 2] == pytest.approx(3 * 2 / 2**12)
    assert p[1, 2] == pytest.approx(3 * 2 / 2**12)
    assert adjusted_p(matrix.head(1)) == {}


def test_every_planned_run_has_one_fate(odd):
    runs = Tables(odd["holes"] / "tables").runs
    runs.loc[runs.index[:3], "status"] = ["search_error", "all_trials_failed", "unreadable"]
    counts = fates(runs)
    assert counts.to_numpy().sum() == len(runs)
    assert counts["failed"].sum() == 2
    assert counts["unreadable"].sum() == 1
    assert counts["missing"].sum() == (runs["status"] == "missing").sum() > 0


def test_a_studys_histories_are_drawn_as_its_generations_say(whole, odd):
    assert "evolves a population" in words_of(figures.load("genetic_history").draw(Tables(odd["no folds"] / "tables")))
    tables = Tables(whole / "tables")
    scores, diversity = figures.load("genetic_history").draw(tables).axes
    course = mean_course(tables.generations.query("cv == 'cv5'"))
    drawn = [line.get_ydata() for line in scores.lines]
    assert len(drawn) == 4  # best and mean, holdout and cv5
    assert any(np.array_equal(line, course["best"]) for line in drawn)
    assert any(np.array_equal(line, course["mean"]) for line in drawn)
    assert any(np.array_equal(line.get_ydata(), course["diversity"]) for line in diversity.lines)


def test_a_seed_that_ended_early_goes_on_level():
    generations = pd.DataFrame(
        [(0, 0, 0.2, 1.0), (0, 1, 0.4, 0.5), (0, 2, 0.6, 0.1), (1, 0, np.nan, 1.0), (1, 1, 0.5, 0.0)],
        columns=["seed", "generation", "best", "diversity"],
    ).assign(mean=0.1, spread=0.01, repeat=0)
    course = mean_course(generations)
    assert course["best"].tolist() == pytest.approx([0.2, 0.45, 0.55])
    assert course["diversity"].tolist() == pytest.approx([1.0, 0.25, 0.05])


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0151), (-0.02, 0.12), (0.38, 0.46), (0.961, 0.9725)])
@pytest.mark.parametrize("signed", [True, False])
def test_tick_labels_are_not_rounded(low, high, signed):
    axis = Figure(figsize=(6, 2)).subplots()
    axis.set_xlim(low, high)
    percent_axis(axis, "x", signed=signed)
    places = axis.get_xticks()
    shown = [float(label.get_text().replace("−", "-")) for label in axis.get_xticklabels()]
    assert np.allclose(shown, 100 * places, atol=1e-6)


def test_axes_show_the_marks_and_not_too_much_of_an_interval():
    seen = [0.3, 0.4]
    assert limits([0.35], seen, [0.32], [0.38]) == pytest.approx((0.317, 0.383))  # a narrow interval is shown whole
    low, high = limits([0.35], seen, [-0.6], [1.3])
    assert 0.2 < low < 0.3
    assert 0.4 < high < 0.5
    low, high = limits([0.35, 0.35], [0.35, 0.35], [np.nan, np.nan], [np.nan, np.nan])
    assert low < 0.35 < high


def test_arms_are_told_apart_even_when_colours_begin_again():
    styles = arm_style(f"arm{number:02d}" for number in range(30))
    assert len({(style["color"], style["marker"]) for style in styles.values()}) == 30


def test_short_counts():
    assert [short_count(value) for value in (950, 20_000, 1.5e6, 2e9)] == ["950", "20k", "1.5M", "2G"]
    with wording.speaking("es"):
        assert short_count(1.5e6) == "1,5M"


def test_tensorflow_is_not_imported():
    code = "import sys, hpotrial.report, hpotrial.figures as f; [f.load(n) for n in f.names()]; print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(Path(figures.__file__).parents[2])}
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert "hpotrial.figures.best_so_far" in loaded
    assert not {"tensorflow", "keras", "snakemake"} & set(loaded)


def test_hyperband_is_held_against_the_loop_of_the_same_cap_seed_by_seed(whole):
    tables = Tables(whole / "tables")
    pairs = ratios(tables)
    assert set(zip(pairs["dataset"], pairs["cv"], pairs["cap"], strict=True)) == {
        ("telecust", "test", 100), ("telecust", "holdout", 100)
    }  # fmt: skip
    assert (pairs["size"] == 64).all()
    runs = tables.runs.query("dataset == 'telecust' and cv == 'test' and seed == 1").set_index("arm")
    one = pairs.query("cv == 'test' and seed == 1").iloc[0]
    for cost in ("epochs", "search_seconds"):
        assert one[cost] == pytest.approx(runs[cost]["keras_hyperband"] / runs[cost]["grid_loop"])
