"""Write the table of README's section on speed anew from ``benchmarks/*.json``: ``python docs/write_speed.py``."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "README.md"


def table() -> str:
    """A row for each pair that was measured in one call: what, both sides' seconds, and how many times less that is."""
    head = ["| seconds | against | theirs | ours | ratio | measured |", "| --- | --- | ---: | ---: | ---: | --- |"]
    return "\n".join([*head, *_rows()])


def page(text: str) -> str:
    """README with what stands between the table's markers written anew."""
    return re.sub(r"<!-- speed -->\n.*?<!-- end -->", f"<!-- speed -->\n{table()}\n<!-- end -->", text, flags=re.DOTALL)


def _rows() -> Iterator[str]:
    results = _read("results")
    fit, grid, mnist = (
        results[name] for name in ("telecust_fits_per_second", "grid_search_fits_per_second", "mnist_epoch")
    )
    on = results["measured_on"]
    fits = fit["stock_seconds_per_fit"], fit["compiled_seconds_per_fit"]
    yield _row("a fit of telecust's network", "stock Keras", *fits, on)
    plain, here = (grid[side]["seconds"] / grid[side]["fits"] for side in ("plain", "ours"))
    yield _row("a fit of its grid with five folds", "plain SciKeras", plain, here, on)
    yield _row("an epoch of MNIST's network", "stock Keras", mnist["stock_seconds"], mnist["compiled_seconds"], on)
    jobs = _read("job_cost")
    for name, what in (("arms", "a run of telecust beside its training"), ("trivial", "a run of next to no work")):
        shared, alone = (
            sum(jobs[name][side][f"{part}_cpu_a_run"] for part in ("snakemake", "job", "worker"))
            - (jobs[name][side]["training_cpu_a_run"] if name == "arms" else 0)
            for side in ("shared", "none")
        )
        yield _row(f"{what}, of the processor", "`workers: none`", alone, shared, jobs["measured_on"])
    studies = _read("whole_study") if (ROOT / "benchmarks" / "whole_study.json").exists() else {}
    for name, told in studies.items():
        sides = (told["sides"][side] for side in ("before", "shared"))
        before, now = (sum(one["wall_seconds"] for one in side) / len(side) for side in sides)
        yield _row(f"a whole study: {name}", f"commit {told['before']}", before, now, told["measured_on"])


def _row(what: str, against: str, theirs: float, ours: float, measured_on: str) -> str:
    return f"| {what} | {against} | {theirs:.3g} | {ours:.3g} | {theirs / ours:.2g} | {measured_on} |"


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "benchmarks" / f"{name}.json").read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
