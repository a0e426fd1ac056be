"""Find, download or give up on the raw files of one dataset, and write down which."""

import os
import sys
from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.datasets import fetching, kinds

    receipt = fetching.fetch(
        kinds.make(**snakemake.params.spec),
        Path(snakemake.output.receipt).parent,
        standin=snakemake.params.standin,
        data_dir=fetching.data_dir_from(os.environ),
    )
    print("stand-in: " + "; ".join(receipt.notes) if receipt.standin else "raw files found and verified")
    for file in receipt.files:
        print(f"{file.path}: sha256 {file.sha256}, from {file.origin}")

if receipt.standin:
    name = snakemake.wildcards.dataset
    print(f"{name}: no raw files were found, a STAND-IN takes their place; see data/README.md", file=sys.stderr)
