"""Tests, intervals and power for paired differences; pure functions of numbers, which know nothing of claims or tables."""
