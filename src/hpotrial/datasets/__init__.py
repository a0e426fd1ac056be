"""Datasets: raw files found or replaced by a stand-in, turned into arrays by their kind, split by a seed."""
