"""The arms as one HTML page."""

import numpy as np
import pandas as pd

from hpotrial.core import metrics
from hpotrial.core.records import COUNTS, SCORES


def _with_interval(metric: str, mean: float, low: float, high: float) -> str:
    if np.isnan(mean):
        return ""
    factor, digits = (100, 1) if metrics.UNITS.get(metric) == "share" else (1, 3)
    shown = [f"{factor * value:.{digits}f}" for value in (mean, low, high)]
    return shown[0] if np.isnan(low) else f"{shown[0]} [{shown[1]}, {shown[2]}]"


def arms_page(arms: pd.DataFrame) -> str:
    """The arms as one HTML page: what `snakemake --report` shows in place, where it cannot show a CSV."""
    shown = arms[["dataset", "arm", "cv", "selects_on", "seeds"]].rename(columns={"selects_on": "score"})
    shown["dataset"] += np.where(arms["standin"], " (STAND-IN DATA)", "")
    for score in SCORES:
        values = arms[["selects_on", score, f"{score}_low", f"{score}_high"]]
        shown[score] = [_with_interval(*row) for row in values.itertuples(index=False)]
    for cost in (*COUNTS, "wall_seconds", "job_seconds"):
        digits = 0 if cost in COUNTS else 1
        shown[cost.replace("_", " ")] = ["" if np.isnan(mean) else f"{mean:,.{digits}f}" for mean in arms[cost]]
    left = ", ".join(f"{cell}.col{column}" for cell in ("td", "th") for column in range(4))
    styler = shown.style.hide(axis="index").set_uuid("arms").format(escape="html")
    styler.set_caption(
        "Means over seeds, with 95 % t-intervals of the mean in brackets, by the score that the arm maximised: in per "
        "cent, or in the metric's own unit; a loss negated. Costs are means of one run."
    )
    styler.set_table_styles(
        [
            {
                "selector": "",
                "props": "font: 13px sans-serif; border-collapse: collapse; border-bottom: 1px solid #888",
            },
            {"selector": "th", "props": "text-align: right; padding: 4px 10px; border-bottom: 1px solid #888"},
            {"selector": "td", "props": "text-align: right; padding: 3px 10px; font-variant-numeric: tabular-nums"},
            {"selector": left, "props": "text-align: left"},
            {"selector": "tbody tr:hover", "props": "background: #f0f4f8"},
            {"selector": "caption", "props": "text-align: left; padding: 6px 0"},
        ]
    )
    return str(styler.to_html(doctype_html=True))
