# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape size-relation: two sizes that a patch puts beside each other, or changes, as numbers in each configuration."""

import re
from collections.abc import Iterator

import msgspec

from kpatchlint.facts.parse import parse_expression
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.extents import Folder
from kpatchlint.rules.checks._place import Words, finding_on_line
from kpatchlint.rules.records import Rule

_UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``small`` is to be no smaller than each of ``large``, all macros; ``says`` of what they are, ``fix``.

    Reported where an added line names one of *triggers*.
    """

    small: str
    large: tuple[str, ...]
    triggers: tuple[str, ...]
    says: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a file, on its first such line."""
    word = re.compile(rf"\b(?:{'|'.join(params.triggers)})\b")
    for file in scope.files:
        if not file.path.endswith((".c", ".h")):
            continue
        lines = file.source.decode(errors="replace").split("\n")
        at = next((n for n in sorted(file.lines) if word.search(_code(lines[n - 1]))), None)
        smaller = _smaller(program, file.path, params) if at is not None else []
        if at is not None and smaller:
            message = f"{params.says}: {'; '.join(smaller)}"
            yield finding_on_line(rule, file, at, "", Words(message, "depends on the configuration", params.fix))


def _code(line: str) -> str:
    """The line without what is a comment by its look."""
    return "" if line.lstrip().startswith(("*", "/*", "//")) else line


def _smaller(program: Program, near: str, params: Params) -> list[str]:
    """One clause for each pair of numbers, with the first configuration that has it."""
    found: dict[str, str] = {}
    for configuration in program.lexicon.configurations:
        if configuration.arch != program.sources.arch:
            continue
        folder = Folder(program, configuration)
        small = folder.fold(parse_expression(params.small.encode()), near)
        for name in params.large:
            large = folder.fold(parse_expression(name.encode()), near)
            if small and large and small < large:
                numbers = f"{params.small} is {_size(small)} and {name} {_size(large)}"
                found.setdefault(numbers, f"{numbers} with {configuration.name}")
    return list(found.values())


def _size(count: int) -> str:
    return next((f"{count // unit} {name}" for unit, name in _UNITS if count % unit == 0), f"{count} bytes")
