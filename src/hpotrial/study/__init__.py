"""A study: its configuration read, checked, and resolved into datasets, arms and runs."""

from hpotrial.study.loading import load_study
from hpotrial.study.parts import Arm, DatasetConfig, Run, Study
from hpotrial.study.reading import read_study_file

__all__ = ["Arm", "DatasetConfig", "Run", "Study", "load_study", "read_study_file"]
