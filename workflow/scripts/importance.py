"""Compute the importance of the hyperparameters in each run."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.results import Tables
    from hpotrial.results.importance import importances

    table = importances(Tables(Path(snakemake.input.runs[0]).parent))
    table.to_parquet(snakemake.output.parquet, index=False)
    table.to_csv(snakemake.output.csv, index=False, lineterminator="\n")
    print(f"assessed: {len(table[['dataset', 'arm', 'cv', 'seed']].drop_duplicates())} runs")
