# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape stale-under-lock: what an entry led to is read before the lock is taken, and freed under it."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.pagetable.events import Freed
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``takes`` are the calls that take a lock; ``fix``."""

    takes: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a free of what was read too early, from an entry of the kernel's tables."""
    tables = program.page_tables
    for function in scope.functions:
        if is_discarded(function) or not any(name.encode() in function.text for name in params.takes):
            continue
        for freed in tables.events(function).frees:
            read = _read_too_early(function, freed, params)
            if read is not None and tables.is_kernel(function, freed.clear.entry):
                yield _finding(scope, (rule, params.fix), function, freed, read)


def _read_too_early(function: Function, freed: Freed, params: Params) -> ir.Expr | None:
    """Where the freed value was read from the entry, if a lock was taken between that and the clear."""
    call = next((c for c in calls_of(function.body) if c.at == freed.at), None)
    given = words_of(show(call)) if call is not None else frozenset()
    for name in sorted(given):
        values = [value for value in assigned(function, name) if freed.clear.entry in words_of(show(value))]
        if len(values) != 1 or len(list(assigned(function, name))) != 1:
            continue
        taken = (c for c in calls_of(function.body) if isinstance(c.callee, ir.Name) and c.callee.id in params.takes)
        if any(values[0].at < c.at < freed.clear.at for c in taken):
            return values[0]
    return None


def _finding(scope: Scope, rule: tuple[Rule, str], function: Function, freed: Freed, read: ir.Expr) -> Finding:
    words = Words(
        f"what `{freed.clear.entry}` leads to is read before the lock is taken and freed under it: by then the entry "
        "may lead elsewhere, and another one's memory is freed",
        "frees what was read before the lock was taken",
        rule[1],
    )
    finding = finding_at(scope, rule[0], function, freed.at, words)
    first = Step(
        path=function.path,
        line=function.line_at(read.at),
        function=function.name,
        code=function.code_at(read.at),
        why="the entry is read with no lock held",
    )
    return replace(finding, chain=(first, *finding.chain))
