"""The configurations that a document prints accuracies for, trained again one by one: one job per row of the table.

Needs data/processed and the table that the study's `replicate: file:` names. Makes R/replication/row{row}.json and
R/tables/replication.csv and .parquet. `snakemake replicate` makes that table alone;
with `--config collect=available` of the rows that are there, without training any.

A row is a parameter of its job: another row in the table trains that row, and no other again.
"""


rule replicate_row:
    input:
        data_npz=replicated_data(paths.DATA_NPZ),
        data_json=replicated_data(paths.DATA_JSON),
    output:
        PATHS.replicated_row,
    log:
        f"{LOGS}/replication/{paths.ROW}.log",
    wildcard_constraints:
        row=one_of(DOCUMENTED_ROWS),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(2200),
        runtime=doubling(10),
    params:
        code=lambda wildcards: fingerprint(
            "hpotrial.runs.replicate", "hpotrial.models.mlp"
        ),
        row=lambda wildcards: vars(DOCUMENTED_ROWS[int(wildcards.row)]),
        seeds=lambda wildcards: STUDY.replicate.seeds,
        request=lambda wildcards, input, output: asked(
            "replicate_row",
            wildcards,
            f"replication/{paths.ROW}",
            input,
            row=vars(DOCUMENTED_ROWS[int(wildcards.row)]),
            seeds=STUDY.replicate.seeds,
            cache_dir=".cache",
            row_path=output[0],
            fits_path=PATHS.row_fits.format(**wildcards),
        ),
    message:
        "documented row {wildcards.row} again, {params.seeds} seeds"
    shell:
        CLIENT


rule replicate:
    input:
        rows=replicated_rows,
    output:
        parquet=PATHS.table(f"{paths.REPLICATION}.parquet"),
        csv=report(
            PATHS.table(f"{paths.REPLICATION}.csv"),
            caption="../captions/replication.rst",
            category="Tables",
            labels={"table": "replication: documented accuracies, and ours"},
        ),
    log:
        f"{LOGS}/replicate.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(5),
    params:
        code=lambda wildcards: fingerprint("hpotrial.results.replication"),
        documented=[vars(row) for row in DOCUMENTED_ROWS.values()],
        folder=PATHS.replication,
        there=replicated_there,
        request=lambda wildcards, input, output: asked(
            "replicate",
            wildcards,
            "replicate",
            {},
            documented=[vars(row) for row in DOCUMENTED_ROWS.values()],
            folder=PATHS.replication,
            parquet=output.parquet,
            csv=output.csv,
        ),
    message:
        "the documented configurations, held against what they reach here"
    shell:
        CLIENT
