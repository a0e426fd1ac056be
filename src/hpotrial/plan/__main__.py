"""``python -m hpotrial.plan results/plan.csv``: print a plan as a table."""

import sys

import pandas as pd

from hpotrial.plan import summary

if __name__ == "__main__":
    print(summary(pd.read_csv(sys.argv[1])))
