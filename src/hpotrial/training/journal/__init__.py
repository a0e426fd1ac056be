"""The finished fits of a run, written down as they end, so that a run that was killed takes them up again."""

from hpotrial.training.journal.file import Journal, JournalMismatch, opened

__all__ = ["Journal", "JournalMismatch", "opened"]
