"""The runs as tidy tables, held against the plan.

Needs R/plan.csv and the runs: all of them, or with `--config collect=available` those that are there, without starting
any. Makes R/tables/.
"""


rule collect:
    input:
        plan=rules.plan.output.plan,
        outcomes=planned_outcomes,
        look=last_look,
    output:
        runs=multiext(PATHS.table(paths.RUNS), ".parquet", ".csv"),
        trials=multiext(PATHS.table(paths.TRIALS), ".parquet", ".csv"),
        generations=multiext(PATHS.table(paths.GENERATIONS), ".parquet", ".csv"),
        repeats=multiext(PATHS.table(paths.REPEATS), ".parquet", ".csv"),
        rows=PATHS.table(f"{paths.ROWS}.parquet"),
        completeness=PATHS.table(paths.COMPLETENESS),
        arms=PATHS.table(paths.ARMS),
        arm_metrics=PATHS.table(paths.ARM_METRICS),
        arms_html=report(
            PATHS.table(paths.ARMS_PAGE),
            caption="../captions/arms.rst",
            category="Tables",
            labels={"table": "arms: scores and costs"},
        ),
    log:
        f"{LOGS}/collect.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(10),
    params:
        code=lambda wildcards: fingerprint("hpotrial.results"),
        runs_dir=PATHS.runs,
        there=outcomes_there,
        request=lambda wildcards, input, output: asked(
            "collect",
            wildcards,
            "collect",
            {"plan": input.plan},
            runs_dir=PATHS.runs,
            completeness=output.completeness,
            look=input.look[0] if input.look else None,
        ),
    message:
        "the runs as tables, held against the plan"
    shell:
        CLIENT
