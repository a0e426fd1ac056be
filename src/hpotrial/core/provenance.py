"""What a result was made with: the library's files that a job is made of, their fingerprint, and packages' versions.

A module is made of itself and all it imports, found without importing anything. The workflow hands every job the
fingerprint of its code, so that an edit reruns what it touches and nothing else.
"""

import ast
import contextlib
import hashlib
import platform
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from hpotrial.core.files import PACKAGE, write_json

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def digests(*modules: str) -> dict[str, str]:
    """A digest of each file of the library that the named modules depend on.

    Comments, docstrings, line breaks and the layout of the code are not in it: what the file does is. Python 3.11 and
    3.12 give the same digests.

    Parameters
    ----------
    modules : str
        Dotted names such as ``hpotrial.methods.grid_loop``. What a module imports inside its functions counts too;
        what it loads by a computed name does not, and must be named here.

    Returns
    -------
    dict of str to str
        16 hexadecimal digits by path within the library, such as ``core/space.py``, sorted by path.

    Raises
    ------
    ModuleNotFoundError
        If a named module is not part of the library.

    Examples
    --------
    >>> sorted(digests("hpotrial.core.errors"))
    ['__init__.py', 'core/__init__.py', 'core/errors.py']
    """
    read = (_read(name) for name in _closure(modules))
    return {one.path: one.digest for one in sorted(read)}


def fingerprint(*modules: str) -> str:
    """16 hexadecimal digits that stand for all :func:`digests` of the named modules."""
    return fingerprint_of(digests(*modules))


def fingerprint_of(known: Mapping[str, str]) -> str:
    """The fingerprint of files of which these are the :func:`digests`."""
    return _short("\n".join(f"{file} {digest}" for file, digest in sorted(known.items())))


def of_search(method: str, model: str) -> tuple[str, ...]:
    """The modules that a search is made of: what runs it, its method and its model."""
    return "hpotrial.runs.run", f"hpotrial.methods.{method}", f"hpotrial.models.{model}"


def of_fit(model: str) -> tuple[str, ...]:
    """What decides what comes of a fit, whatever search asks for it: its model, and what trains and scores."""
    of_epochs = "hpotrial.training.callbacks", "hpotrial.core.metrics"
    return "hpotrial.training.building", *of_epochs, f"hpotrial.models.{model}"


def recorded(modules: Iterable[str], folder: Path | str | None) -> str:
    """The fingerprint of the named modules; a folder keeps their :func:`digests`, once for all jobs of one code.

    Parameters
    ----------
    modules : iterable of str
        Dotted names.
    folder : Path, str or None
        Where the digests go, into a file that is called by the fingerprint; None: nowhere.
    """
    known = digests(*modules)
    name = fingerprint_of(known)
    if folder is not None and not (record := Path(folder) / f"{name}.json").exists():
        write_json(record, known)
    return name


def checksum(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def installed(packages: Iterable[str]) -> dict[str, str]:
    """The version of ``python``, then of each of the packages that is there; extras may not be."""
    found = {"python": platform.python_version()}
    for name in packages:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def modules() -> list[str]:
    """The dotted names of all modules of the library, sorted."""
    names = []
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(names)


def imports_of(module: str) -> list[str]:
    """The modules that one module imports, its functions included; outside modules by their top-level name."""
    return list(_read(module).imports)


def constant(module: str, name: str) -> Any:
    """The literal that a module assigns to ``name``, without importing the module; None if it assigns none."""
    for node in ast.parse(_found(module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return ast.literal_eval(node.value)
    return None


class _Module(NamedTuple):
    """A file of the library: its path within it, a digest of what it does, and the modules that it imports."""

    path: str
    digest: str
    imports: tuple[str, ...]


def _read(module: str) -> _Module:
    path = _found(module)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return _parsed(path, package, path.stat().st_mtime_ns)


@cache
def _parsed(path: Path, package: str, _modified: int) -> _Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = tuple(sorted({*_walk(tree, package), *_members(tree, path, package)}))
    return _Module(path.relative_to(PACKAGE).as_posix(), _short(ascii(_meaning(tree))), imports)


def _closure(modules: Iterable[str]) -> set[str]:
    """The named modules of the library, and all of it that they import."""
    found: set[str] = set()
    waiting = [name for name in modules if _found(name)]
    while waiting:
        name = waiting.pop()
        # importing a.b.c runs a, a.b and a.b.c
        for depth in range(1, name.count(".") + 2):
            part = ".".join(name.split(".")[:depth])
            if part not in found and _file(part) is not None:
                found.add(part)
                waiting.extend(imports_of(part))
    return found


def _meaning(node: Any) -> Any:
    """A syntax tree as nested tuples, without docstrings and without what Python versions say differently."""
    if isinstance(node, list):
        return [_meaning(each) for each in node]
    if not isinstance(node, ast.AST):
        return node
    said: list[Any] = [type(node).__name__]
    for name in node._fields:
        value: Any = getattr(node, name, None)
        if name == "body" and isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            value = value[1:]
        elif isinstance(node, ast.JoinedStr):
            # Python 3.12 ends some formats with an empty text
            value = [part for part in value if not (isinstance(part, ast.Constant) and part.value == "")]
        # whether a name is read or written follows from where it stands
        if name != "ctx" and value is not None and value != []:
            said.append((name, _meaning(value)))
    return said


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _walk(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (_known(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            yield _known(base)
            # `from hpotrial.methods import grid_loop` imports a module, `... import names` does not
            submodules = (f"{base}.{alias.name}" for alias in node.names)
            yield from (name for name in submodules if base.startswith(PACKAGE.name) and _file(name) is not None)


def _members(tree: ast.Module, path: Path, package: str) -> list[str]:
    """The files of a package that uses them all without naming one, and says ``ALL_FILES_ARE_USED``."""
    says = any(isinstance(node, ast.Assign) and ast.unparse(node) == "ALL_FILES_ARE_USED = True" for node in tree.body)
    return [f"{package}.{file.stem}" for file in path.parent.glob("*.py") if file != path] if says else []


def _known(name: str) -> str:
    return name if name.split(".")[0] == PACKAGE.name else name.split(".")[0]


def _found(module: str) -> Path:
    path = _file(module)
    if path is None:
        raise ModuleNotFoundError(f"{module} is not a module of this library")
    return path


def _file(module: str) -> Path | None:
    parts = module.split(".")
    if parts[0] != PACKAGE.name:
        return None
    folder = PACKAGE.joinpath(*parts[1:])
    if (folder / "__init__.py").is_file():
        return folder / "__init__.py"
    file = folder.with_suffix(".py")
    return file if len(parts) > 1 and file.is_file() else None
