"""Draw one figure from the tables."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.figures import draw

    drawn = draw(
        snakemake.wildcards.figure,
        Path(snakemake.input.completeness).parent,
        Path(snakemake.output.folder),
        snakemake.params.language,
    )
    print(f"drawn for: {', '.join(drawn) or 'no dataset'}")
