"""The configurations that a document prints accuracies for, trained again one by one: one job per row of the table.

Needs data/processed and the table that the study's `replicate: file:` names. Makes R/replication/row{row}.json and
R/tables/replication.csv and .parquet. `snakemake replicate` makes that table alone;
with `--config collect=available` of the rows that are there, without training any.

A row is a parameter of its job: another row in the table trains that row, and no other again.
"""

from hpotrial.errors import ConfigurationError
from hpotrial.replication.documented import read_documented


def documented_rows():
    """The rows of the documented table by number, checked before any job starts; none if the study replicates none."""
    if STUDY.replicate is None:
        return {}
    try:
        if STUDY.dataset(STUDY.replicate.dataset).spec.kind != "mnist":
            raise ConfigurationError(
                f"replicate.dataset: {STUDY.replicate.dataset!r} has no training and test set of its own; "
                f"name a dataset of kind mnist"
            )
        # a path as the user sees it; else one of the repository's own files, for a run from elsewhere
        given = Path(STUDY.replicate.file)
        own = Path(workflow.basedir, given)
        rows = read_documented(own if own.exists() and not given.exists() else given)
        return {row.number: row for row in rows}
    except HpoTrialError as error:
        fail(error)


def replicated_data(ending):
    """An input function: a file of the dataset that is trained on."""

    def path(wildcards):
        return f"data/processed/{STUDY.replicate.dataset}.{ending}"

    return path


def row_files():
    """The file of every documented row."""
    return expand(f"{RESULTS}/replication/row{{row}}.json", row=DOCUMENTED_ROWS)


def replicated_rows(wildcards):
    """What was found for every documented row; none where only what is there shall be collected."""
    if STUDY.replicate is None:
        fail(
            "replicate: this study names no documented configurations; add "
            "`replicate: {file: data/documented_mnist.csv, dataset: mnist, seeds: 10}` to its file"
        )
    return [] if STUDY.collect == "available" else row_files()


def replicated_there(wildcards):
    """The rows' files that are there, with their times: without inputs, this is what makes the table out of date."""
    found = map(Path, row_files() if STUDY.collect == "available" else [])
    return [f"{path} {path.stat().st_mtime_ns}" for path in found if path.exists()]


DOCUMENTED_ROWS = documented_rows()


rule replicate_row:
    input:
        data_npz=replicated_data("npz"),
        data_json=replicated_data("json"),
    output:
        f"{RESULTS}/replication/row{{row}}.json",
    log:
        f"{LOGS}/replication/row{{row}}.log",
    benchmark:
        f"{BENCHMARKS}/replication/row{{row}}.tsv"
    wildcard_constraints:
        row=one_of(DOCUMENTED_ROWS),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2500 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        code=lambda wildcards: fingerprint(
            "hpotrial.replication.fits", "hpotrial.models.mlp"
        ),
        row=lambda wildcards: vars(DOCUMENTED_ROWS[int(wildcards.row)]),
        seeds=lambda wildcards: STUDY.replicate.seeds,
    message:
        "documented row {wildcards.row} again, {params.seeds} seeds"
    script:
        "../scripts/replicate_row.py"


rule replicate:
    input:
        rows=replicated_rows,
        code=code("hpotrial.replication.comparison"),
    output:
        parquet=f"{RESULTS}/tables/replication.parquet",
        csv=report(
            f"{RESULTS}/tables/replication.csv",
            caption="../report/replication.rst",
            category="Tables",
            labels={"table": "replication: documented accuracies, and ours"},
        ),
    log:
        f"{LOGS}/replicate.log",
    benchmark:
        f"{BENCHMARKS}/replicate.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        documented=[vars(row) for row in DOCUMENTED_ROWS.values()],
        folder=f"{RESULTS}/replication",
        there=replicated_there,
    message:
        "the documented configurations, held against what they reach here"
    script:
        "../scripts/replicate.py"
