"""From a configuration to a study: defaults filled in, arms resolved, and all that a schema cannot say checked."""

import re
from collections.abc import Mapping
from typing import Any

from hpotrial import methods, models
from hpotrial.datasets.spec import DatasetSpec
from hpotrial.errors import ConfigurationError
from hpotrial.space import Space
from hpotrial.study.options import check_options
from hpotrial.study.parts import Arm, DatasetConfig, Study
from hpotrial.study.schema import check_schema, nearest

TRAINING_DEFAULTS: dict[str, Any] = {"engine": "compiled", "early_stopping": None, "checkpoint": "last"}
ARM_KEYS = ("method", "cv", "space", "training", "refit")
MOST_FOLDS = 20


def load_study(config: Mapping[str, Any]) -> Study:
    """Check a configuration and resolve it.

    Parameters
    ----------
    config
        The content of one configuration file, as in ``config/config.yaml``.

    Raises
    ------
    ConfigurationError
        One line: the first thing that is wrong, its place, and the nearest right word where a word is unknown.
    """
    config = _plain(config)
    check_schema(config)
    results_dir = config.get("results_dir", "results")
    if re.search(r"[{}\s]|(^|/)\.\.(/|$)", results_dir):
        raise ConfigurationError(f"results_dir: {results_dir!r} must be a path without '..', braces and blanks")
    first, count = config["seeds"].get("first", 0), config["seeds"]["count"]
    return Study(
        name=config["name"],
        results_dir=results_dir.rstrip("/") or "/",
        standin=config.get("standin", "allow"),
        collect=config.get("collect", "all"),
        seeds=tuple(range(first, first + count)),
        report={"language": "en", **config.get("report", {})},
        datasets=tuple(_dataset(name, text) for name, text in config["datasets"].items()),
    )


def _plain(value: Any) -> Any:
    """Ordered and other mappings as plain dictionaries, so that the schema and messages see what the file said."""
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _dataset(name: str, text: Mapping[str, Any]) -> DatasetConfig:
    where = f"datasets.{name}"
    # without a kind, the name is one; what does not fit together is refused by the specification itself
    spec = DatasetSpec(name, text.get("kind", name), text.get("path"), text.get("target"), text.get("sha256"))
    model = text["model"]
    if model not in models.names():
        raise ConfigurationError(f"{where}.model: unknown model {model!r}; {nearest(model, models.names())}")
    fixed = dict(text.get("fixed", {}))
    known = models.hyperparameters(model)
    _check_names(f"{where}.fixed", model, fixed, known)
    return DatasetConfig(
        spec=spec,
        model=model,
        test_size=text.get("test_size", 0.2),
        audit_size=text.get("audit_size", 0.2),
        holdout_size=text.get("holdout_size", 0.2),
        train_rows=text.get("train_rows"),
        fixed=fixed,
        arms=tuple(_arm(where, arm, arm_text, text, known) for arm, arm_text in text["arms"].items()),
    )


def _arm(
    dataset_place: str, name: str, text: Mapping[str, Any], dataset: Mapping[str, Any], known: Mapping[str, Any]
) -> Arm:
    where = f"{dataset_place}.arms.{name}"
    method = text.get("method", name)
    if method not in methods.names():
        said = "" if "method" in text else " (an arm whose name is not a method says its method)"
        raise ConfigurationError(f"{where}: unknown method {method!r}{said}; {nearest(method, methods.names())}")
    for cv in text["cv"]:
        _check_cv(where, method, cv)
    options = {key: value for key, value in text.items() if key not in ARM_KEYS}
    check_options(where, method, options, methods.options(method))

    space_place = f"{where}.space" if "space" in text else f"{dataset_place}.space"
    raw_space = text.get("space", dataset["space"])
    space = Space.from_config(raw_space, where=space_place)
    _check_names(space_place, dataset["model"], space.names, known)
    for hyperparameter in space.names:
        if hyperparameter in dataset.get("fixed", {}):
            raise ConfigurationError(
                f"{space_place}: {hyperparameter!r} is searched here and fixed in {dataset_place}.fixed; take one out"
            )
    module = methods.load(method)
    if hasattr(module, "check"):
        try:
            module.check(space, **options)
        except ConfigurationError as error:
            message = str(error)
            raise ConfigurationError(message if message.startswith("datasets.") else f"{where}: {message}") from error
    return Arm(
        name=name,
        method=method,
        cv=tuple(text["cv"]),
        options=options,
        space=raw_space,
        training={**TRAINING_DEFAULTS, **dataset.get("training", {}), **text.get("training", {})},
        refit=text.get("refit", False),
    )


def _check_cv(where: str, method: str, cv: str) -> None:
    folds = re.fullmatch(r"cv([1-9]\d*)", cv)
    kind = "cv" if folds else cv
    supported = methods.load(method).CV_KINDS
    if kind not in ("test", "holdout", "cv"):
        settings = ["test", "holdout", *(f"cv{k}" for k in range(2, MOST_FOLDS + 1))]
        hint = nearest(cv, settings)
        hint = hint if hint.startswith("did") else f"choose from test, holdout, cv2 ... cv{MOST_FOLDS}"
        raise ConfigurationError(f"{where}.cv: unknown cv-setting {cv!r}; {hint}")
    if folds and not 2 <= int(folds[1]) <= MOST_FOLDS:
        raise ConfigurationError(f"{where}.cv: {cv!r} has {folds[1]} folds; choose from cv2 to cv{MOST_FOLDS}")
    if kind not in supported:
        can = ", ".join("cv2 ... cv20" if one == "cv" else one for one in supported)
        raise ConfigurationError(f"{where}.cv: the method {method!r} cannot select on {cv!r}; it can on {can}")


def _check_names(where: str, model: str, names: Any, known: Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise ConfigurationError(
                f"{where}: the model {model!r} has no hyperparameter {name!r}; {nearest(name, known)}"
            )
