"""Draw the evidence of each claim from the verdicts."""

import json
from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.figures.evidence import draw_evidence

    verdicts = json.loads(Path(snakemake.input.verdicts).read_text(encoding="utf-8"))
    drawn = draw_evidence(verdicts, Path(snakemake.output.folder), snakemake.params.language)
    print(f"drawn: {len(drawn)} claims")
