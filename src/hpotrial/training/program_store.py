"""Traced programs kept on disk, so that another job neither traces nor compiles them again.

Tracing a program takes TensorFlow a third of a second, and its functions get names that depend on all that was traced
before. XLA's persistent cache goes by those names, so a program traced anew seldom finds its machine code. Here the
functions that the first job traced get names of their own and are written down, and every job uses those.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.framework import function_pb2
from tensorflow.python.eager import context

_MAX_FILE_BYTES = 64 * 2**20


def stored(folder: Path | None, key: str, trace: Callable[[], Any], n_outputs: int) -> Callable[..., Sequence[Any]]:
    """A callable on tensors for the program ``key``.

    Parameters
    ----------
    folder : Path or None
        Where programs are kept; None: nowhere.
    key : str
        Text that is equal for equal programs only.
    trace : callable
        Makes the concrete function (of ``tf.function``) where the program is not kept yet.
    n_outputs : int
        Number of tensors that the program returns.
    """
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    path = folder / f"{name}.pb" if folder is not None else None
    library = _read(path) if path is not None else None
    if library is None:
        library = _library_of(trace(), name)
        if path is not None:
            library = _write(path, library)
    runtime = context.context()
    for function in library.function:
        if not runtime.has_function(function.signature.name):
            runtime.add_function_def(function)
    entry = library.function[0].signature.name.encode()
    return lambda *tensors: runtime.call_function(entry, list(tensors), n_outputs)


def _library_of(concrete: Any, prefix: str) -> Any:
    """The function and, after it, all that it calls, renamed to ``{prefix}_0``, ``{prefix}_1``, ..."""
    runtime = context.context()
    waiting, found = [concrete.name if isinstance(concrete.name, str) else concrete.name.decode()], {}
    while waiting:
        name = waiting.pop()
        if name not in found:
            definition = runtime.get_function_def(name).SerializeToString()
            found[name] = function_pb2.FunctionDef.FromString(definition)
            waiting += [f.name for f in _called(found[name])]
    new_names = {name: f"{prefix}_{i}" for i, name in enumerate(found)}
    for definition in found.values():
        for called in _called(definition):
            called.name = new_names[called.name]
        definition.signature.name = new_names[definition.signature.name]
    return function_pb2.FunctionDefLibrary(function=found.values())


def _called(definition: Any) -> Iterator[Any]:
    """The places in a function's nodes that name another function."""
    for node in definition.node_def:
        for attribute in node.attr.values():
            if attribute.HasField("func"):
                yield attribute.func
            yield from attribute.list.func


def _read(path: Path) -> Any | None:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            return None
        library = function_pb2.FunctionDefLibrary.FromString(path.read_bytes())
    except Exception:  # absent, unreadable or not a program: it is traced anew
        return None
    return library if library.function else None


def _write(path: Path, library: Any) -> Any:
    """Keep a program; if another job was first, its functions are the ones to use."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(library.SerializeToString(deterministic=True))
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
        os.unlink(name)
        return _read(path) or library
    return library


def key_of(*parts: Any) -> str:
    """The key of a program: what it was made from, with the versions of what made it."""
    code = [p.read_bytes() for p in sorted(Path(__file__).parent.glob("*.py"))]
    digest = hashlib.sha256(b"\0".join(code)).hexdigest()
    import keras

    return repr((parts, tf.__version__, keras.__version__, digest))
