"""TensorFlow's start: the environment of a process that trains, a cache of programs, and the import in less time."""

from __future__ import annotations

import gc
import hashlib
import os
import platform
import sys
from pathlib import Path

THREADS = (
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
)  # fmt: skip
# said before TensorFlow is imported: one core, as `threads: 1` promises, and the same bytes on every machine that can
TRAINING_ENVIRONMENT = {
    **dict.fromkeys(THREADS, "1"),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
}
# what the workflow says to every job, which also draws and iterates over sets
JOB_ENVIRONMENT = {**TRAINING_ENVIRONMENT, "PYTHONHASHSEED": "0", "MPLBACKEND": "agg"}

_folder: Path | None = None
# the caches that the environment was set for: one at most
_configured: list[Path | None] = []


def program_folder() -> Path | None:
    """Where traced programs are kept; None before ``configure`` or if it was given no cache."""
    return _folder


def configure(cache_dir: Path | None = None) -> None:
    """Set ``TRAINING_ENVIRONMENT``, without effect on what the user has set himself, and the cache of programs.

    Parameters
    ----------
    cache_dir : Path, optional
        Folder of XLA's persistent cache, shared by all jobs; one subfolder per kind of processor and TensorFlow
        version, since the cache holds machine code. None: no cache on disk.

    Raises
    ------
    RuntimeError
        If TensorFlow is imported already, and not with this cache: it would not listen.
    """
    if "tensorflow" in sys.modules:
        if _configured == [cache_dir]:
            return
        raise RuntimeError("hpotrial.training.runtime.configure must come before the import of tensorflow")
    _configured[:] = [cache_dir]
    for name, value in TRAINING_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if cache_dir is not None and "TF_XLA_FLAGS" not in os.environ:
        global _folder
        root = cache_dir / processor_key()
        folder = root / "xla"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return
        _folder = root / "programs"
        # the flag is split at spaces, so a folder with one cannot be named
        if " " not in str(folder.resolve()):
            os.environ["TF_XLA_FLAGS"] = f"--tf_xla_persistent_cache_directory={folder.resolve()}"


def import_tensorflow() -> None:
    """Import TensorFlow and Keras in two thirds of the time: without garbage collection, and without matplotlib.

    Keras imports matplotlib for its plots, where it is there; a job that trains draws none. What is alive after the
    import stays so, and later collections need not look at it. Where both are imported, this does nothing.
    """
    if {"tensorflow", "keras"} <= set(sys.modules):
        return
    absent = "matplotlib" not in sys.modules
    collecting = gc.isenabled()
    gc.disable()
    if absent:
        sys.modules["matplotlib"] = None  # type: ignore[assignment]
    try:
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    finally:
        if absent:
            del sys.modules["matplotlib"]
        gc.freeze()
        if collecting:
            gc.enable()


def processor_key() -> str:
    """A short text that differs where machine code of one machine may not run on another."""
    from importlib.metadata import version

    described = [platform.machine(), version("tensorflow-cpu")]
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        described += sorted({line for line in lines if line.startswith(("flags", "Features", "model name"))})
    except OSError:
        described.append(platform.processor())
    return hashlib.sha256("\n".join(described).encode()).hexdigest()[:16]
