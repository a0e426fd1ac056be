"""Errors that a user can act on: one line that says what, where and what to do."""


class HpoTrialError(Exception):
    """Base of the errors that are shown as one line, without a traceback."""


class ConfigurationError(HpoTrialError):
    """The study's configuration asks for something that cannot be done."""


class DataError(HpoTrialError):
    """A raw file, a dataset or a split is not what it should be."""
