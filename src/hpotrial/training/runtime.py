"""TensorFlow's start: what must be said to it before its import (threads, a cache of programs), and the import."""

from __future__ import annotations

import gc
import hashlib
import os
import platform
import sys
from pathlib import Path

_folder: Path | None = None


def program_folder() -> Path | None:
    """Where traced programs are kept; None before ``configure`` or if it was given no cache."""
    return _folder


def configure(cache_dir: Path | None = None, threads: int = 1) -> None:
    """Set TensorFlow's environment; without effect on what the user has set himself.

    Parameters
    ----------
    cache_dir
        Folder of XLA's persistent cache, shared by all jobs; one subfolder per kind of processor and TensorFlow
        version, since the cache holds machine code. None: no cache on disk.
    threads
        Threads for one operation; a job of this study is one core.

    Raises
    ------
    RuntimeError
        If TensorFlow is imported already: it would not listen.
    """
    if "tensorflow" in sys.modules:
        raise RuntimeError("hpotrial.training.runtime.configure must come before the import of tensorflow")
    for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, str(threads))
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
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
    import stays so, and later collections need not look at it.
    """
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
