"""One arm of a configuration resolved: its method, options, model and space, held against each other."""

import importlib.util
import typing
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from pydantic import create_model

from hpotrial import methods, models
from hpotrial.core.configuration import StudyArm, Training
from hpotrial.core.cv_setting import MAX_FOLDS, CvSetting
from hpotrial.core.errors import ConfigurationError, nearest
from hpotrial.core.space import Choice, Space
from hpotrial.core.validation import validated
from hpotrial.study.entries import Entry
from hpotrial.study.written import ArmEntry, DatasetEntry

# configurations of a space whose fits one table holds: what `repeats` may search again and again
LARGEST_TABLE = 1_000
# trials, generations, epochs: a million of anything is a slip of the pen
MAX_OPTION = 1_000_000


def absent_module(dataset_place: str, name: str, text: ArmEntry) -> str | None:
    """Why an arm cannot run here, if its method needs a module that is not installed; None if it can.

    Raises
    ------
    ConfigurationError
        If it cannot, and the arm does not say ``optional: true``.
    """
    method = text.method or name
    if method not in methods.names():
        return None
    absent = [module for module in methods.load(method).requires if importlib.util.find_spec(module) is None]
    if not absent:
        return None
    reason = f"the method {method!r} needs {', '.join(absent)}, which is not installed (`make extras` installs it)"
    if not text.optional:
        raise ConfigurationError(
            f"{dataset_place}.arms.{name}: {reason}; install it, or say `optional: true` to leave the arm out"
        )
    return reason


def check_fixed(where: str, model: str, fixed: Mapping[str, Any]) -> None:
    """Check a model's name, and the names of the hyperparameters held fixed."""
    if model not in models.names():
        raise ConfigurationError(f"{where}.model: unknown model {model!r}; {nearest(model, models.names())}")
    _check_names(f"{where}.fixed", model, fixed)
    _check_values(f"{where}.fixed", model, fixed)


def resolve_arm(dataset_place: str, name: str, text: ArmEntry, dataset: DatasetEntry) -> StudyArm:
    """An arm with what it takes from its dataset filled in, its options and its space checked.

    Parameters
    ----------
    dataset_place
        The place of the dataset in the configuration, for messages.
    name, text
        The arm's name and what is written of it.
    dataset
        What is written of its dataset.

    Raises
    ------
    ConfigurationError
        One line: what does not exist or does not fit together, and where.
    """
    where = f"{dataset_place}.arms.{name}"
    method = text.method if text.says("method") else name
    if method not in methods.names():
        said = "" if text.says("method") else " (an arm whose name is not a method says its method)"
        raise ConfigurationError(f"{where}: unknown method {method!r}{said}; {nearest(method, methods.names())}")
    cv = tuple(_cv_setting(where, method, said) for said in text.cv)
    check_options(where, method, text.options)

    model, fixed, space_place = _tuned(where, dataset_place, text, dataset)
    space = Space.from_config(text.taken("space", dataset), where=space_place)
    _check_names(space_place, model, space.names)
    for hyperparameter in space.hyperparameters:
        if hyperparameter.name in fixed:
            fixed_place = where if text.says("fixed") else dataset_place
            raise ConfigurationError(
                f"{space_place}: {hyperparameter.name!r} is searched here and fixed in {fixed_place}.fixed; "
                "take one out"
            )
        domain = hyperparameter.domain
        ends = domain.values if isinstance(domain, Choice) else (domain.kind(domain.low), domain.kind(domain.high))
        for value in ends:
            _check_values(space_place, model, {hyperparameter.name: value})
    _check_can_search(where, method, model, space, text.options)
    refits = text.taken("refits", dataset)
    _check_can_average(where, method, space, refits, text.repeats, cv=() if text.refit else cv)
    budget = text.taken("budget", dataset)
    return StudyArm(
        name=name,
        method=method,
        cv=cv,
        options=text.options,
        model=model,
        fixed=fixed,
        space=text.taken("space", dataset),
        training=Training.from_dict({**dataset.training, **text.training}),
        metric=text.taken("metric", dataset),
        epoch_budget=budget.epochs if budget else None,
        train_share=text.train_share,
        most_seeds=text.taken("seeds", dataset),
        refit=text.refit,
        refits=refits,
        repeats=text.repeats,
        plan_only=text.plan_only,
        ablation=text.ablation,
    )


def check_options(where: str, method: str, given: Mapping[str, Any]) -> None:
    """Check that every option exists, and is of the type and within the bounds that the method's fields say.

    Parameters
    ----------
    where : str
        The place of the arm in the configuration, for the message.
    method : str
        The method's name.
    given : Mapping
        The options of the configuration.

    Raises
    ------
    ConfigurationError
        One line: the nearest option where one is unknown, the type or the bound where one is wrong.
    """
    described = _description(method)
    for name in given:
        if name not in described.model_fields:
            known = [*described.model_fields, *ArmEntry.model_fields]
            raise ConfigurationError(
                f"{where}: unknown option {name!r} of the method {method!r}; {nearest(name, known)}"
            )
    try:
        validated(described, dict(given))
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}.{error}") from None
    for name, value in given.items():
        if isinstance(value, int | float) and not abs(value) <= MAX_OPTION:
            raise ConfigurationError(f"{where}.{name}: must be at most {MAX_OPTION:,}, not {value!r}")


@cache
def _description(method: str) -> type[Entry]:
    """A method's fields as what a configuration may say."""
    loaded = methods.load(method)
    types = typing.get_type_hints(loaded, include_extras=True)
    described: dict[str, Any] = {field.name: (types[field.name], field.default) for field in fields(loaded)}
    return create_model(loaded.__name__, __base__=Entry, **described)


def _tuned(where: str, dataset_place: str, text: ArmEntry, dataset: DatasetEntry) -> tuple[str, dict[str, Any], str]:
    """The model, what is held fixed, and the place of the space: the arm's own, else the dataset's."""
    model = text.taken("model", dataset)
    if model != dataset.model and not text.says("space"):
        raise ConfigurationError(f"{where}: the model {model!r} is not the dataset's, so the arm needs a `space`")
    fixed = text.fixed if text.says("fixed") or model != dataset.model else dataset.fixed
    check_fixed(where, model, fixed)
    return model, dict(fixed), f"{where}.space" if text.says("space") else f"{dataset_place}.space"


def _check_values(where: str, model: str, values: Mapping[str, Any]) -> None:
    """Whether the values are such as these hyperparameters have, and the model's own ``check`` takes them."""
    try:
        models.check(model, values)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _check_can_search(where: str, method: str, model: str, space: Space, options: Mapping[str, Any]) -> None:
    """Refuse a model or a space that a method cannot search, and name the methods that can."""
    reason = _obstacle(method, model, space, options)
    if reason is None:
        return
    if reason.startswith("datasets."):
        raise ConfigurationError(reason)
    # an option of the method's may be at fault rather than the space: other methods are no help then
    if _obstacle(method, model, space, {}) is not None:
        able = [name for name in methods.names() if _obstacle(name, model, space, {}) is None]
        reason += f"; methods that can: {', '.join(able)}" if able else ""
    raise ConfigurationError(f"{where}: {reason}")


def _check_can_average(
    where: str, method: str, space: Space, refits: int, repeats: int, *, cv: Iterable[CvSetting]
) -> None:
    """Refuse ``refits`` where a search's own model is scored, at one of ``cv``, and ``repeats`` without a table."""
    loaded = methods.load(method)
    own = [one for one in cv if one.kind != "cv" and not loaded.always_refits]
    if refits > 1 and own:
        raise ConfigurationError(
            f"{where}.refits: at {own[0]} the method {method!r} has its search's own fitted model scored, which is "
            "part of what it selected; say `refit: true` as well, or `refits: 1`"
        )
    if repeats == 1:
        return
    if not loaded.random:
        raise ConfigurationError(
            f"{where}.repeats: nothing that the method {method!r} does is random, so that all repeats would be the "
            "same; take it out"
        )
    if space.size is None:
        endless = next(h.name for h in space.hyperparameters if h.domain.count() is None)
        raise ConfigurationError(
            f"{where}.repeats: the domain of {endless!r} is continuous, so that a table of fits would have no end (it "
            f"holds {LARGEST_TABLE:,} configurations); give it a choice or a step, or take `repeats` out"
        )
    if space.size > LARGEST_TABLE:
        raise ConfigurationError(
            f"{where}.repeats: the space has {space.size:,} configurations, a table of fits holds {LARGEST_TABLE:,} at "
            "most; make it smaller, or take `repeats` out"
        )


def _obstacle(method: str, model: str, space: Space, options: Mapping[str, Any]) -> str | None:
    loaded = methods.load(method)
    if models.library(model) not in loaded.libraries:
        return f"the method {method!r} cannot tune the model {model!r}, which is one of {models.library(model)}"
    try:
        loaded(**options).check(space)
    except ConfigurationError as error:
        return str(error)
    return None


def _cv_setting(where: str, method: str, text: str) -> CvSetting:
    try:
        cv = CvSetting(text)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}.cv: {error}") from None
    supported = methods.load(method).cv_kinds
    if cv.kind not in supported:
        can = ", ".join(f"cv2 ... cv{MAX_FOLDS}" if kind == "cv" else kind for kind in supported)
        raise ConfigurationError(f"{where}.cv: the method {method!r} cannot select on {cv!r}; it can on {can}")
    return cv


def _check_names(where: str, model: str, names: Iterable[str]) -> None:
    known = models.hyperparameters(model)
    for name in names:
        if name not in known:
            raise ConfigurationError(
                f"{where}: the model {model!r} has no hyperparameter {name!r}; {nearest(name, known)}"
            )
