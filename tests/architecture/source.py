# SPDX-License-Identifier: GPL-2.0-or-later
"""The project's own source files become parsed modules for the architecture tests."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: path relative to the top, dotted parts of its module name, text and tree."""

    path: str
    parts: tuple[str, ...]
    text: str
    tree: ast.Module

    @property
    def stage(self) -> str:
        """ "facts" for kpatchlint/facts/scan.py, "engine" for kpatchlint/engine.py, "" for the package itself."""
        return self.parts[1] if len(self.parts) > 1 else ""

    @property
    def package(self) -> tuple[str, ...]:
        """What a relative import with one dot is relative to."""
        return self.parts if self.path.endswith("__init__.py") else self.parts[:-1]


@functools.cache
def read_modules(folder: str = "kpatchlint") -> tuple[Module, ...]:
    """Every Python file under *folder*."""
    modules = []
    for file in sorted((TOP / folder).rglob("*.py")):
        relative = file.relative_to(TOP)
        parts = relative.with_suffix("").parts
        text = file.read_text(encoding="utf-8")
        module = Module(
            path=str(relative),
            parts=parts[:-1] if parts[-1] == "__init__" else parts,
            text=text,
            tree=ast.parse(text, filename=str(relative)),
        )
        modules.append(module)
    return tuple(modules)


def imported_names(module: Module) -> Iterator[str]:
    """Dotted names that *module* imports anywhere, relative ones resolved; ``from a import b`` gives a and a.b."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.package[: len(module.package) - node.level + 1] if node.level else ()
            stem = ".".join((*base, *([node.module] if node.module else [])))
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def functions(module: Module) -> Iterator[FunctionNode]:
    """Every function and method of *module*, nested ones too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def tracked_files() -> tuple[str, ...]:
    """Paths of what git tracks, or of all files where there is no git (an unpacked sdist)."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=False)
    if done.returncode == 0 and done.stdout:
        return tuple(path.decode() for path in done.stdout.split(b"\0") if path)
    return tuple(str(path.relative_to(TOP)) for path in sorted(TOP.rglob("*")) if path.is_file())
