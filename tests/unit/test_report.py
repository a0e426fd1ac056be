"""The report: its numbers are those of the tables, its words hold for any of them, its bytes are reproducible."""

import json
import shutil
from pathlib import Path

import pytest
import simulated_study

from hpotrial import figures
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.space import canonical
from hpotrial.core.words import report_words
from hpotrial.report import build
from hpotrial.report.protocol import as_text, domain_text
from hpotrial.results import Tables, collect
from hpotrial.results.recommendation import write as recommend

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "report"


def pictures(folder, names):
    """In place of figures, whose drawing has tests of its own."""
    for name in names:
        file = folder / f"{name}.svg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="400" height="120"/>')


def undrawn(root):
    """The figures' files, without the figures."""
    pictures(root / "figures", [f"{name}/{figures.NOTHING}" for name in figures.names()])


def made(root, *, seeds=2, drop=(), drawn=False, **options):
    """A simulated study with its tables, and with its figures or pictures in their place."""
    simulated_study.write(root, seeds=seeds, **options)
    for run in drop:
        shutil.rmtree(root / "runs" / run)
    collect(root / "plan.csv", root / "runs", root / "tables")
    if not drawn:
        undrawn(root)
        return root
    for name in figures.names():
        figures.draw(name, root / "tables", root / "figures" / name)
    return root


def built(root, folder="report", source=SOURCE, language="en"):
    """The report of a study; with verdicts where their evidence was drawn."""
    pdf = root / folder / "report.pdf"
    evidence = root / "claims" if (root / "claims").is_dir() else None
    documented = ROOT / "data" / "documented_mnist.csv"
    build(root / "tables", root / "figures", root / "study.json", source, pdf, documented, evidence, language)
    return pdf, json.loads(pdf.with_name("numbers.json").read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return made(tmp_path_factory.mktemp("whole"), drawn=True)


@pytest.fixture(scope="module")
def standin(tmp_path_factory):
    return made(tmp_path_factory.mktemp("standin"), standin=("mnist",), drop=["telecust/grid_loop/test/seed0"])


def test_equal_inputs_give_equal_bytes(whole):
    first, _ = built(whole)
    second, _ = built(whole, "again/deeper")
    assert first.read_bytes() == second.read_bytes()
    assert first.with_name("numbers.json").read_bytes() == second.with_name("numbers.json").read_bytes()
    assert first.read_bytes().startswith(b"%PDF-")


def test_numbers_are_those_of_the_tables(whole):
    _, numbers = built(whole)
    tables = Tables(whole / "tables")
    assert numbers["totals"]["planned"] == numbers["totals"]["ok"] == len(tables.runs)
    assert numbers["totals"]["examples"] == tables.runs["examples"].sum()
    telecust = next(item for item in numbers["datasets"] if item["name"] == "telecust")
    arms = tables.arms.query("dataset == 'telecust'")
    best = telecust["summary"]["audit"]["best"]
    assert best["mean"] == pytest.approx(arms["audit"].max())
    assert len(telecust["arms"]) == telecust["summary"]["compared"] == len(arms)
    assert {pair["label"] for pair in telecust["summary"]["folds"]} == {
        "sklearn_grid",
        "sklearn_random_10",
        "sklearn_random_40",
    }
    assert numbers["problems"] == []
    assert numbers["environment"]["versions"] == [
        {"package": "python", "versions": ["3.11.2"]},
        {"package": "simulated", "versions": ["0"]},
    ]


def test_documented_cells_stand_beside_the_same_configuration(whole):
    _, numbers = built(whole)
    (comparison,) = numbers["documented"]
    trials = Tables(whole / "tables").trials.query("dataset == 'mnist' and arm == 'grid_loop' and cv == 'test'")
    same = trials[trials["configuration"] == canonical({"batch_size": 64, "learning_rate": 0.1, "neurons": 128})]
    cell = next(c for c in comparison["cells"] if (c["lr"], c["hidden_size"], c["batch_size"]) == (0.1, 128, 64))
    assert cell["documented"] == pytest.approx(0.9767)
    assert (cell["n"], cell["mean"]) == (2, pytest.approx(same["score"].mean()))
    assert cell["sd"] == pytest.approx(same["score"].std())
    assert [len(method["ours"]) for method in comparison["methods"]] == [2, 2, 2]
    assert [method["documented"] for method in comparison["methods"]] == pytest.approx([0.9767, 0.9482, 0.9741])


def test_nothing_of_a_standin_stands_beside_the_document(standin):
    _, numbers = built(standin)
    (comparison,) = numbers["documented"]
    assert numbers["standins"] == ["mnist"]
    assert all(cell["n"] == 0 and cell["mean"] is None for cell in comparison["cells"])
    assert all(method["ours"] == [] for method in comparison["methods"])


def test_runs_without_result_are_listed(standin):
    _, numbers = built(standin)
    assert numbers["totals"]["missing"] == 1
    (problem,) = numbers["problems"]
    assert [problem[key] for key in ("arm", "cv", "seed", "status")] == ["grid_loop", "test", 0, "missing"]


@pytest.mark.parametrize(
    "options", [{"seeds": 1}, {"datasets": ("telecust",)}, {"drop": [""]}], ids=["one seed", "no mnist", "no runs"]
)
def test_the_report_is_made_whatever_the_numbers_are(tmp_path, options):
    pdf, _ = built(made(tmp_path, drawn=True, **options))
    assert pdf.stat().st_size > 10_000


def test_a_missing_figure_is_one_clear_line(whole, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    shutil.rmtree(copy / "figures" / "best_so_far")
    with pytest.raises(HpoTrialError, match=r"best_so_far is not there"):
        built(copy)


def test_a_broken_study_file_is_one_clear_line(whole, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    (copy / "study.json").write_text('{"name": "x"}')
    with pytest.raises(HpoTrialError, match="lacks datasets, libraries, provenance, seeds"):
        built(copy)
    (copy / "study.json").unlink()
    with pytest.raises(HpoTrialError, match="not found"):
        built(copy)


def test_broken_layout_is_one_clear_line(whole, tmp_path):
    shutil.copytree(SOURCE, tmp_path / "source")
    (tmp_path / "source" / "main.typ").write_text("#nonsense")
    with pytest.raises(HpoTrialError, match="Typst cannot compile the report: unknown variable"):
        built(whole, "broken", tmp_path / "source")


def test_domains_and_options_in_words():
    told = report_words("en")["protocol"]["values"]
    assert domain_text({"choice": [16, 64]}, told) == "16, 64"
    assert domain_text({"float": {"low": 0.0067379, "high": 1.0, "log": True}}, told) == "0.006738 to 1 (log)"
    stepped = {"int": {"low": 1, "high": 9, "step": 2}, "when": {"layers": 2}}
    assert domain_text(stepped, told) == "1 to 9 (step 2), when layers 2"
    assert as_text({"n_iter": 40, "tune": "all", "seed": None}, told) == "n_iter 40, tune all"
    spanish = report_words("es")["protocol"]["values"]
    assert domain_text(stepped, spanish) == "1 a 9 (paso 2), si layers 2"
    assert domain_text({"choice": [0.5, 1]}, spanish) == "0,5; 1"


@pytest.mark.parametrize(
    ("metric", "unit", "label"), [("log_loss", "nats", "negated log loss, nats"), ("roc_auc", "share", "ROC AUC, %")]
)
def test_a_study_by_another_metric_has_its_figures_its_tables_and_an_answer(tmp_path, metric, unit, label):
    simulated_study.write(tmp_path, seeds=3, datasets=("telecust",))
    for file in tmp_path.glob("runs/**/outcome.json"):
        told = json.loads(file.read_text())
        lower = {
            f"{score}_score": told[f"{score}_score"] - 1.7 * (unit == "nats")
            for score in ("selection", "test", "audit")
        }
        file.write_text(json.dumps(told | lower | {"metric": metric}))
    collect(tmp_path / "plan.csv", tmp_path / "runs", tmp_path / "tables")
    undrawn(tmp_path)
    for name in ("accuracy_by_arm", "cost_against_audit", "best_so_far"):
        assert figures.draw(name, tmp_path / "tables", tmp_path / "figures" / name) == ["telecust"]
    assert f"<!-- {label} -->" in (tmp_path / "figures" / "accuracy_by_arm" / "telecust.svg").read_text()
    recommend(tmp_path / "tables", tmp_path / "tables" / "recommendations.json", tmp_path / "study.json")
    _, numbers = built(tmp_path)
    (dataset,) = numbers["datasets"]
    assert (dataset["metric"], dataset["unit"]) == (metric, unit)
    assert len(dataset["arms"]) == 18
    assert dataset["summary"]["audit"]["best"]["mean"] == max(arm["audit"] for arm in dataset["arms"])
    (told,) = numbers["recommendations"]["datasets"]
    assert (told["metric"], told["rows"][-1]["answer"]) == (metric, "undecided")
