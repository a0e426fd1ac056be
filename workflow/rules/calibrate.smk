"""How often the verdicts' inference is wrong, counted on simulated registries with a known truth.

Needs the sizes of the study and of its registry, no data. Makes R/tables/calibration.json.
"""


rule calibrate:
    input:
        code=code("hpotrial.claims.calibration"),
    output:
        json=f"{RESULTS}/tables/calibration.json",
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
        # an interval needs two seeds, a family one hypothesis
        seeds=max(2, len(STUDY.seeds)),
        hypotheses=max(1, claims.hypotheses_of(REGISTRY)) if REGISTRY else 1,
    message:
        "error rates of verdicts, on simulated registries"
    script:
        "../scripts/calibrate.py"
