"""The plan, and the searches: one job per dataset, arm, cv-setting and seed.

Needs data/processed and data/splits. Makes R/plan.csv and R/study.json before anything trains, then
R/runs/{dataset}/{arm}/{cv}/seed{seed}/trials.parquet and outcome.json.

The plan comes first by its priority. It is no input of the searches: another plan must not rerun them, and Snakemake 9.27
looks for no other reason to run a job whose `ancient` input is about to be made again.
"""


rule plan:
    input:
        facts=[paths.DATA_JSON.format(dataset=one.name) for one in STUDY.datasets],
        rates=str(provenance.PACKAGE / "study" / "rates.yaml"),
    output:
        plan=PATHS.plan,
        study=PATHS.study,
    log:
        f"{LOGS}/plan.log",
    benchmark:
        f"{BENCHMARKS}/plan.tsv"
    priority: 100
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(5),
    params:
        code=lambda wildcards: fingerprint(
            "hpotrial.study.plan",
            *{
                module
                for one in STUDY.datasets
                for arm in one.arms
                for module in (
                    f"hpotrial.methods.{arm.method}",
                    f"hpotrial.models.{arm.model}",
                )
            },
        ),
        # of what claims are about the later looks may ask for more
        claims=REGISTRY.digest if STUDY.looks else None,
        # which runs are collected, what processes they share and what language reports them is no part of what is studied
        study={
            key: value
            for key, value in STUDY.to_dict().items()
            if key not in ("collect", "workers", "fits", "report")
        },
    message:
        "the plan: every run and what it will cost"
    script:
        "../scripts/plan.py"


rule run_search:
    input:
        data_npz=rules.prepare.output.npz,
        data_json=rules.prepare.output.json,
        split_npz=rules.split.output.npz,
    output:
        trials=PATHS.trials,
        outcome=PATHS.outcome,
    log:
        f"{LOGS}/runs/{paths.RUN}.log",
    # what goes through a whole grid makes the fits that others then take
    priority: lambda wildcards: 0 if methods.load(arm_of(wildcards).method).random else 1
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(2200),
        runtime=doubling(10),
    params:
        code=lambda wildcards: fingerprint(
            *provenance.of_search(arm_of(wildcards).method, arm_of(wildcards).model)
        ),
        # all of the arm that a run depends on: neither its other cv-settings nor its number of seeds
        arm=lambda wildcards: arm_of(wildcards).to_dict(),
        holdout_size=lambda wildcards: dataset_of(wildcards).holdout_size,
        # what a worker is told; being made of files, it is no reason to run anything
        request=lambda wildcards, input, output: asked(
            "search",
            wildcards,
            f"runs/{paths.RUN}",
            input,
            arm=arm_of(wildcards).to_dict(),
            dataset=wildcards.dataset,
            cv=wildcards.cv,
            seed=int(wildcards.seed),
            holdout_size=dataset_of(wildcards).holdout_size,
            cache_dir=".cache",
            trials_path=output.trials,
            outcome_path=output.outcome,
            # no output: runs share it, and Snakemake deletes what a failed job was to make
            fits_path=PATHS.run_fits(STUDY.fits == "shared").format(**wildcards),
            # nor is this
            provenance_dir=PATHS.provenance,
        ),
    message:
        "search {wildcards.dataset}/{wildcards.arm}/{wildcards.cv}/seed{wildcards.seed}; its trials: {log}"
    shell:
        CLIENT
