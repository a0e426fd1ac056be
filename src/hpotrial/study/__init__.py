"""A study: its configuration read, checked, and resolved into datasets, arms and runs."""

from hpotrial.core.configuration import Arm, DatasetConfig, Run, Study, StudyArm, Training
from hpotrial.core.yaml_file import read_study_file
from hpotrial.study.loading import load_study

__all__ = ["Arm", "DatasetConfig", "Run", "Study", "StudyArm", "Training", "load_study", "read_study_file"]
