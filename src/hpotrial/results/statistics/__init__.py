"""Tests, intervals and power for paired differences; pure functions of numbers; claims and tables are unknown here."""
