"""HPO on Trial: from raw data to a report that compares hyperparameter searches fairly.

The study is one YAML file: config/config.yaml, or the one given with --configfile (see config/README.md).
"""

from snakemake.utils import min_version

min_version("9.0")


report: "workflow/report/workflow.rst"


# a file given with --configfile is a whole study: it is not merged with the default one
if "datasets" not in config:

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/collect.smk"
include: "workflow/rules/documented.smk"
include: "workflow/rules/replicate.smk"
include: "workflow/rules/judge.smk"
include: "workflow/rules/captions.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        f"{RESULTS}/plan.csv",
        f"{RESULTS}/tables/arms.html",
        [rules.replicate.output.csv] if STUDY.replicate else [],
        expand(f"{RESULTS}/figures/{{figure}}", figure=FIGURES),
        rules.judge.output if STUDY.claims else [],
        f"{RESULTS}/report/report.pdf",


onstart:
    print(
        f"study {STUDY.name}: {len(STUDY.runs())} runs; logs in {LOGS}/",
        file=sys.stderr,
    )


onsuccess:
    print(f"study {STUDY.name}: done; results in {RESULTS}/", file=sys.stderr)
