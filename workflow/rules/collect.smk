"""The runs as tidy tables, held against the plan.

Needs R/plan.csv and the runs: all of them, or with `--config collect=available` those that are there, without starting
any. Makes R/tables/.
"""


rule collect:
    input:
        plan=rules.plan.output.plan,
        outcomes=planned_outcomes,
    output:
        runs=multiext(f"{RESULTS}/tables/runs", ".parquet", ".csv"),
        trials=multiext(f"{RESULTS}/tables/trials", ".parquet", ".csv"),
        generations=multiext(f"{RESULTS}/tables/generations", ".parquet", ".csv"),
        completeness=f"{RESULTS}/tables/completeness.json",
        arms=f"{RESULTS}/tables/arms.csv",
        arms_html=report(
            f"{RESULTS}/tables/arms.html",
            caption="../captions/arms.rst",
            category="Tables",
            labels={"table": "arms: scores and costs"},
        ),
    log:
        f"{LOGS}/collect.log",
    benchmark:
        f"{BENCHMARKS}/collect.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(10),
    params:
        code=lambda wildcards: fingerprint("hpotrial.results"),
        runs_dir=f"{RESULTS}/runs",
        there=outcomes_there,
    message:
        "the runs as tables, held against the plan"
    script:
        "../scripts/collect.py"
