# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree becomes a program to ask, and a name on the command line the function that is meant."""

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.ask.records import Node
from kpatchlint.ask.vocabulary import belief
from kpatchlint.engine import DEFAULT_ARCH
from kpatchlint.program.code import Function
from kpatchlint.program.open import Workshop
from kpatchlint.program.program import Program
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.text.errors import UsageError
from kpatchlint.tree.base import open_tree

_WORD = re.compile(rb"[A-Za-z_]\w+")
_LETTERS = f"{string.ascii_lowercase}{string.digits}_"
_MACROS_DEEP = 4
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


def find_end(program: Program, asked: str) -> Function | str:
    """What a path may lead to: a function, or a name that the vocabulary knows, macro or not. Raises as above."""
    try:
        return find_function(program, asked)
    except UsageError:
        if belief(asked) and program.sources.defining(asked):
            return asked
        raise


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
        calls = _called_by(program, name, path, _MACROS_DEEP) or "a function"
        return f"{name} is a macro ({macros[0].path}:{macros[0].line}): ask for {calls}"
    near = next((w for w in _slips(name) if program.sources.defining(w)), None)
    return f"no function {name!r} in {where}" + (f", did you mean {near!r}?" if near else "")


def _called_by(program: Program, name: str, near: str, deep: int) -> str | None:
    """The first function that a macro calls, maybe through other macros."""
    found = program.resolver.macros(name, near) if deep else ()
    words = [w.decode() for use in found[:1] for w in _WORD.findall(use.macro.body) if w != name.encode()]
    own = next((word for word in words if program.resolver.functions(word, found[0].path)), None)
    return own or next((w for word in words if (w := _called_by(program, word, found[0].path, deep - 1))), None)


def _slips(name: str) -> Iterator[str]:
    """Names that *name* may be a slip of: another number of underscores, one letter more, less, other or swapped."""
    bare = name.strip("_")
    yield from (f"{'_' * count}{bare}" for count in range(4))
    ends = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    yield from (f"{a}{b[1]}{b[0]}{b[2:]}" for a, b in ends if len(b) > 1)
    yield from (f"{a}{b[1:]}" for a, b in ends if b)
    yield from (f"{a}{letter}{b}" for a, b in ends for letter in _LETTERS)
    yield from (f"{a}{letter}{b[1:]}" for a, b in ends if b for letter in _LETTERS)
