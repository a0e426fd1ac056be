"""The package: the library, and as `hpotrial.bundle` what lies beside it (pyproject.toml says which files)."""

from setuptools import find_packages, setup

setup(packages=[*find_packages("src"), "hpotrial.bundle"])
