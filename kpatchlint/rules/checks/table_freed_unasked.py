# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape table-freed-unasked: a walk over a range frees a table, and nobody asked who else may have entries in it."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.events import Freed
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``tests`` are words of a test that asks: of the range's neighbours, or whether the table is empty; ``fix``."""

    tests: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function that frees a table of the kernel's with no such test in it."""
    tables = program.page_tables
    known = frozenset(params.tests)
    for function in scope.functions:
        if is_discarded(function):
            continue
        for freed in tables.events(function).frees:
            if not freed.is_table or freed.early or not _is_ranged(function, freed):
                continue
            if not tables.is_kernel(function, freed.clear.entry):
                continue
            if not _asks(program, function, known):
                words = Words(
                    f"`{function.name}()` frees the table below the {freed.clear.level} entry `{freed.clear.entry}`, "
                    "and does not ask whether it has entries for addresses outside the range",
                    "unhooked, whatever else is in the table",
                    params.fix,
                )
                yield finding_at(scope, rule, function, freed.clear.at, words)
                break


def _asks(program: Program, function: Function, known: frozenset[str]) -> bool:
    """Whether a test in the function asks for the range's neighbours, or for an entry that is none."""
    for node in program.walker.graph(function).nodes:
        words = words_of(show(node.expr)) if node.kind == "branch" and node.expr is not None else frozenset()
        if words & known or any(program.page_tables.words.effect(word) == "none" for word in words):
            return True
    return False


def _is_ranged(function: Function, freed: Freed) -> bool:
    """Whether the function is told a range: two numbers at least."""
    return sum("long" in p.type and "*" not in p.type for p in function.body.params) >= 2
