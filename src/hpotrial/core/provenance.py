"""Which files of the library a module is made of: itself and all it imports, found without importing anything.

The workflow declares them as a job's inputs, so that an edit reruns what it touches and nothing else.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE_ROOT = Path(__file__).resolve().parents[1]


def files_of(*modules: str) -> list[str]:
    """The files that the named modules depend on within this library, sorted, as absolute paths.

    Parameters
    ----------
    modules
        Dotted names such as ``hpotrial.methods.grid_loop``. What a module imports inside its functions counts too;
        what it loads by a computed name does not, and must be named here.

    Raises
    ------
    ModuleNotFoundError
        If a named module is not part of the library.
    """
    found: set[str] = set()
    waiting = list(modules)
    for name in modules:
        if _file(name) is None:
            raise ModuleNotFoundError(f"{name} is not a module of this library")
    while waiting:
        name = waiting.pop()
        # importing a.b.c runs a, a.b and a.b.c
        for depth in range(1, name.count(".") + 2):
            part = ".".join(name.split(".")[:depth])
            if part not in found and _file(part) is not None:
                found.add(part)
                waiting.extend(imports_of(part))
    return sorted(str(_file(name)) for name in found)


def fingerprint(*modules: str) -> str:
    """The first 16 digits of the SHA-256 over the names and contents of ``files_of(*modules)``."""
    digest = hashlib.sha256()
    for file in map(Path, files_of(*modules)):
        digest.update(str(file.relative_to(PACKAGE_ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def modules() -> list[str]:
    """The dotted names of all modules of the library, sorted."""
    names = []
    for path in PACKAGE_ROOT.rglob("*.py"):
        parts = path.relative_to(PACKAGE_ROOT.parent).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(names)


def imports_of(module: str) -> list[str]:
    """The modules that one module imports, its functions included; outside modules by their top-level name."""
    path = _file(module)
    if path is None:
        raise ModuleNotFoundError(f"{module} is not a module of this library")
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return sorted(set(_imports(path, package, path.stat().st_mtime_ns)))


def constant(module: str, name: str) -> Any:
    """The literal that a module assigns to ``name``, without importing the module; None if it assigns none."""
    path = _file(module)
    if path is None:
        raise ModuleNotFoundError(f"{module} is not a module of this library")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return ast.literal_eval(node.value)
    return None


@cache
def _imports(path: Path, package: str, _modified: int) -> tuple[str, ...]:
    return tuple(_walk(ast.parse(path.read_text(encoding="utf-8")), package))


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
            yield from (name for name in submodules if base.startswith(PACKAGE_ROOT.name) and _file(name) is not None)


def _known(name: str) -> str:
    return name if name.split(".")[0] == PACKAGE_ROOT.name else name.split(".")[0]


def _file(module: str) -> Path | None:
    parts = module.split(".")
    if parts[0] != PACKAGE_ROOT.name:
        return None
    folder = PACKAGE_ROOT.joinpath(*parts[1:])
    if (folder / "__init__.py").is_file():
        return folder / "__init__.py"
    file = folder.with_suffix(".py")
    return file if len(parts) > 1 and file.is_file() else None
