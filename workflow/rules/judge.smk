"""What is concluded from the tables: importance of hyperparameters, verdicts, recommendations; and how well that is done.

Needs R/tables, R/plan.csv and the registry of claims. Makes R/tables/importance.parquet and .csv, verdicts.json and .csv,
recommendations.json, and calibration.json: error rates counted on simulated registries, of this study's own differences too.
"""

from hpotrial.core.claims import standards

STANDARDS = standards(REGISTRY)
RECOMMENDED = {name: STANDARDS[name] for name in ("margin", "alpha")}
# an interval needs two seeds, a family one hypothesis
CALIBRATED = {
    "seeds": max(2, len(STUDY.seeds)),
    "hypotheses": max(1, hypotheses_of(REGISTRY)) if REGISTRY else 1,
    "standards": STANDARDS,
}


rule importance:
    input:
        runs=rules.collect.output.runs,
        trials=rules.collect.output.trials,
    output:
        parquet=PATHS.table(f"{paths.IMPORTANCE}.parquet"),
        csv=PATHS.table(f"{paths.IMPORTANCE}.csv"),
    log:
        f"{LOGS}/importance.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1500),
        runtime=doubling(20),
    params:
        code=lambda wildcards: fingerprint("hpotrial.results.importance"),
        request=lambda wildcards, input, output: asked(
            "importance",
            wildcards,
            "importance",
            output,
            tables=PATHS.table(""),
        ),
    message:
        "importance of the hyperparameters, run by run"
    shell:
        CLIENT


rule judge:
    input:
        tables=rules.collect.output,
        importance=rules.importance.output.parquet,
        plan=rules.plan.output.plan,
        study=rules.plan.output.study,
        registry=str(own_or_bundled(STUDY.claims.file)) if STUDY.claims else [],
        replication=[rules.replicate.output.parquet] if STUDY.replicate else [],
        look=last_look,
    output:
        verdicts=PATHS.table(paths.VERDICTS),
        csv=PATHS.table(paths.VERDICT_ROWS),
        judged=JUDGED,
    log:
        f"{LOGS}/judge.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1500),
        runtime=doubling(20),
    params:
        code=lambda wildcards: fingerprint("hpotrial.results.verdicts.looks"),
        request=lambda wildcards, input, output: asked(
            "judge",
            wildcards,
            "judge",
            output,
            config=config,
            tables=PATHS.table(""),
            plan=input.plan,
            study=input.study,
            replication=input.replication[0] if STUDY.replicate else None,
            look=input.look[0] if input.look else None,
        ),
    message:
        "the claims, judged"
    shell:
        CLIENT


rule recommend:
    input:
        tables=rules.collect.output,
        study=rules.plan.output.study,
    output:
        PATHS.table(paths.RECOMMENDATIONS),
    log:
        f"{LOGS}/recommend.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1500),
        runtime=doubling(20),
    params:
        **RECOMMENDED,
        code=lambda wildcards: fingerprint("hpotrial.results.recommendation"),
        request=lambda wildcards, input, output: asked(
            "recommend",
            wildcards,
            "recommend",
            {"study": input.study},
            **RECOMMENDED,
            tables=PATHS.table(""),
            recommendations=output[0],
        ),
    message:
        "which search to use at which budget"
    shell:
        CLIENT


rule calibrate:
    input:
        verdicts=rules.judge.output.verdicts,
    output:
        json=PATHS.table(paths.CALIBRATION),
    log:
        f"{LOGS}/calibrate.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(20),
    params:
        **CALIBRATED,
        code=lambda wildcards: fingerprint("hpotrial.results.verdicts.calibration"),
        request=lambda wildcards, input, output: asked(
            "calibrate",
            wildcards,
            "calibrate",
            output,
            **CALIBRATED,
            verdicts=input.verdicts,
        ),
    message:
        "error rates of verdicts, on simulated registries"
    shell:
        CLIENT
