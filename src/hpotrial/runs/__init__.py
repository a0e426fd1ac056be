"""One run, and one documented configuration, from its inputs to its files."""
