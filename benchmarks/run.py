"""Speed against stock Keras and plain SciKeras, both sides in one run; writes benchmarks/results.json, prints ratios.

Run as `make bench`, about ten minutes on two idle cores. Every side is a process of its own with one thread and no
cache; ratios are of medians, and their spread is that of the single measurements.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def part(script: str, *arguments: str) -> dict[str, Any]:
    """What one script of this folder measured, in a process of its own."""
    environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        print(f"measuring {script} {' '.join(arguments)} ...", flush=True)
        subprocess.run([sys.executable, str(HERE / script), *arguments, str(out)], check=True, env=environment)
        return json.loads(out.read_text(encoding="utf-8"))


def spread(slow: list[float], fast: list[float]) -> dict[str, float]:
    """The ratio of two medians, with the least and the greatest ratio that the measurements allow."""
    return {
        "ratio": statistics.median(slow) / statistics.median(fast),
        "low": min(slow) / max(fast),
        "high": max(slow) / min(fast),
    }


def fits_per_second(stock: dict[str, Any], compiled: dict[str, Any], grid_fits: int) -> dict[str, Any]:
    """Stock over compiled seconds of a mean fit over all corners, compiling spread over the fits of a grid search."""
    share = compiled["compile_seconds"] / grid_fits
    slow = [statistics.mean(times) for times in zip(*(c["seconds"] for c in stock["corners"]), strict=True)]
    fast = [statistics.mean(times) + share for times in zip(*(c["seconds"] for c in compiled["corners"]), strict=True)]
    corners = [
        statistics.median(s["seconds"]) / (statistics.median(c["seconds"]) + share)
        for s, c in zip(stock["corners"], compiled["corners"], strict=True)
    ]
    return {**spread(slow, fast), "stock_seconds_per_fit": statistics.median(slow),
            "compiled_seconds_per_fit": statistics.median(fast), "compile_seconds_per_fit": share,
            "ratio_by_corner": corners}  # fmt: skip


def main() -> None:
    """Measure, write, print."""
    stock, compiled = part("training_speed.py", "stock"), part("training_speed.py", "compiled")
    ours, plain = part("grid_search_speed.py", "ours"), part("grid_search_speed.py", "plain")
    startup, limit = part("job_startup.py"), part("arithmetic_limit.py")
    mnist = spread(stock["mnist_epoch_seconds"], compiled["mnist_epoch_seconds"])
    epoch = statistics.median(compiled["mnist_epoch_seconds"])
    results = {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version(),
                    "keras": compiled["keras"], "numpy": compiled["numpy"]},
        "measured_at": time.strftime("%Y-%m-%d", time.gmtime()),
        "telecust_fits_per_second": fits_per_second(stock, compiled, ours["fits"]),
        "grid_search_fits_per_second": {
            "ratio": (plain["seconds"] / plain["fits"]) / (ours["seconds"] / ours["fits"]),
            "ratio_per_epoch": (plain["seconds"] / plain["epochs"]) / (ours["seconds"] / ours["epochs"]),
            "ours": ours, "plain": plain,
        },
        "mnist_epoch": {**mnist, "stock_seconds": statistics.median(stock["mnist_epoch_seconds"]),
                        "compiled_seconds": epoch,
                        "share_of_matrix_product_speed": limit["epoch_seconds"] / epoch},
        "startup": startup,
        "raw": {"stock": stock, "compiled": compiled, "limit": limit},
    }  # fmt: skip
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    report(results)


def report(results: dict[str, Any]) -> None:
    """The figures that are promised, one line each."""
    fits, grid, mnist = (
        results[name] for name in ("telecust_fits_per_second", "grid_search_fits_per_second", "mnist_epoch")
    )
    startup = results["startup"]
    print(f"""
telecust network, callbacks on, 8 corners, compiling spread over a 5-fold grid search:
    {fits["ratio"]:.0f} times as many fits per second as stock Keras ({fits["low"]:.0f} to {fits["high"]:.0f}; aim 30)
    {fits["stock_seconds_per_fit"]:.2f} s against {fits["compiled_seconds_per_fit"]:.3f} s a fit, \
{fits["compile_seconds_per_fit"]:.3f} s of it compiling
whole GridSearchCV, 5 folds, against plain SciKeras:
    {grid["ratio"]:.0f} times as many fits per second, {grid["ratio_per_epoch"]:.0f} times as many epochs (aim 30)
MNIST network, seconds per epoch:
    {mnist["ratio"]:.1f} times as fast as stock Keras ({mnist["low"]:.1f} to {mnist["high"]:.1f}; aim 6)
    {mnist["stock_seconds"]:.2f} s against {mnist["compiled_seconds"]:.2f} s; \
its matrix products alone would take {100 * mnist["share_of_matrix_product_speed"]:.0f} % of that
a job's time before its first fit:
    {100 * startup["share"]:.0f} % ({startup["startup_seconds"]:.1f} s of {startup["job_seconds"]:.1f} s; \
{startup["job"]})
written to benchmarks/results.json""")


if __name__ == "__main__":
    main()
