"""Speed against stock Keras and plain SciKeras, both sides in one run; writes benchmarks/results.json, prints ratios.

Run as `make bench`, about ten minutes on two idle cores. Every side is a process of its own without a cache, with one
thread unless said otherwise; ratios are of medians, and their spread is that of the single measurements.
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

from job_cost import default_arms, measured

from hpotrial.training.runtime import THREADS

HERE = Path(__file__).resolve().parent
SHARE_SEEDS = 10


def part(script: str, *arguments: str, threads: int = 1) -> dict[str, Any]:
    """What one script of this folder measured, in a process of its own."""
    environment = {**os.environ, **dict.fromkeys(THREADS, str(threads)), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        print(f"measuring {script} {' '.join(arguments)}, threads: {threads}", flush=True)
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


def mnist_epoch(floor: float) -> dict[str, Any]:
    """Seconds of an MNIST epoch with one thread and with all cores, and the ratios.

    Stock Keras is slower with more threads here, so the ratio that counts sets each engine's better setting against the
    other's.
    """
    cores = os.cpu_count() or 1
    seconds = {
        engine: {str(n): part("training_speed.py", "mnist", engine, threads=n)["epoch_seconds"] for n in {1, cores}}
        for engine in ("stock", "compiled")
    }
    best = {engine: min(by_threads.values(), key=statistics.median) for engine, by_threads in seconds.items()}
    one = statistics.median(seconds["compiled"]["1"])
    return {
        **spread(best["stock"], best["compiled"]),
        "one_thread": spread(seconds["stock"]["1"], seconds["compiled"]["1"]),
        "all_cores": spread(seconds["stock"][str(cores)], seconds["compiled"][str(cores)]),
        "stock_seconds": statistics.median(best["stock"]),
        "compiled_seconds": statistics.median(best["compiled"]),
        "matrix_products_seconds": floor,
        "matrix_products_share": floor / one,
        "seconds": seconds,
    }


def telecust_epochs(floor: dict[str, float]) -> dict[str, Any]:
    """Milliseconds of a telecust epoch at four corners, callbacks and validation included, and of its products."""
    seconds = part("training_speed.py", "telecust_epochs", "compiled")["epoch_seconds"]
    return {
        corner: {"milliseconds": 1000 * statistics.median(times), "least": 1000 * min(times),
                 "matrix_products_milliseconds": 1000 * floor[corner]}
        for corner, times in seconds.items()
    }  # fmt: skip


def share_of_training() -> dict[str, float]:
    """Of the processor's time of a study's runs, jobs and workers included, the share that trains; compiling is none.

    Five arms of the default study, as `job_cost.py` has them, from an empty cache of programs.
    """
    with tempfile.TemporaryDirectory() as folder:
        return measured(default_arms(SHARE_SEEDS, "shared"), Path(folder))


def main() -> None:
    """Measure, write, print."""
    load = os.getloadavg()[0]
    stock, compiled = (part("training_speed.py", "telecust", engine) for engine in ("stock", "compiled"))
    ours, plain = (part("grid_search_speed.py", side) for side in ("ours", "plain"))
    floor = part("arithmetic_limit.py")
    results = {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version(),
                    "keras": compiled["keras"], "numpy": compiled["numpy"]},
        # of the last minute: beyond 1 before, the cores had other work
        "load_before": load,
        "measured_on": time.strftime("%Y-%m-%d", time.gmtime()),
        "telecust_fits_per_second": fits_per_second(stock, compiled, ours["fits"]),
        "grid_search_fits_per_second": {
            "ratio": (plain["seconds"] / plain["fits"]) / (ours["seconds"] / ours["fits"]),
            "ratio_per_epoch": (plain["seconds"] / plain["epochs"]) / (ours["seconds"] / ours["epochs"]),
            "ours": ours, "plain": plain,
        },
        "mnist_epoch": mnist_epoch(floor["epoch_seconds"]),
        "telecust_epoch": telecust_epochs(floor["telecust_epoch_seconds"]),
        "training_share": share_of_training(),
        "startup": part("job_startup.py"),
        "telecust_fits": {"stock": stock, "compiled": compiled},
    }  # fmt: skip
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    report(results)


def report(results: dict[str, Any]) -> None:
    """The figures that are promised, one line each."""
    fits, grid, mnist = (
        results[name] for name in ("telecust_fits_per_second", "grid_search_fits_per_second", "mnist_epoch")
    )
    startup, share = results["startup"], results["training_share"]
    epochs = "\n".join(
        f"    {corner}: {found['milliseconds']:.2f} ms, {found['matrix_products_milliseconds']:.2f} ms of them products"
        for corner, found in results["telecust_epoch"].items()
    )
    print(f"""
telecust network, callbacks on, 8 corners, compiling spread over a 5-fold grid search:
    {fits["ratio"]:.0f} times as many fits per second as stock Keras ({fits["low"]:.0f} to {fits["high"]:.0f}; aim 30)
    {fits["stock_seconds_per_fit"]:.2f} s against {fits["compiled_seconds_per_fit"]:.3f} s a fit, \
{fits["compile_seconds_per_fit"]:.3f} s of it compiling
whole GridSearchCV, 5 folds, against plain SciKeras:
    {grid["ratio"]:.0f} times as many fits per second, {grid["ratio_per_epoch"]:.0f} times as many epochs (aim 30)
MNIST network, seconds per epoch, each engine with the number of threads that suits it:
    {mnist["ratio"]:.1f} times as fast as stock Keras ({mnist["low"]:.1f} to {mnist["high"]:.1f}; aim 6), \
{mnist["stock_seconds"]:.2f} s against {mnist["compiled_seconds"]:.2f} s
    both with one thread {mnist["one_thread"]["ratio"]:.1f}, both with all cores {mnist["all_cores"]["ratio"]:.1f}
    the matrix products alone, in numpy with one thread: {mnist["matrix_products_seconds"]:.2f} s, \
{100 * mnist["matrix_products_share"]:.0f} % of an epoch with one thread
telecust network, an epoch with validation and callbacks, and its matrix products alone in numpy:
{epochs}
share of training in the CPU time of {share["runs"]:.0f} runs with warm workers, from an empty cache of programs:
    {100 * share["share_of_training"]:.0f} %; {share["cpu_beyond_training_a_run"]:.2f} s a run beyond it
a job's time before its first fit:
    {100 * startup["share"]:.0f} % ({startup["startup_seconds"]:.1f} s of {startup["job_seconds"]:.1f} s; \
{startup["job"]})
written to benchmarks/results.json""")


if __name__ == "__main__":
    main()
