"""Verdicts on the claims: the evidence in a study's tables, the tests, the decisions."""
