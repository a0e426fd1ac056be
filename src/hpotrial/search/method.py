"""What a method is: a frozen dataclass whose fields are its options, with its search, its plan, and what it needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from hpotrial import models
from hpotrial.core.space import Space
from hpotrial.search.problem import Problem
from hpotrial.search.selection import Selection
from hpotrial.search.workload import Budget, Rows, longest


@dataclass(frozen=True)
class Method(ABC):
    """A search algorithm with its options: what each file in ``hpotrial/methods`` defines once.

    A subclass is a frozen dataclass as well. Its fields are its options, each with a type that a configuration can say
    (``int``, ``float``, ``str``, ``bool``, ``Literal[...]``, or one of several with ``|``), its bounds in
    ``Annotated``, and a default. A study refuses an option that is unknown, of another type, or out of bounds; the
    manual's table is made of the fields.

    Attributes
    ----------
    cv_kinds : tuple of str
        The cv-settings on which it can select: ``test``, ``holdout``, ``cv`` (any number of folds).
    libraries : tuple of str
        The libraries whose models it can tune: ``keras``, ``sklearn``.
    packages : tuple of str
        The packages that it searches with, as a package index calls them; each run records their versions.
    requires : tuple of str
        Modules that the main environment lacks. A study refuses an arm whose method lacks one, or leaves it out by name
        where it says ``optional: true``.
    extra : str
        The extra of this project that installs those modules.
    fixed_trials : bool
        Whether a search makes as many trials as ``plan`` says, unless a budget of epochs ends it; False where it may
        converge, or fits no configuration twice. A search that falls short of such a number is told of.
    shares_fits : bool
        Whether its fits are those of any other search that asks for the same configuration; False where it listens to
        their epochs itself, or gives them part of the rows or of the epochs.
    always_refits : bool
        Whether the search itself ends with a fit of its selection on all training rows.
    random : bool
        Whether another search seed may make another search.

    See Also
    --------
    hpotrial.search.problem.Problem : What a search is given.

    Notes
    -----
    A heavy library is imported inside ``search``, since a study's validation loads every method. All randomness follows
    from ``problem.search_seed``: the same seed must give the same trials.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from typing import Annotated
    >>> from annotated_types import Ge
    >>> from hpotrial.search.workload import of_draws_with_replacement
    >>> @dataclass(frozen=True)
    ... class FirstOfTheGrid(Method):
    ...     trials: Annotated[int, Ge(1)] = 10
    ...
    ...     def search(self, problem):
    ...         for _, configuration in zip(range(self.trials), problem.space.grid()):
    ...             problem.evaluate(configuration)
    ...         return problem.selected()
    ...
    ...     def plan(self, space, epochs):
    ...         return of_draws_with_replacement(space, epochs, self.trials)
    >>> space = Space.from_config({"neurons": {"choice": [4, 8, 16]}})
    >>> FirstOfTheGrid(trials=2).plan(space, epochs=5)
    Budget(trials=2, epochs=10.0, row_share=1.0)
    """

    cv_kinds: ClassVar[tuple[str, ...]] = ("test", "holdout", "cv")
    libraries: ClassVar[tuple[str, ...]] = tuple(models.LIBRARIES)
    packages: ClassVar[tuple[str, ...]] = ()
    requires: ClassVar[tuple[str, ...]] = ()
    extra: ClassVar[str] = ""
    fixed_trials: ClassVar[bool] = True
    shares_fits: ClassVar[bool] = True
    always_refits: ClassVar[bool] = False
    random: ClassVar[bool] = True

    @abstractmethod
    def search(self, problem: Problem) -> Selection | None:
        """Search, and say what was selected.

        Parameters
        ----------
        problem : Problem
            Rows, space, seed and budget of one run. Every trial is recorded there.

        Returns
        -------
        Selection or None
            The best configuration with its score, and a fitted model where the search has one; None if every trial
            failed.
        """

    @abstractmethod
    def plan(self, space: Space, epochs: int) -> Budget:
        """What ``search`` will ask for, known before it runs.

        Parameters
        ----------
        space : Space
            What is searched.
        epochs : int
            Epochs of a fit where the space does not search them.

        Raises
        ------
        ConfigurationError
            If the numbers do not fit together.
        """

    def check(self, space: Space) -> None:
        """Refuse, before any job starts, a space or options that cannot work together.

        Raises
        ------
        ConfigurationError
            In one line: what does not fit, and what to do.
        """
        return

    def rungs(self, space: Space, epochs: int, rows: Rows) -> int | None:
        """How often a configuration may be evaluated, each time with more; None where once is the method's way.

        A study refuses an arm that the rows leave one rung, where nothing would be halved.

        Parameters
        ----------
        space, epochs
            As of ``plan``.
        rows : Rows
            What the search is given.
        """
        return None

    def refit_epochs(self, space: Space, epochs: int) -> int:
        """The most epochs that a fit of the selection on all training rows may take; parameters as of ``plan``."""
        return longest(space, epochs)
