"""Count how often verdicts are wrong, on simulated registries of this study's size."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.results.verdicts.calibration import write

    write(
        Path(snakemake.output.json),
        n_seeds=snakemake.params.seeds,
        n_claims=snakemake.params.hypotheses,
        **snakemake.params.standards,
    )
