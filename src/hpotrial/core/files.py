"""Files that are either whole or not there, JSON artefacts, and arrays that give the same bytes every time."""

import json
import math
import os
import stat
import tempfile
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from hpotrial.core.errors import DataError

PACKAGE = Path(__file__).resolve().parents[1]


def bundled(path: str | Path) -> Path:
    """A file or folder of the repository that the library travels with: the workflow, its configurations, the report.

    Parameters
    ----------
    path : str or Path
        The path from the repository's root, as in ``workflow/Snakefile``.

    Returns
    -------
    Path
        Where it lies: in a clone, beside ``src``; in an installed package, inside it.
    """
    inside = PACKAGE / "bundle"
    return (inside if inside.is_dir() else PACKAGE.parents[1]) / path


def own_or_bundled(path: str | Path) -> Path:
    """A path as the user sees it; where nothing lies there, the repository's own file of that path, if it has one."""
    return Path(path) if os.path.exists(path) or not os.path.exists(bundled(path)) else bundled(path)


@contextmanager
def replacing(path: Path, *, first_stays: bool = False) -> Iterator[BinaryIO]:
    """A binary file to write; it takes the place of `path` at the end, and only if nothing went wrong.

    With `first_stays` it takes no other's place. Raises DataError if the folder or the file cannot be written.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            yield file
        os.chmod(temporary, 0o644)  # mkstemp hides the file from everybody else
        if not (first_stays and _linked(temporary, path)):
            os.replace(temporary, path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written ({error.strerror}): make {path.parent} writable, with room on the disk"
        ) from None
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                os.unlink(temporary)


def _linked(temporary: str, path: Path) -> bool:
    """Give a file another name, unless some file has it; False where the file system knows no second names."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    except OSError:
        return False
    return True


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step."""
    with replacing(path) as file:
        file.write(content)


def jsonable(value: Any) -> Any:
    """The same value in JSON's own types: mappings with text for keys, lists, no numpy; NaN and infinities are None."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_json(path: Path, value: Any, *, indent: int = 1, ensure_ascii: bool = True) -> None:
    """Write a value as JSON in one step, with a line end; equal values give equal bytes.

    Parameters
    ----------
    path : Path
        The file to write; its folder is made.
    value : Any
        What `json.dumps` takes; see `jsonable` for what it does not.
    indent : int
        Spaces for each level.
    ensure_ascii : bool
        Whether letters beyond ASCII are written as escapes.

    Raises
    ------
    ValueError
        The value holds NaN or an infinity, which JSON has no word for.
    DataError
        The file cannot be written.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=ensure_ascii, allow_nan=False)
    write_bytes(path, f"{text}\n".encode())


def read_json(path: Path, needs: Collection[str] = (), remedy: str = "run the workflow again") -> dict[str, Any]:
    """The JSON object in a file.

    Parameters
    ----------
    path : Path
        The file to read.
    needs : collection of str
        Keys that the object must have.
    remedy : str
        How the file is made again, as an error tells it.

    Raises
    ------
    DataError
        The file is missing, cannot be read, holds no JSON object, or lacks a key; one line with the remedy.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path} not found: {remedy}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as JSON ({type(error).__name__}): delete it and {remedy}") from None
    if not isinstance(found, dict):
        raise DataError(f"{path} holds no JSON object: delete it and {remedy}")
    if missing := sorted(set(needs) - set(found)):
        raise DataError(f"{path} lacks {', '.join(missing)}: delete it and {remedy}")
    return found


def save_npz(path: Path, arrays: Mapping[str, np.ndarray], *, first_stays: bool = False) -> None:
    """Write arrays as an npz without pickles; equal arrays give equal bytes.

    `numpy.savez` stamps each entry with the time of day. Nothing is compressed: a study reads far more often than it
    writes, and the bytes then do not hang on the version of zlib. `first_stays` is that of `replacing`.
    """
    with replacing(path, first_stays=first_stays) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as member:
                npy.write_array(member, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)


def load_npz(
    path: Path, names: tuple[str, ...] | None = None, *, remedy: str = "delete it and run the workflow again"
) -> dict[str, np.ndarray]:
    """The arrays called `names` of an npz, or all of them.

    Raises DataError if the file is missing, broken or lacks one of them.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            absent = [name for name in names or () if name not in archive]
            if absent:
                raise DataError(f"{path} lacks the array {absent[0]!r}: {remedy}")
            return {name: archive[name] for name in names or archive.files}
    except FileNotFoundError:
        raise DataError(f"{path} not found: run the workflow's data steps first") from None
    # what a broken header or a broken archive makes numpy and zipfile raise is not told in full anywhere
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} is not a readable npz ({type(error).__name__}): {remedy}") from None


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """At most `max_bytes + 1` bytes of a file, so that a far too large one does not fill the memory.

    Raises FileNotFoundError if there is none, DataError if it cannot be read or is no file but a folder, a pipe or a
    device, which may have no end.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise DataError(f"{path} cannot be read (it is no file): move it away")
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise DataError(f"{path} cannot be read ({reason}): make it readable, or move it away") from None
