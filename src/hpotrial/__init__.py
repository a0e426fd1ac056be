"""HPO on Trial: hyperparameter searches compared fairly, and the claims made about them put to the test."""

__version__ = "0.1.0"
