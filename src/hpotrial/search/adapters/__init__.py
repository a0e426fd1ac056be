"""One file per library: what a problem is to its searches."""
