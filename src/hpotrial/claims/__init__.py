"""The claims of the documents: their registry, the evidence in a study's tables, and the verdicts."""
