"""The package: the library, and as `hpotrial.bundle` what lies beside it (pyproject.toml says which files)."""

from setuptools import find_packages, setup

# by its script's name this file is told from the bundle's
setup(script_name="setup.py", packages=[*find_packages("src"), "hpotrial.bundle"])
