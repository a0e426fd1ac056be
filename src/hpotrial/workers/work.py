"""What a worker can be asked for: the work of the workflow's jobs, by the name with which a request begins.

A work is given its request, a JSON object whose keys are what it reads and writes, and the moment at which its job
began. What it prints goes to its job's log; what it returns is said on the terminal besides. Each imports what it needs
as it begins: a worker is small until it is asked for what needs much.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Asked = Mapping[str, Any]


def search(asked: Asked, asked_at: float) -> None:
    """One run."""
    from hpotrial.core.configuration import Arm
    from hpotrial.core.cv_setting import CvSetting
    from hpotrial.runs.run import RunRequest, execute

    arm, cv = Arm.from_dict(asked["arm"]), CvSetting(asked["cv"])
    execute(RunRequest(**{**asked, "arm": arm, "cv": cv}, asked_at=asked_at))


def replicate_row(asked: Asked, _asked_at: float) -> None:
    """One documented configuration, trained again."""
    from hpotrial.core.columns import to_json
    from hpotrial.core.documented import DocumentedRow
    from hpotrial.core.files import write_json
    from hpotrial.runs.replicate import replicate

    paths = [Path(asked[name]) for name in ("data_npz", "data_json", "cache_dir", "fits_path")]
    replicated = replicate(DocumentedRow(**asked["row"]), asked["seeds"], *paths)
    write_json(Path(asked["row_path"]), to_json(replicated))


def fetch(asked: Asked, _asked_at: float) -> str | None:
    """The raw files of one dataset: found, downloaded or given up on; and which it was, written down."""
    import os

    from hpotrial.datasets import fetching, kinds

    receipt = fetching.fetch(
        kinds.make(**asked["spec"]),
        Path(asked["receipt"]).parent,
        standin=asked["standin"],
        data_dir=fetching.data_dir_from(os.environ),
    )
    print("stand-in: " + "; ".join(receipt.notes) if receipt.standin else "raw files found and verified")
    for file in receipt.files:
        print(f"{file.path}: sha256 {file.sha256}, from {file.origin}")
    if receipt.standin:
        return f"{receipt.name}: no raw files were found, a STAND-IN takes their place; see data/README.md"
    return None


def prepare(asked: Asked, _asked_at: float) -> None:
    """The raw files of one dataset, or its stand-in, as arrays and provenance."""
    from hpotrial.datasets import kinds, preparing

    kind, raw_dir = kinds.make(**asked["spec"]), Path(asked["receipt"]).parent
    made = preparing.prepare(kind, raw_dir, Path(asked["npz"]), Path(asked["json"]), asked["content"])
    print(f"{made.meta.name}: {made.X.shape} {made.X.dtype}, {len(made.meta.classes)} classes")


def split(asked: Asked, _asked_at: float) -> None:
    """The train, test and audit rows of one dataset and seed."""
    from hpotrial.datasets import splits
    from hpotrial.datasets.dataset import load

    drawn = splits.draw(load(Path(asked["npz"]), Path(asked["json"])), **asked["drawing"])
    splits.save(drawn, Path(asked["split"]))
    print(", ".join(f"{part}: {len(getattr(drawn, part)):,} rows" for part in splits.PARTS))


def collect(asked: Asked, _asked_at: float) -> str | None:
    """The runs as tidy tables, what is missing, and which searches were less than was asked of them."""
    from hpotrial.results import Tables, shortfalls
    from hpotrial.results import collect as collected

    folder = Path(asked["completeness"]).parent
    look = Path(asked["look"]) if asked["look"] else None
    found = collected(Path(asked["plan"]), Path(asked["runs_dir"]), folder, look)
    ended = f"{found.ok} of {found.planned} planned runs ended well"
    problems = [f"{what}: {run}" for what in ("failed", "missing", "unreadable") for run in getattr(found, what)]
    tables = Tables(folder)
    short = shortfalls.lines(shortfalls.of_runs(tables.runs, tables.repeats))
    print("\n".join([ended, *problems, *short]))
    lines = [*([ended] if problems else []), *problems[:5], *short[:5]]
    more = [f"... all are listed in {asked['completeness']}"] if len(problems) > 5 or len(short) > 5 else []
    return "\n".join([*lines, *more]) or None


def importance(asked: Asked, _asked_at: float) -> None:
    """The importance of the hyperparameters in each run."""
    from hpotrial.results import Tables
    from hpotrial.results.importance import importances

    table = importances(Tables(Path(asked["tables"])))
    table.to_parquet(asked["parquet"], index=False)
    table.to_csv(asked["csv"], index=False, lineterminator="\n")
    print(f"assessed: {len(table[['dataset', 'arm', 'cv', 'seed']].drop_duplicates())} runs")


def look(asked: Asked, _asked_at: float) -> None:
    """A planned look: what is decided, and which seeds are needed next."""
    from hpotrial.results.verdicts.looks import write_look
    from hpotrial.study import load_study
    from hpotrial.study.claims import registry_of

    study = load_study(asked["config"])
    registry = registry_of(study)
    assert registry is not None
    made = write_look(
        registry,
        study,
        asked["number"],
        Path(asked["plan"]),
        Path(asked["runs_dir"]),
        Path(asked["study"]),
        Path(asked["replication"]) if asked["replication"] else None,
        Path(asked["before"]) if asked["before"] else None,
        Path(asked["look"]),
    )
    told = made["verdicts"]["looks"]["made"][-1]
    for one in told["decided"]:
        print(f"{one['verdict']:<16}{one['claim']} ({one['on']})")
    for one in told["given_up"]:
        print(f"{'given up':<16}{one['claim']}: at the last look with a probability of {one['power']:.2f}")
    print(f"open: {len(told['open'])} claims; cells that run on: {len(made['next'])}")


def judge(asked: Asked, _asked_at: float) -> None:
    """The study's claims, judged on its tables; or taken over from its last planned look."""
    from hpotrial.results.verdicts.judge import judge_study
    from hpotrial.results.verdicts.looks import write_verdicts
    from hpotrial.study import load_study
    from hpotrial.study.claims import registry_of

    if asked["look"]:
        verdicts = write_verdicts(Path(asked["look"]), Path(asked["verdicts"]), Path(asked["csv"]))
    else:
        registry = registry_of(load_study(asked["config"]))
        assert registry is not None
        verdicts = judge_study(
            registry,
            Path(asked["tables"]),
            Path(asked["plan"]),
            Path(asked["study"]),
            Path(asked["replication"]) if asked["replication"] else None,
            Path(asked["verdicts"]),
            Path(asked["csv"]),
            # none for a study that plans its looks: before the first nothing is judged
            Path(asked["judged"][0]) if asked["judged"] else None,
        )
    for claim in verdicts["claims"]:
        print(f"{claim['outcome']:<16}{claim['id']}")


def recommend(asked: Asked, _asked_at: float) -> None:
    """Which search to use at which budget."""
    from hpotrial.results.recommendation import write

    tables, made, study = (Path(asked[name]) for name in ("tables", "recommendations", "study"))
    write(tables, made, study, asked["margin"], asked["alpha"])


def calibrate(asked: Asked, _asked_at: float) -> None:
    """How often verdicts are wrong, counted on simulated registries of this study's size and of its own differences."""
    from hpotrial.results.verdicts.calibration import write

    write(Path(asked["json"]), asked["seeds"], asked["hypotheses"], Path(asked["verdicts"]), **asked["standards"])


def replicate(asked: Asked, _asked_at: float) -> None:
    """The documented accuracies, held against what the same configurations reached here."""
    from hpotrial.core.documented import DocumentedRow
    from hpotrial.results.replication import write_table

    files = [Path(asked[name]) for name in ("folder", "parquet", "csv")]
    rows = write_table([DocumentedRow(**row) for row in asked["documented"]], *files)
    told = [row.validation.inside for row in rows if row.validation.inside is not None]
    print(f"{sum(told)} of {len(told)} documented values lie inside")
    for row in rows:
        print(f"row {row.row.number}: " + (row.note or ("inside" if row.validation.inside else "OUTSIDE")))


def evidence(asked: Asked, _asked_at: float) -> None:
    """The evidence of each claim, drawn from the verdicts."""
    from hpotrial.core.files import read_json
    from hpotrial.figures.evidence import draw_evidence

    drawn = draw_evidence(read_json(Path(asked["verdicts"])), Path(asked["folder"]), asked["language"])
    print(f"drawn: {len(drawn)} claims")


def figure(asked: Asked, _asked_at: float) -> None:
    """One figure, drawn from the tables."""
    from hpotrial.figures import draw

    drawn = draw(asked["figure"], Path(asked["tables"]), Path(asked["folder"]), asked["language"])
    print(f"drawn for: {', '.join(drawn) or 'no dataset'}")


def report(asked: Asked, _asked_at: float) -> None:
    """The report, compiled."""
    from hpotrial.report import build

    build(
        Path(asked["tables"]),
        Path(asked["figures"]),
        Path(asked["study"]),
        Path(asked["text_dir"]),
        Path(asked["pdf"]),
        Path(asked["documented"]),
        Path(asked["evidence"]) if asked["evidence"] else None,
        asked["language"],
    )


WORK: Mapping[str, Callable[[Asked, float], str | None]] = {
    work.__name__: work
    for work in (
        search, replicate_row, fetch, prepare, split, collect, importance, look, judge, recommend, calibrate, replicate,
        evidence, figure, report,
    )
}  # fmt: skip
