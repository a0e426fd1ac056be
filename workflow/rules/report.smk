"""The report, compiled by Typst.

Needs R/tables, R/figures, R/claims, R/study.json and the text in report/. Makes R/report/report.pdf and numbers.json;
`snakemake report` makes that alone, and `snakemake --report R/report/report.html` the browsable one.
"""


rule report:
    input:
        tables=[
            rules.collect.output.runs,
            rules.collect.output.trials,
            rules.collect.output.generations,
        ],
        completeness=rules.collect.output.completeness,
        figures=expand(rules.figure.output.folder, figure=FIGURES),
        verdicts=[rules.judge.output.verdicts] if STUDY.claims else [],
        evidence=[rules.evidence.output.folder] if STUDY.claims else [],
        recommendations=rules.recommend.output,
        calibration=[rules.calibrate.output.json] if STUDY.claims else [],
        study=rules.plan.output.study,
        text=sorted(
            str(path) for path in bundled("report").rglob("*") if path.is_file()
        ),
        replication=[rules.replicate.output.parquet] if STUDY.replicate else [],
        documented=str(bundled("data/documented_mnist.csv")),
    output:
        pdf=report(
            PATHS.report(paths.REPORT),
            caption="../captions/report.rst",
            category="Report",
            labels={"report": "the whole report (PDF)"},
        ),
        numbers=PATHS.report(paths.NUMBERS),
    log:
        f"{LOGS}/report.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1500),
        runtime=doubling(5),
    params:
        code=lambda wildcards: fingerprint("hpotrial.report"),
        language=LANGUAGE,
        text_dir=lambda wildcards: os.path.relpath(bundled("report")),
        request=lambda wildcards, input, output: asked(
            "report",
            wildcards,
            "report",
            {"study": input.study, "documented": input.documented},
            tables=PATHS.table(""),
            figures=os.path.dirname(input.figures[0]),
            text_dir=os.path.relpath(bundled("report")),
            evidence=input.evidence[0] if STUDY.claims else None,
            pdf=output.pdf,
            language=LANGUAGE,
        ),
    message:
        "the report"
    shell:
        CLIENT
