"""Hold the documented accuracies against what the same configurations reached here."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.core.documented import DocumentedRow
    from hpotrial.results.replication import write_table

    rows = write_table(
        [DocumentedRow(**row) for row in snakemake.params.documented],
        Path(snakemake.params.folder),
        Path(snakemake.output.parquet),
        Path(snakemake.output.csv),
    )
    told = [row.validation.inside for row in rows if row.validation.inside is not None]
    print(f"{sum(told)} of {len(told)} documented values lie inside")
    for row in rows:
        print(f"row {row.row.number}: " + (row.note or ("inside" if row.validation.inside else "OUTSIDE")))
