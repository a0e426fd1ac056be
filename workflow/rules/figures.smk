"""The figures: one file each in src/hpotrial/figures, drawn from the tables alone.

Needs R/tables. Makes R/figures/{figure}/{dataset}.svg (for the report) and .png, for each dataset with something to draw,
or study.svg for the study as a whole; and R/claims/{claim}.svg and .png, the evidence of each claim. All in LANGUAGE, the
report's.
"""

from hpotrial.core.words import words_folder

LANGUAGE = STUDY.report["language"]
# English stands in the figures themselves
FIGURE_WORDS = [
    str(path) for path in [words_folder() / LANGUAGE / "figures.yaml"] if path.is_file()
]


rule evidence:
    input:
        verdicts=rules.judge.output.verdicts,
        words=FIGURE_WORDS,
    output:
        folder=report(
            directory(PATHS.claims),
            patterns=["{claim}.png"],
            caption="../captions/evidence.rst",
            category="Claims",
            labels={"claim": "{claim}"},
        ),
    log:
        f"{LOGS}/evidence.log",
    # as long as four figures, so it is begun before them
    priority: 10
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1500),
        runtime=doubling(20),
    params:
        code=lambda wildcards: fingerprint("hpotrial.figures.evidence"),
        language=LANGUAGE,
        request=lambda wildcards, input, output: asked(
            "evidence",
            wildcards,
            "evidence",
            {"verdicts": input.verdicts},
            folder=output.folder,
            language=LANGUAGE,
        ),
    message:
        "the evidence of each claim, drawn"
    shell:
        CLIENT


rule figure:
    input:
        runs=rules.collect.output.runs,
        trials=rules.collect.output.trials,
        generations=rules.collect.output.generations,
        completeness=rules.collect.output.completeness,
        arms=rules.collect.output.arms,
        importance=rules.importance.output.parquet,
        verdicts=[rules.judge.output.verdicts] if STUDY.claims else [],
        words=FIGURE_WORDS,
    output:
        folder=report(
            directory(PATHS.figure),
            patterns=["{drawn}.png"],
            caption="../captions/figure.rst",
            category="Figures",
            subcategory="{figure}",
            labels={"dataset": "{drawn}"},
        ),
    log:
        f"{LOGS}/figures/{{figure}}.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(5),
    params:
        code=lambda wildcards: fingerprint(
            "hpotrial.figures", f"hpotrial.figures.{wildcards.figure}"
        ),
        title=lambda wildcards: figures.words(wildcards.figure, LANGUAGE)["title"],
        caption=lambda wildcards: figures.words(wildcards.figure, LANGUAGE)["caption"],
        language=LANGUAGE,
        request=lambda wildcards, input, output: asked(
            "figure",
            wildcards,
            "figures/{figure}",
            {},
            figure=wildcards.figure,
            tables=PATHS.table(""),
            folder=output.folder,
            language=LANGUAGE,
        ),
    message:
        "figure {wildcards.figure}"
    shell:
        CLIENT
