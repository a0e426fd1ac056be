"""What all rules share: the environment of every job, the checked study, and the paths and files it implies.

Needs the configuration. Makes STUDY, PATHS, LOGS, BENCHMARKS and the functions the rules' inputs and params call.
"""

import os
import re
import sys
from functools import cache
from pathlib import Path

# the library of this clone; an installed one needs no telling
SOURCE = Path(workflow.current_basedir).parents[1] / "src"
if SOURCE.is_dir():
    os.environ.update(PYTHONPATH=str(SOURCE))
    sys.path.insert(0, str(SOURCE))
from hpotrial.training.runtime import JOB_ENVIRONMENT

# before anything that would read it
os.environ.update(JOB_ENVIRONMENT)
# imports without bytecode take three times as long
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from hpotrial import figures, methods
from hpotrial.core import paths, provenance
from hpotrial.core.claims import hypotheses_of
from hpotrial.core.errors import HpoTrialError
from hpotrial.core.yaml_file import extended
from hpotrial.core.files import bundled, own_or_bundled
from hpotrial.datasets import fetching, kinds, preparing
from hpotrial.study import claims, load_study, looks

RAW_DIR = Path(paths.RAW)
DATA_DIR = fetching.data_dir_from(os.environ)


def fail(error):
    """End before any job starts, with one line and no traceback."""
    print(f"error: {error}", file=sys.stderr, flush=True)
    sys.exit(1)


def checked_study():
    """The study of this configuration, and the registry of its claims or None; a fault in them, or in raw files that are
    here already, ends the program."""
    try:
        whole = extended(config, workflow.configfiles)
        config.clear()
        # for the scripts, too
        config.update(whole)
        study = load_study(config)
        # a claim that the study cannot judge is found before anything runs
        registry = claims.registry_of(study)
        looks.check_unchanged(study, registry)
        if workflow.is_main_process:
            for one in study.datasets:
                # and one row each for test and audit
                rows = one.most_folds + 2
                kind = kinds.make(**vars(one.spec))
                fetching.check(kind, RAW_DIR, data_dir=DATA_DIR, rows_per_class=rows)
        return study, registry
    except HpoTrialError as error:
        fail(error)


@cache
def fingerprint(*modules):
    """The code that a job depends on, as a parameter: an edit of what it does reruns what it touches, and nothing else."""
    return provenance.fingerprint(*modules)


def doubling(first):
    """A resource: what was measured to suffice (docs/reliability.md), and twice as much at each further attempt."""
    return lambda wildcards, attempt: first * 2 ** (attempt - 1)


def one_of(names):
    """A wildcard constraint: just these names."""
    return "|".join(sorted({re.escape(str(name)) for name in names})) or "(?!)"


def dataset_of(wildcards):
    """The dataset's part of the study."""
    return STUDY.dataset(wildcards.dataset)


def kind_of(wildcards):
    """What kind of dataset it is, with its keys in the configuration."""
    return kinds.make(**vars(dataset_of(wildcards).spec))


def content_of(wildcards):
    """What the arrays are and shall be, which the code that reads them may be edited without changing."""
    prepared = Path(paths.DATA_JSON.format(dataset=wildcards.dataset))
    return preparing.content(kind_of(wildcards), RAW_DIR, prepared)


def raw_files(wildcards):
    """The raw files with their checksums (the user's own: of what they hold now), and whether they lay here before they
    were fetched, which changes once real data come after a stand-in."""
    kind = kind_of(wildcards)
    try:
        return fetching.wanted(kind), fetching.found_locally(kind, RAW_DIR, DATA_DIR)
    except HpoTrialError as error:
        fail(error)


def arm_of(wildcards):
    """The arm's part of the study."""
    return dataset_of(wildcards).arm(wildcards.arm)


def outcomes_there(wildcards):
    """The outcomes that are there, with their times: without inputs, this is what makes the tables out of date."""
    if STUDY.collect == "all":
        return []
    found = [Path(PATHS.outcome.format(**vars(run))) for run in STUDY.runs()]
    return [f"{path} {path.stat().st_mtime_ns}" for path in found if path.exists()]


STUDY, REGISTRY = checked_study()
PATHS = paths.StudyPaths(STUDY.results_dir)
LOGS = f"logs/{STUDY.name}"
BENCHMARKS = f"logs/benchmarks/{STUDY.name}"
FIGURES = figures.names()


wildcard_constraints:
    dataset=one_of(one.name for one in STUDY.datasets),
    arm=one_of(arm.name for one in STUDY.datasets for arm in one.arms),
    cv=one_of(cv for one in STUDY.datasets for arm in one.arms for cv in arm.cv),
    seed=r"\d+",
    figure=one_of(FIGURES),
