"""What is concluded from the tables: importance of hyperparameters, verdicts, recommendations; and how well that is done.

Needs R/tables, R/plan.csv and the registry of claims. Makes R/tables/importance.parquet and .csv, verdicts.json and .csv,
recommendations.json, and calibration.json: error rates counted on simulated registries, which need no data.
"""

from hpotrial.core.claims import standards

STANDARDS = standards(REGISTRY)


rule importance:
    input:
        runs=rules.collect.output.runs,
        trials=rules.collect.output.trials,
    output:
        parquet=PATHS.table(f"{paths.IMPORTANCE}.parquet"),
        csv=PATHS.table(f"{paths.IMPORTANCE}.csv"),
    log:
        f"{LOGS}/importance.log",
    benchmark:
        f"{BENCHMARKS}/importance.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1500),
        runtime=doubling(20),
    params:
        code=lambda wildcards: fingerprint("hpotrial.results.importance"),
    message:
        "importance of the hyperparameters, run by run"
    script:
        "../scripts/importance.py"


rule judge:
    input:
        tables=rules.collect.output,
        importance=rules.importance.output.parquet,
        plan=rules.plan.output.plan,
        study=rules.plan.output.study,
        registry=str(own_or_bundled(STUDY.claims.file)) if STUDY.claims else [],
        replication=[rules.replicate.output.parquet] if STUDY.replicate else [],
    output:
        verdicts=PATHS.table(paths.VERDICTS),
        csv=PATHS.table(paths.VERDICT_ROWS),
    log:
        f"{LOGS}/judge.log",
    benchmark:
        f"{BENCHMARKS}/judge.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1500),
        runtime=doubling(20),
    params:
        code=lambda wildcards: fingerprint("hpotrial.results.verdicts.judge"),
    message:
        "the claims, judged"
    script:
        "../scripts/judge.py"


rule recommend:
    input:
        tables=rules.collect.output,
        completeness=rules.collect.output.completeness,
    output:
        PATHS.table(paths.RECOMMENDATIONS),
    log:
        f"{LOGS}/recommend.log",
    benchmark:
        f"{BENCHMARKS}/recommend.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1500),
        runtime=doubling(20),
    params:
        code=lambda wildcards: fingerprint("hpotrial.results.recommendation"),
        margin=STANDARDS["margin"],
        alpha=STANDARDS["alpha"],
    message:
        "which search to use at which budget"
    script:
        "../scripts/recommend.py"


rule calibrate:
    output:
        json=PATHS.table(paths.CALIBRATION),
    log:
        f"{LOGS}/calibrate.log",
    benchmark:
        f"{BENCHMARKS}/calibrate.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(20),
    params:
        code=lambda wildcards: fingerprint("hpotrial.results.verdicts.calibration"),
        # an interval needs two seeds, a family one hypothesis
        seeds=max(2, len(STUDY.seeds)),
        hypotheses=max(1, hypotheses_of(REGISTRY)) if REGISTRY else 1,
        standards=STANDARDS,
    message:
        "error rates of verdicts, on simulated registries"
    script:
        "../scripts/calibrate.py"
