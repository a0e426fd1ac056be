"""From raw files to arrays and splits.

Needs the network, or the raw files in data/raw or in the folder HPO_DATA_DIR names; else makes stand-ins, if the study
allows them. Makes data/raw/{dataset}.json (what was found), data/processed/{dataset}.npz and .json, data/splits/.
"""


rule fetch:
    output:
        receipt=paths.RECEIPT,
    log:
        "logs/data/fetch/{dataset}.log",
    benchmark:
        "logs/benchmarks/data/fetch/{dataset}.tsv"
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
        files=lambda wildcards: [
            (file.name, file.sha256) for file in kind_of(wildcards).raw_files()
        ],
        standin=STUDY.standin,
        local=found_locally,
    message:
        "raw files of {wildcards.dataset}: find them and check them"
    script:
        "../scripts/fetch.py"


rule prepare:
    input:
        receipt=rules.fetch.output.receipt,
    output:
        npz=paths.DATA_NPZ,
        json=paths.DATA_JSON,
    log:
        "logs/data/prepare/{dataset}.log",
    benchmark:
        "logs/benchmarks/data/prepare/{dataset}.tsv"
    priority: 100
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(5),
    params:
        code=lambda wildcards: fingerprint(
            "hpotrial.datasets.preparing",
            f"hpotrial.datasets.kinds.{kind_of(wildcards).kind()}",
        ),
        spec=lambda wildcards: vars(dataset_of(wildcards).spec),
    message:
        "{wildcards.dataset}: arrays and provenance"
    script:
        "../scripts/prepare.py"


rule split:
    input:
        npz=rules.prepare.output.npz,
        json=rules.prepare.output.json,
    output:
        npz=paths.SPLIT,
    log:
        "logs/data/split/{dataset}/seed{seed}.log",
    benchmark:
        "logs/benchmarks/data/split/{dataset}/seed{seed}.tsv"
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
    message:
        "{wildcards.dataset}, seed {wildcards.seed}: train, test and audit rows"
    script:
        "../scripts/split.py"
