"""Warm processes that runs share: a job is a client, and a worker executes run after run."""
