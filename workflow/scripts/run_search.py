"""Run one search: one arm, one cv-setting, one seed, on one dataset. Its trials are told in the log as they end."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.core.configuration import Training
    from hpotrial.core.cv_setting import CvSetting
    from hpotrial.runs.run import RunRequest, execute

    wildcards = snakemake.wildcards
    params = {name: value for name, value in snakemake.params.items() if name not in ("code", "training")}
    files = {**dict(snakemake.input.items()), **dict(snakemake.output.items())}
    execute(
        RunRequest(
            dataset=wildcards.dataset,
            arm=wildcards.arm,
            cv=CvSetting(wildcards.cv),
            seed=int(wildcards.seed),
            data_npz=files["data_npz"],
            data_json=files["data_json"],
            split_npz=files["split_npz"],
            trials_path=files["trials"],
            outcome_path=files["outcome"],
            cache_dir=Path(".cache"),
            training=Training.from_dict(snakemake.params.training),
            **params,
        )
    )
