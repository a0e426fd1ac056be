"""The least values that a method's options may have."""

from typing import Any

from hpotrial.core.errors import ConfigurationError


def require_least(method: str, **options: tuple[Any, int]) -> None:
    """Raise ConfigurationError for the first option below its least value.

    Parameters
    ----------
    method
        Whose options they are, for the message.
    options
        Each with its value and the least that it may be; a value that is no number (a word, null) always may.
    """
    for name, (value, least) in options.items():
        if isinstance(value, int | float) and value < least:
            raise ConfigurationError(f"{method}: {name} must be {least} or more, found {value}")
