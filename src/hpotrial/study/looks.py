"""A study held against what was judged of it before: looks and claims are chosen before the data are seen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpotrial.core.claims import Registry
from hpotrial.core.configuration import Study
from hpotrial.core.errors import ConfigurationError
from hpotrial.core.files import read_json
from hpotrial.core.paths import StudyPaths

_ANEW = "start a new study: another `results_dir`, and another `seeds: first` for seeds that nobody has looked at"


def check_unchanged(study: Study, registry: Registry | None) -> None:
    """Refuse looks, or claims, that are others than when the study's first look was made.

    A study without planned looks may be judged again with more seeds or other claims; its report says so.

    Parameters
    ----------
    study, registry
        As they are now; what was judged lies in the study's folder of results.

    Raises
    ------
    ConfigurationError
        One line: what has changed since which look, and how to start a new study.
    DataError
        The file of a look cannot be read.
    """
    paths = StudyPaths(study.results_dir)
    first = Path(paths.look.format(look=1))
    before = sorted(Path(paths.looks).glob(Path(paths.judged.format(seeds="*", registry="*")).name))
    if study.looks and before and not first.exists():
        seeds = read_json(before[0], ("seeds",))["seeds"]
        raise ConfigurationError(
            f"seeds.looks: the study was judged with {seeds} seeds before it planned any looks ({before[0]}); {_ANEW}"
        )
    if not first.exists():
        return
    told = read_json(first, ("schedule", "registry"), f"delete {paths.looks} and run the workflow again")
    if told["schedule"] != study.schedule:
        raise ConfigurationError(
            f"seeds: the first look ({first}) was made of {_said(told['schedule'])}, and the study says "
            f"{_said(study.schedule)} now; go on as planned, or {_ANEW}"
        )
    if registry and told["registry"] != registry.digest:
        raise ConfigurationError(
            f"claims: {registry.file}, or what this study leaves out of it, is another than at the first look "
            f"({first}); go on with the claims as they were, or {_ANEW}"
        )


def _said(schedule: Mapping[str, Any] | None) -> str:
    """A schedule as a configuration says it."""
    if schedule is None:
        return "no looks"
    looks, alpha = (", ".join(f"{one:g}" for one in schedule[key]) for key in ("seeds", "alpha"))
    return (
        f"{{first: {schedule['first']}, looks: [{looks}], alpha: [{alpha}], give_up_from: {schedule['give_up_from']}}}"
    )
