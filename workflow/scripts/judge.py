"""Judge the study's claims on its tables."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.results.verdicts.judge import judge_study
    from hpotrial.study import load_study
    from hpotrial.study.claims import registry_of

    verdicts = judge_study(
        registry_of(load_study(snakemake.config)),
        Path(snakemake.input.tables[0]).parent,
        Path(snakemake.input.plan),
        Path(snakemake.input.study),
        Path(snakemake.input.replication[0]) if snakemake.input.replication else None,
        Path(snakemake.output.verdicts),
        Path(snakemake.output.csv),
    )
    for claim in verdicts["claims"]:
        print(f"{claim['outcome']:<16}{claim['id']}")
