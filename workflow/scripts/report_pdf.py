"""Compile the report."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.report import build

    build(
        Path(snakemake.input.completeness).parent,
        Path(snakemake.input.figures[0]).parent,
        Path(snakemake.input.study),
        Path(snakemake.params.text_dir),
        Path(snakemake.output.pdf),
        Path(snakemake.input.documented),
        Path(snakemake.input.evidence[0]) if snakemake.input.evidence else None,
        snakemake.params.language,
    )
