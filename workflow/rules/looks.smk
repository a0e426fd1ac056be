"""The planned looks of a study whose seeds are `{first, looks, alpha}`: what each decides, and which seeds it asks for next.

Needs R/plan.csv, R/study.json, the registry, the runs that the look before asked for, and its file. Makes R/looks/look{look}.json,
a checkpoint each: the runs of the next look are known when it is there. Where only what is there is collected, no look is made.
"""

from hpotrial.core.files import read_json


def runs_of_look(wildcards):
    """The outcomes that a look is made of: of each cell as many seeds as the looks before asked for."""
    return asked_outcomes(look_before(wildcards))


def look_before(wildcards):
    """The file of the look before; none before the first."""
    number = int(wildcards.look) - 1
    return [checkpoints.look.get(look=number).output.look] if number else []


def asked_outcomes(looks):
    """The outcomes that a study has asked for after the looks of these files; without looks, those of all planned runs."""
    if STUDY.looks is None:
        return [PATHS.outcome.format(**vars(run)) for run in STUDY.runs()]
    try:
        asked = STUDY.seeds_asked(read_json(Path(looks[-1])) if looks else None)
    except HpoTrialError as error:
        fail(error)
    return [
        PATHS.outcome.format(**vars(run))
        for run in STUDY.runs()
        if run.seed - STUDY.seeds[0] < asked[run.cell]
    ]


def planned_outcomes(wildcards):
    """The outcome of every run that the study asks for; none where only what is there shall be collected."""
    return [] if STUDY.collect == "available" else asked_outcomes(last_look(wildcards))


def last_look(wildcards):
    """The file of the last look: of that which asks for no more seeds, or of the last that is there where only what is
    there is collected; none in a study without looks."""
    if STUDY.looks is None:
        return []
    numbers = range(1, len(STUDY.looks.seeds) + 1)
    if STUDY.collect == "available":
        there = [PATHS.look.format(look=number) for number in numbers]
        return [file for file in there if Path(file).exists()][-1:]
    for number in numbers:
        file = checkpoints.look.get(look=number).output.look
        if not read_json(Path(file))["next"]:
            break
    return [file]


# what is judged without planned looks is remembered, so that a report can say of a later one that it was not the first
JUDGED = (
    [PATHS.judged.format(seeds=len(STUDY.seeds), registry=REGISTRY.digest[:8])]
    if REGISTRY and STUDY.looks is None
    else []
)

if STUDY.looks and STUDY.collect == "all":

    checkpoint look:
        input:
            outcomes=runs_of_look,
            before=look_before,
            plan=rules.plan.output.plan,
            study=rules.plan.output.study,
            registry=str(own_or_bundled(STUDY.claims.file)),
            replication=[rules.replicate.output.parquet] if STUDY.replicate else [],
        output:
            look=PATHS.look,
        log:
            f"{LOGS}/looks/look{{look}}.log",
        wildcard_constraints:
            look=r"\d+",
        # what runs on is known the sooner
        priority: 20
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=doubling(1500),
            runtime=doubling(20),
        params:
            code=lambda wildcards: fingerprint("hpotrial.results.verdicts.looks"),
            schedule=STUDY.schedule,
            request=lambda wildcards, input, output: asked(
                "look",
                wildcards,
                "looks/look{look}",
                {},
                config=config,
                number=int(wildcards.look),
                plan=input.plan,
                runs_dir=PATHS.runs,
                study=input.study,
                replication=input.replication[0] if STUDY.replicate else None,
                before=input.before[0] if input.before else None,
                look=output.look,
            ),
        message:
            "look {wildcards.look}: what is decided, and which seeds are needed next"
        shell:
            CLIENT
