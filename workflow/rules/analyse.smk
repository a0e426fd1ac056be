"""The figures: one file each in src/hpotrial/figures, drawn from the tables alone.

Needs R/tables. Makes R/figures/{figure}.svg (for the report) and .png.
"""


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
        svg=f"{RESULTS}/figures/{{figure}}.svg",
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
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
