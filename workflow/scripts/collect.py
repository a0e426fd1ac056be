"""Collect the runs into tidy tables, and say what is missing."""

import sys
from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.results import collect

    found = collect(
        Path(snakemake.input.plan), Path(snakemake.params.runs_dir), Path(snakemake.output.completeness).parent
    )
    lines = [f"{found.ok} of {found.planned} planned runs ended well"]
    lines += [f"{what}: {run}" for what in ("failed", "missing", "unreadable") for run in getattr(found, what)]
    print("\n".join(lines))

if found.ok < found.planned:
    shown = lines[:6] + ([f"... all are listed in {snakemake.output.completeness}"] if len(lines) > 6 else [])
    print("\n".join(shown), file=sys.stderr)
