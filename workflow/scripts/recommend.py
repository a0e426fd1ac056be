"""Say which search to use at which budget."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.results.recommendation import write

    write(
        Path(snakemake.input.completeness).parent,
        Path(snakemake.output[0]),
        snakemake.params.margin,
        snakemake.params.alpha,
    )
