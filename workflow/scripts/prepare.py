"""Turn the raw files of one dataset, or its stand-in, into arrays and provenance."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.datasets import kinds
    from hpotrial.datasets.preparing import prepare

    dataset = prepare(
        kinds.make(**snakemake.params.spec),
        Path(snakemake.input.receipt).parent,
        Path(snakemake.output.npz),
        Path(snakemake.output.json),
    )
    print(f"{dataset.meta.name}: {dataset.X.shape} {dataset.X.dtype}, {len(dataset.meta.classes)} classes")
