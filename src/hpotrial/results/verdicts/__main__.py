"""``python -m hpotrial.results.verdicts VERDICTS PLAN OUT``: seeds that each claim needs, their cost."""

import sys
from pathlib import Path

import pandas as pd

from hpotrial.core.errors import DataError
from hpotrial.core.files import read_json
from hpotrial.results.verdicts.power_analysis import CONCLUSIVE_SHARE, power_table, seeds_for_share


def main(arguments: list[str]) -> int:
    """Print the table, write it as CSV, and return 0; 1 with one line where its inputs are not there."""
    if len(arguments) != 3:
        print("error: say verdicts.json, plan.csv and the CSV to write", file=sys.stderr)
        return 1
    verdicts_json, plan_csv, out = map(Path, arguments)
    try:
        verdicts = read_json(verdicts_json)
        plan = pd.read_csv(plan_csv)
    except (DataError, OSError, ValueError) as error:
        print(f"error: {error}; run the study first (`make`), or a small one (`make quick`)", file=sys.stderr)
        return 1
    table = power_table(verdicts, plan)
    out.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(out, index=False, lineterminator="\n")
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}", na_rep="-"))
    seeds = seeds_for_share(table)
    share = f"{CONCLUSIVE_SHARE:.0%} of the {len(table)} primary judgements"
    print(f"seeds for a conclusive verdict on {share}: {seeds if seeds else 'not to be had at these margins'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
