"""Run one search: one arm, one cv-setting, one seed, on one dataset. Its trials are told in the log as they end."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.core.configuration import Arm
    from hpotrial.core.cv_setting import CvSetting
    from hpotrial.runs.run import RunRequest, execute

    execute(
        RunRequest(
            arm=Arm.from_dict(snakemake.params.arm),
            dataset=snakemake.wildcards.dataset,
            cv=CvSetting(snakemake.wildcards.cv),
            seed=int(snakemake.wildcards.seed),
            holdout_size=snakemake.params.holdout_size,
            **dict(snakemake.input.items()),
            trials_path=snakemake.output.trials,
            outcome_path=snakemake.output.outcome,
            cache_dir=Path(".cache"),
            journal_path=snakemake.params.journal_path,
            provenance_dir=snakemake.params.provenance_dir,
        )
    )
