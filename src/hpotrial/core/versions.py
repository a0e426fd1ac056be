"""What a result was computed with: the versions of Python and of packages."""

import contextlib
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version


def installed(packages: Iterable[str]) -> dict[str, str]:
    """The version of ``python``, then of each of the packages that is there; extras may not be."""
    found = {"python": platform.python_version()}
    for name in packages:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
