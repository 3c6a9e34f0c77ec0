# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree becomes a program to ask, and a name on the command line the function that is meant."""

import re
from dataclasses import dataclass

from kpatchlint.ask.records import Node
from kpatchlint.engine import DEFAULT_ARCH
from kpatchlint.program.code import Function
from kpatchlint.program.open import Workshop
from kpatchlint.program.program import Program
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.text.errors import UsageError
from kpatchlint.tree.base import open_tree

_WORD = re.compile(rb"[A-Za-z_]\w+")
_SHOWN = 6  # files that an ambiguous name is listed with


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The tree to ask, as the user names it; None: the one around the current folder, HEAD, arm64."""

    tree: str | None = None
    rev: str | None = None
    arch: str | None = None


def open_program(where: Where) -> Program:
    """The model of a tree without any patch. Raises UsageError when there is no such tree or architecture."""
    tree = open_tree(where.tree, where.rev)
    arch = where.arch or DEFAULT_ARCH
    if where.arch and tree.read(f"arch/{arch}/Kconfig") is None:
        raise UsageError(f"this tree has no architecture {arch!r}")
    return Workshop(own_vocabulary(), arch).program(tree)


def find_function(program: Program, asked: str) -> Function:
    """The function that *asked* names: "name", or "path:name" where several files have one of that name.

    Raises:
        UsageError: there is none, or there are several.
    """
    path, _, name = asked.rpartition(":")
    if path:
        found = program.resolver.in_file(path, name)
    else:
        found = program.resolver.functions(name, "") or _static_ones(program, name)
    paths = [*dict.fromkeys(function.path for function in found)]
    if not found:
        raise UsageError(_missing(program, name, path))
    if len(paths) > 1:
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        choices = ", ".join(f"{each}:{name}" for each in paths[:_SHOWN])
        raise UsageError(f"{name}() is defined in {len(paths)} files, say which: {choices}{more}")
    return found[0]


def node(function: Function) -> Node:
    """The function as an answer names it."""
    return Node(function.name, function.path, function.line)


def _static_ones(program: Program, name: str) -> tuple[Function, ...]:
    paths = program.sources.defining(name)
    return tuple(function for path in paths for function in program.resolver.in_file(path, name))


def _missing(program: Program, name: str, path: str) -> str:
    where = path or f"this tree for {program.sources.arch}"
    macros = program.resolver.macros(name, path)
    if macros:
        inside = [w.decode() for w in _WORD.findall(macros[0].macro.body)]
        calls = next((w for w in inside if w != name and program.resolver.functions(w, macros[0].path)), "a function")
        return f"{name} is a macro ({macros[0].path}:{macros[0].line}): ask for {calls}"
    return f"no function {name!r} in {where}"
