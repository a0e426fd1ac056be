"""Write every run of the study with what it may cost, before anything trains, and say it on the terminal."""

import os
import sys
from dataclasses import asdict
from pathlib import Path

from hpotrial.core.job_log import logged_to

with logged_to(snakemake.log[0]):
    from hpotrial.core.files import write_json
    from hpotrial.datasets.dataset import load_meta
    from hpotrial.models import library
    from hpotrial.study import load_study
    from hpotrial.study.claims import registry_of
    from hpotrial.study.plan import at_most, make_plan, priced, summary

    facts = {meta.name: meta for meta in (load_meta(Path(path)) for path in snakemake.input.facts)}
    study = load_study(snakemake.config)
    plan = at_most(make_plan(study, facts, Path(".cache")), registry_of(study))
    plan.to_csv(snakemake.output.plan, index=False, lineterminator="\n")
    # what the report says of the study: what was asked, and of which data
    study_told = {
        **snakemake.params.study,
        "provenance": {name: asdict(meta) for name, meta in facts.items()},
        "libraries": {arm.model: library(arm.model) for dataset in study.datasets for arm in dataset.arms},
        "priced": priced(plan).to_dict("records"),
    }
    write_json(Path(snakemake.output.study), study_told)
    told = summary(plan)
    print(told)

# `hpotrial plan` says it itself
if "HPO_QUIET_PLAN" not in os.environ:
    print(told, file=sys.stderr)
