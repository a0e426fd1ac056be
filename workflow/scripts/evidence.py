"""Draw the evidence of each claim from the verdicts."""

from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.core.files import read_json
    from hpotrial.figures.evidence import draw_evidence

    verdicts = read_json(Path(snakemake.input.verdicts))
    drawn = draw_evidence(verdicts, Path(snakemake.output.folder), snakemake.params.language)
    print(f"drawn: {len(drawn)} claims")
