"""``hpotrial``: a study checked, planned, run and reported from the command line, of a clone or an installed package.

The workflow is Snakemake's; ``plan``, ``run`` and ``report`` start it and pass on whatever options of Snakemake follow.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from hpotrial.core import paths

if TYPE_CHECKING:
    from hpotrial.core.configuration import Study

DEFAULT_STUDY = "config/config.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``hpotrial``; those of this process by default.

    Returns
    -------
    int
        The exit status: 0; 1 after one line on standard error that says what is wrong; Snakemake's own where it fails.

    Examples
    --------
    >>> main(["check", "config/quick.yaml"])  # doctest: +SKIP
    ok: 51 runs
    0
    """
    from hpotrial.core.errors import HpoTrialError

    try:
        known, others = _parser().parse_known_args(arguments)
        if others and known.function not in STARTING_SNAKEMAKE:
            raise HpoTrialError(f"unknown argument {others[0]!r}; see `hpotrial {known.command} --help`")
        return int(known.function(known, others))
    except HpoTrialError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def check(known: argparse.Namespace, _: Sequence[str]) -> int:
    """Say what is wrong in a study's file, or in its claims, and where.

    example: hpotrial check my_study.yaml
    """
    from hpotrial.study.claims import registry_of
    from hpotrial.study.looks import check_unchanged

    study = _load(known.file)
    check_unchanged(study, registry_of(study))
    print(f"ok: {'at most ' if study.looks else ''}{len(study.runs())} runs")
    return 0


def plan(known: argparse.Namespace, others: Sequence[str]) -> int:
    """Print what a study will run and cost, before anything trains.

    example: hpotrial plan --configfile my_study.yaml
    """
    # said here, on standard output; the job that makes it does so where it is part of a run
    os.environ["HPO_QUIET_PLAN"] = "1"
    status = _snakemake(known, *others, "--", "plan")
    if status == 0 and not _is_dry(others):
        import pandas as pd

        from hpotrial.study.plan import summary

        print(summary(pd.read_csv(_paths(known).plan)))
    return status


def run(known: argparse.Namespace, others: Sequence[str]) -> int:
    """Run a study, up to its report; or up to the files that are named after `--`.

    example: hpotrial run --configfile my_study.yaml --cores 8
    """
    study = _paths(known)
    page = study.report(paths.REPORT_PAGE)
    if _is_dry(others) or "--" in others:
        return _snakemake(known, *others)
    # in one process, since a second start would take as long as several runs
    status = _snakemake(known, *others, "--report", page, "--report-after-run")
    if status == 0:
        print(f"\nThe report:       {study.report(paths.REPORT)}\nto browse it:     {page}")
        print(f"the tables:       {study.table('')}")
    return status


def report(known: argparse.Namespace, others: Sequence[str]) -> int:
    """Make the tables, figures and report of the runs that are there, starting none.

    example: hpotrial report --configfile my_study.yaml
    """
    place = others.index("--config") + 1 if "--config" in others else None
    there = "collect=available"
    return run(known, [*others, "--config", there] if place is None else [*others[:place], there, *others[place:]])


def power(known: argparse.Namespace, _: Sequence[str]) -> int:
    """Print how many seeds each claim of a judged study needs, and what they would cost.

    example: hpotrial power --configfile my_study.yaml
    """
    from hpotrial.results.verdicts.power_analysis import write_power

    print(write_power(Path(_load(known.configfile).results_dir)))
    return 0


def why(known: argparse.Namespace, _: Sequence[str]) -> int:
    """Name what has changed since a run was made: settings, files of the library, data, packages.

    example: hpotrial why telecust/grid_loop/test/seed20 --configfile my_study.yaml
    """
    from hpotrial.study.why import why as changes

    print("\n".join(changes(_load(known.configfile), known.run)))
    return 0


def moments(known: argparse.Namespace, _: Sequence[str]) -> int:
    """Print the moments of the published telecust table, of which its synthetic data are drawn.

    example: hpotrial moments data/raw/telecust.csv
    """
    from hpotrial.datasets.moments import moments_of

    sys.stdout.write(moments_of(Path(known.file)))
    return 0


def schemas(known: argparse.Namespace, _: Sequence[str]) -> int:
    """Write JSON schemas of a study's file and of a registry of claims, for editors.

    example: hpotrial schemas .cache/schemas
    """
    from hpotrial.study.schemas import write

    write(Path(known.file))
    return 0


COMMANDS = (check, plan, run, report, power, why, moments, schemas)
STARTING_SNAKEMAKE = (plan, run, report)
_OF_A_FILE = {check: "the study's file", moments: "the table", schemas: "the folder to write them to"}
_PASSED_ON = "options of Snakemake may follow, such as --cores 8 (all by default) or --profile slurm"


class _OneLine(argparse.ArgumentParser):
    """A parser whose refusals are one line, as all refusals of this library are."""

    def error(self, message: str) -> NoReturn:
        from hpotrial.core.errors import HpoTrialError

        raise HpoTrialError(f"{message}; see `{self.prog} --help`")


def _parser() -> argparse.ArgumentParser:
    parser = _OneLine(prog="hpotrial", description="Claims about hyperparameter optimisation, put on trial.")
    added = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for function in COMMANDS:
        says, _, example = (function.__doc__ or "").partition("\n\n")
        one = added.add_parser(
            function.__name__,
            help=says,
            description=says,
            epilog=example.strip() + (f"\n{_PASSED_ON}" if function in STARTING_SNAKEMAKE else ""),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            # an abbreviation would take Snakemake's --config for --configfile
            allow_abbrev=False,
        )
        one.set_defaults(function=function)
        if function in _OF_A_FILE:
            one.add_argument("file", metavar="FILE", help=_OF_A_FILE[function])
        else:
            if function is why:
                one.add_argument("run", metavar="RUN", help="the run, as dataset/arm/cv/seedN")
            one.add_argument("--configfile", metavar="FILE", help=f"the study's file (by default {DEFAULT_STUDY})")
    return parser


def _load(path: str | None) -> Study:
    from hpotrial.study import load_study, read_study_file

    return load_study(read_study_file(path or _default_study()))


def _paths(known: argparse.Namespace) -> paths.StudyPaths:
    return paths.StudyPaths(_load(known.configfile).results_dir)


def _default_study() -> str:
    from hpotrial.core.files import own_or_bundled

    return str(own_or_bundled(DEFAULT_STUDY))


def _is_dry(others: Sequence[str]) -> bool:
    return not {"-n", "--dry-run", "--dryrun"}.isdisjoint(others)


def _snakemake(known: argparse.Namespace, *others: str) -> int:
    """Run the workflow here on a study, and return Snakemake's exit status; signals are its to answer."""
    from hpotrial.core.files import bundled

    command = [sys.executable, "-m", "snakemake", "--snakefile", str(bundled("workflow/Snakefile"))]
    command += ["--configfile", known.configfile or _default_study()]
    # a profile says itself how many jobs run at once
    if not any(word.startswith(("--cores", "--jobs", "-c", "-j", "--profile")) for word in others):
        command += ["--cores", "all"]
    # Ctrl-C reaches Snakemake by itself, which ends its jobs; what is sent to this process alone is passed on
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with subprocess.Popen([*command, *others]) as started:
            signal.signal(signal.SIGTERM, lambda number, _: started.send_signal(number))
            return started.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
