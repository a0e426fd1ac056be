"""The verdicts, and the figures: one file each in src/hpotrial/figures. All from the tables alone.

Needs R/tables, R/plan.csv and the registry of claims. Makes R/tables/verdicts.json and .csv, and
R/figures/{figure}/{dataset}.svg (for the report) and .png, for each dataset with something to draw.
"""


rule judge:
    input:
        tables=rules.collect.output,
        plan=rules.plan.output.plan,
        study=rules.plan.output.study,
        registry=STUDY.claims.file if STUDY.claims else [],
        replication=[rules.replicate.output.parquet] if STUDY.replicate else [],
        code=code("hpotrial.claims"),
    output:
        verdicts=f"{RESULTS}/tables/verdicts.json",
        csv=f"{RESULTS}/tables/verdicts.csv",
    log:
        f"{LOGS}/judge.log",
    benchmark:
        f"{BENCHMARKS}/judge.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    message:
        "the claims, judged"
    script:
        "../scripts/judge.py"


rule figure:
    input:
        runs=rules.collect.output.runs,
        trials=rules.collect.output.trials,
        generations=rules.collect.output.generations,
        completeness=rules.collect.output.completeness,
        arms=rules.collect.output.arms,
        code=lambda wildcards: code(
            "hpotrial.figures", f"hpotrial.figures.{wildcards.figure}"
        ),
    output:
        folder=report(
            directory(f"{RESULTS}/figures/{{figure}}"),
            patterns=["{drawn}.png"],
            caption="../report/figure.rst",
            category="Figures",
            subcategory="{figure}",
            labels={"dataset": "{drawn}"},
        ),
    log:
        f"{LOGS}/figures/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/figures/{{figure}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        title=lambda wildcards: sources.constant(
            f"hpotrial.figures.{wildcards.figure}", "title"
        ),
        caption=lambda wildcards: sources.constant(
            f"hpotrial.figures.{wildcards.figure}", "caption"
        ),
    message:
        "figure {wildcards.figure}"
    script:
        "../scripts/figure.py"
