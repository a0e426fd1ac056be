"""From raw files to arrays and splits.

Needs the network, or the raw files in data/raw or in the folder HPO_DATA_DIR names; else makes stand-ins, if the study
allows them. Makes data/raw/{dataset}.json (what was found), data/processed/{dataset}.npz and .json, data/splits/.
"""

DATA_LOGS = "logs/data"


rule fetch:
    output:
        receipt=paths.RECEIPT,
    log:
        "logs/data/fetch/{dataset}.log",
    priority: 100
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(10),
    params:
        spec=lambda wildcards: vars(dataset_of(wildcards).spec),
        # what a checksum verifies hangs on no code
        files=raw_files,
        standin=STUDY.standin,
        request=lambda wildcards, input, output: asked(
            "fetch",
            wildcards,
            "fetch/{dataset}",
            input,
            under=DATA_LOGS,
            spec=vars(dataset_of(wildcards).spec),
            standin=STUDY.standin,
            receipt=output.receipt,
        ),
    message:
        "raw files of {wildcards.dataset}: find them and check them"
    shell:
        CLIENT


rule prepare:
    input:
        receipt=rules.fetch.output.receipt,
    output:
        npz=paths.DATA_NPZ,
        json=paths.DATA_JSON,
    log:
        "logs/data/prepare/{dataset}.log",
    priority: 100
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(5),
    params:
        # what comes out, and how it is written; not the code that reads, which may be edited and give the same
        content=content_of,
        code=lambda wildcards: fingerprint("hpotrial.datasets.dataset"),
        spec=lambda wildcards: vars(dataset_of(wildcards).spec),
        request=lambda wildcards, input, output: asked(
            "prepare",
            wildcards,
            "prepare/{dataset}",
            input,
            under=DATA_LOGS,
            spec=vars(dataset_of(wildcards).spec),
            content=content_of(wildcards),
            npz=output.npz,
            json=output.json,
        ),
    message:
        "{wildcards.dataset}: arrays and provenance"
    shell:
        CLIENT


rule split:
    input:
        npz=rules.prepare.output.npz,
        json=rules.prepare.output.json,
    output:
        npz=paths.SPLIT,
    log:
        "logs/data/split/{dataset}/seed{seed}.log",
    priority: 50
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(5),
    params:
        code=lambda wildcards: fingerprint("hpotrial.datasets.splits"),
        test_size=lambda wildcards: dataset_of(wildcards).test_size,
        audit_size=lambda wildcards: dataset_of(wildcards).audit_size,
        train_rows=lambda wildcards: dataset_of(wildcards).train_rows,
        request=lambda wildcards, input, output: asked(
            "split",
            wildcards,
            "split/{dataset}/seed{seed}",
            input,
            under=DATA_LOGS,
            drawing={
                "seed": int(wildcards.seed),
                "test_size": dataset_of(wildcards).test_size,
                "audit_size": dataset_of(wildcards).audit_size,
                "train_rows": dataset_of(wildcards).train_rows,
                # no parameter above: another arm with more folds asks for a check, not for another split
                "rows_per_class": dataset_of(wildcards).most_folds,
            },
            split=output.npz,
        ),
    message:
        "{wildcards.dataset}, seed {wildcards.seed}: train, test and audit rows"
    shell:
        CLIENT
