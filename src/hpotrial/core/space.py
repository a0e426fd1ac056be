"""The search space: hyperparameters, their domains and conditions.

A space is written once, in the study's configuration, and translated into each library's own form by the adapters of
``hpotrial.search``. A configuration is a plain dictionary ``{name: value}`` of the active hyperparameters.

A space says a prior too: each hyperparameter is drawn from its own domain on its own, given that it is active. Choices
and domains with a grid are drawn uniformly from their values; reals uniformly, with ``log`` uniformly in the logarithm;
integers with ``log`` are such reals, rounded, so that each has the interval of reals that is nearest to it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hpotrial.core.errors import ConfigurationError

Value = bool | int | float | str | None
Configuration = dict[str, Value]

# what can be written out: the values of one domain, the configurations of a grid
MAX_VALUES = 100_000
MAX_CONFIGURATIONS = 1_000_000
# beyond it reals no longer tell whole numbers apart
MAX_BOUND = 2.0**53


@dataclass(frozen=True)
class Choice:
    """A finite list of values, without order."""

    values: tuple[Value, ...]

    def grid(self) -> tuple[Value, ...] | None:
        """All values."""
        return self.values

    def count(self) -> int | None:
        """The number of values."""
        return len(self.values)

    def value(self, index: int) -> Value:
        """One value of the grid, the first at 0."""
        return self.values[index]

    def contains(self, value: Any) -> bool:
        """Whether ``value`` is one of the values (``True`` is not ``1``)."""
        return any(type(v) is type(value) and v == value for v in self.values)


@dataclass(frozen=True)
class Range:
    """An interval of integers or reals, both ends included; ``log`` draws uniformly in the logarithm.

    Examples
    --------
    >>> units = Range(int, 1, 100, log=True)
    >>> units.drawn_from
    (0.5, 100.5)
    >>> units.nearest(0.7), units.nearest(99.6)
    (1, 100)
    """

    kind: type
    low: float
    high: float
    step: float | None = None
    log: bool = False

    def grid(self) -> tuple[Value, ...] | None:
        """The values ``low, low + step, ...``; None if the domain is continuous or on a log scale without step."""
        count = self.count()
        return None if count is None else tuple(self.value(i) for i in range(count))

    def count(self) -> int | None:
        """The number of values; None where there is no grid."""
        step = self.spacing
        return None if step is None else math.floor((self.high - self.low) / step + 1e-9) + 1

    def value(self, index: int) -> Value:
        """One value of the grid, the lowest at 0.

        Raises
        ------
        ValueError
            If the domain has no grid.
        """
        if self.spacing is None:
            raise ValueError("a continuous domain has no grid")
        # steps do not add up to the upper end by the last digit
        found: Value = self.kind(self.high if index + 1 == self.count() else self.low + index * self.spacing)
        return found

    @property
    def drawn_from(self) -> tuple[float, float]:
        """The reals that a domain without grid is drawn from; ``nearest`` makes a value of one."""
        edge = 0.5 if self.kind is int else 0.0
        return self.low - edge, self.high + edge

    def nearest(self, real: float) -> Value:
        """The value that a real of ``drawn_from`` stands for."""
        bounded = min(max(real, self.low), self.high)
        return round(bounded) if self.kind is int else float(bounded)

    @property
    def spacing(self) -> float | None:
        """The distance of neighbouring values; None where there is no grid."""
        return self.step if self.step is not None else (1 if self.kind is int and not self.log else None)

    def contains(self, value: Any) -> bool:
        """Whether ``value`` lies in the interval (its step is not checked)."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        tolerance = 1e-9 * max(abs(self.low), abs(self.high))
        return self.low - tolerance <= value <= self.high + tolerance


Domain = Choice | Range


@dataclass(frozen=True)
class Hyperparameter:
    """A name, its domain, and the parent values under which it is active (empty: always)."""

    name: str
    domain: Domain
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    def active(self, configuration: Mapping[str, Any]) -> bool:
        """Whether the hyperparameter is active in ``configuration``, which must hold its parents' values."""
        return all(configuration.get(parent, _ABSENT) in values for parent, values in self.when.items())


_ABSENT = object()


@dataclass(frozen=True)
class Space:
    """Hyperparameters in the order of the configuration file, parents before children."""

    hyperparameters: tuple[Hyperparameter, ...]

    @classmethod
    def from_config(cls, mapping: Any, where: str = "space") -> Space:
        """Read a space from the study's configuration.

        Parameters
        ----------
        mapping
            ``{name: {"choice": [...]} | {"int": {...}} | {"float": {...}}}``, each with an optional ``when``.
        where
            The place in the configuration that error messages name.

        Raises
        ------
        ConfigurationError
            If the space or a domain is empty or contradictory, or a condition names no earlier choice.
        """
        if not isinstance(mapping, Mapping) or not mapping:
            raise ConfigurationError(f"{where}: the search space is empty; give at least one hyperparameter")
        read: dict[str, Hyperparameter] = {}
        for name, text in mapping.items():
            place = f"{where}.{name}"
            if not isinstance(text, Mapping):
                raise ConfigurationError(f"{place}: expected a domain such as {{choice: [1, 2]}}, found {text!r}")
            kinds = [kind for kind in ("choice", "int", "float") if kind in text]
            if len(kinds) != 1 or set(text) - {*kinds, "when"}:
                raise ConfigurationError(f"{place}: give exactly one of choice, int, float, and at most a `when`")
            domain = _read_domain(kinds[0], text[kinds[0]], place)
            read[str(name)] = Hyperparameter(str(name), domain, _read_condition(text.get("when"), read, place))
        return cls(tuple(read.values()))

    @property
    def names(self) -> tuple[str, ...]:
        """The hyperparameters' names."""
        return tuple(h.name for h in self.hyperparameters)

    @property
    def conditional(self) -> bool:
        """Whether any hyperparameter has a condition."""
        return any(h.when for h in self.hyperparameters)

    @property
    def size(self) -> int | None:
        """Number of configurations; None if a domain is continuous."""
        counts = {h.name: h.domain.count() for h in self.hyperparameters}
        if None in counts.values():
            return None
        if not self.conditional:
            return math.prod(count or 0 for count in counts.values())
        # last first: of each hyperparameter, the configurations of itself and of all that hang on it
        below: dict[str, int] = {}
        for h in reversed(self.hyperparameters):
            children = [child for child in self.hyperparameters if h.name in child.when]
            below[h.name] = (
                sum(
                    math.prod(below[child.name] for child in children if value in child.when[h.name])
                    for value in h.domain.grid() or ()
                )
                if children
                else counts[h.name] or 0
            )
        return math.prod(below[h.name] for h in self.hyperparameters if not h.when)

    def grid(self) -> Iterator[Configuration]:
        """Every configuration, the last hyperparameter varying fastest.

        Raises
        ------
        ConfigurationError
            If a domain is continuous, or there are more than ``MAX_CONFIGURATIONS``.
        """
        for h in self.hyperparameters:
            if h.domain.count() is None:
                raise ConfigurationError(f"space.{h.name}: a continuous domain has no grid; give a step or a choice")
        if (size := self.size or 0) > MAX_CONFIGURATIONS:
            raise ConfigurationError(
                f"space: a grid of {size:,} configurations is too large to go through, at most {MAX_CONFIGURATIONS:,} "
                "are; give fewer values, or take a method that draws"
            )
        return self._grown({}, 0, [h.domain.grid() or () for h in self.hyperparameters])

    def _grown(self, start: Configuration, at: int, grids: Sequence[tuple[Value, ...]]) -> Iterator[Configuration]:
        """Every configuration that begins with ``start``, which holds the active ones of the first ``at``."""
        if at == len(self.hyperparameters):
            yield start
            return
        h = self.hyperparameters[at]
        if not h.active(start):
            yield from self._grown(start, at + 1, grids)
            return
        for value in grids[at]:
            yield from self._grown({**start, h.name: value}, at + 1, grids)

    def activate(self, configuration: Mapping[str, Value]) -> Configuration:
        """``configuration`` without its inactive hyperparameters, in the space's order."""
        kept: Configuration = {}
        for h in self.hyperparameters:
            if h.name in configuration and h.active(kept):
                kept[h.name] = configuration[h.name]
        return kept

    def without_conditions(self) -> Space:
        """The space with every hyperparameter always active; ``activate`` makes its points those of this space."""
        return Space(tuple(replace(h, when={}) for h in self.hyperparameters))

    def without(self, names: Sequence[str]) -> Space:
        """The space without the hyperparameters ``names`` (none of which may be a condition's parent)."""
        return Space(tuple(h for h in self.hyperparameters if h.name not in names))


def canonical(configuration: Mapping[str, Any]) -> str:
    """A configuration as JSON text: sorted keys, plain Python values; equal configurations give equal texts."""
    return json.dumps(
        {name: plain(value) for name, value in configuration.items()}, sort_keys=True, separators=(",", ":")
    )


def plain(value: Any) -> Value:
    """A numpy scalar as the Python value it holds; anything else unchanged."""
    return value.item() if hasattr(value, "item") else value


def _read_domain(kind: str, text: Any, place: str) -> Domain:
    if kind == "choice":
        if not isinstance(text, Sequence) or isinstance(text, str) or not text:
            raise ConfigurationError(f"{place}: choice needs a list with at least one value")
        for value in text:
            if not isinstance(value, Value) or (isinstance(value, float) and not math.isfinite(value)):
                raise ConfigurationError(f"{place}: choice holds {value!r}; only numbers, words, true/false, null")
        if len({(type(v), v) for v in text}) != len(text):
            raise ConfigurationError(f"{place}: choice names a value twice")
        return Choice(tuple(text))
    if not isinstance(text, Mapping) or not {"low", "high"} <= set(text) <= {"low", "high", "step", "log"}:
        raise ConfigurationError(f"{place}: {kind} needs low and high, and may have step and log")
    number = int if kind == "int" else float
    bounds = [text["low"], text["high"], text.get("step", 1)]
    for value in bounds:
        if isinstance(value, bool) or not isinstance(value, int if number is int else int | float):
            raise ConfigurationError(f"{place}: {value!r} is not {'an integer' if number is int else 'a number'}")
        if not abs(value) <= MAX_BOUND:
            raise ConfigurationError(f"{place}: {value!r} is not finite, or out of all proportion")
    low, high = number(text["low"]), number(text["high"])
    step = number(text["step"]) if "step" in text else None
    log = text.get("log", False)
    if not isinstance(log, bool):
        raise ConfigurationError(f"{place}: log is true or false, found {log!r}")
    if low >= high:
        raise ConfigurationError(f"{place}: low ({low}) must be below high ({high})")
    if step is not None and (step <= 0 or step > high - low):
        raise ConfigurationError(f"{place}: step ({step}) must be positive and at most high - low ({high - low})")
    if log and low <= 0:
        raise ConfigurationError(f"{place}: a log scale needs low above 0, found {low}")
    if log and step is not None:
        raise ConfigurationError(f"{place}: step and log exclude each other")
    domain = Range(number, low, high, step, log)
    # before they are counted: a step next to nothing has more values than a number can hold
    if domain.spacing is not None and (high - low) / domain.spacing >= MAX_VALUES:
        raise ConfigurationError(
            f"{place}: has more than {MAX_VALUES:,} values, which cannot be told apart; give a larger step"
            + (", or log: true" if step is None else "")
        )
    last = low + ((domain.count() or 1) - 1) * step if step is not None else high
    if abs(last - high) > 1e-9 * (high - low):
        raise ConfigurationError(
            f"{place}: steps of {step} lead from {low} to {number(last):.12g}, not to high ({high}), which belongs to "
            "the domain; give another high or step"
        )
    return domain


def _read_condition(text: Any, earlier: Mapping[str, Hyperparameter], place: str) -> dict[str, tuple[Value, ...]]:
    if text is None:
        return {}
    if not isinstance(text, Mapping) or len(text) != 1:
        raise ConfigurationError(f"{place}.when: expected one {{hyperparameter: [values]}}")
    ((parent, values),) = text.items()
    if parent not in earlier or not isinstance(earlier[parent].domain, Choice):
        raise ConfigurationError(f"{place}.when: {parent!r} is not a choice given before this hyperparameter")
    values = tuple(values) if isinstance(values, list) else (values,)
    if not values or not all(earlier[parent].domain.contains(v) for v in values):
        raise ConfigurationError(f"{place}.when: {list(values)} are not all values of {parent}")
    return {parent: values}
