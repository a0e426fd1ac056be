"""Train one documented configuration again, once for each seed."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.core.columns import to_json
    from hpotrial.core.documented import DocumentedRow
    from hpotrial.core.files import write_json
    from hpotrial.runs.replicate import replicate

    replicated = replicate(
        DocumentedRow(**snakemake.params.row),
        snakemake.params.seeds,
        Path(snakemake.input.data_npz),
        Path(snakemake.input.data_json),
        Path(".cache"),
        Path(snakemake.params.journal_path),
    )
    write_json(Path(snakemake.output[0]), to_json(replicated))
