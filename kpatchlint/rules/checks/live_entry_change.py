# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape live-entry-change: an entry in use gets another value with nothing that makes the old one go first."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kpatchlint.facts.kconfig import parse_kconfig
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.code import Function
from kpatchlint.program.kconfig import is_kconfig
from kpatchlint.program.pagetable.changes import Overwrite
from kpatchlint.rules.checks._claims import live_change_notes
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``archs`` whose architecture forbids it; ``levels`` of entries; ``fix``.

    ``only_when_read``: only entries that the same path has looked through, so that they are live for certain.
    """

    archs: tuple[str, ...]
    levels: tuple[str, ...]
    only_when_read: bool
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding an entry of the kernel's tables that is overwritten."""
    if program.sources.arch not in params.archs:
        return
    tables = program.page_tables
    switched_on = _switched_on(program, scope)
    for function in scope.functions:
        if is_discarded(function) or function.path in switched_on or program.options.missing_for(function.path):
            continue
        for write in tables.changes(function).overwrites:
            if write.level not in params.levels or (params.only_when_read and not write.was_read):
                continue
            if tables.is_kernel(function, write.entry):
                yield _finding(scope, rule, params, function, write)


def _switched_on(program: Program, scope: Scope) -> frozenset[str]:
    """Files that are built only because of a select that the patch adds: there the select is the fault."""
    changed = {file.path for file in scope.files}
    found: set[str] = set()
    for file in scope.files:
        if is_kconfig(file.path):
            selects = [s for entry in parse_kconfig(file.source) for s in entry.selects if s.line in file.lines]
            found |= {path for select in selects for path in program.options.files_needing(select.value)}
    return frozenset(found - changed)


def _finding(scope: Scope, rule: Rule, params: Params, function: Function, write: Overwrite) -> Finding:
    because = "it is live: this path has looked through it" if write.was_read else "nothing says that it was empty"
    words = Words(
        message=(
            f"the {write.level} entry `{write.entry}` of the kernel's page tables gets another output address without "
            "break-before-make: no test that it was empty or may change so, no clear and invalidation before"
        ),
        why=f"the {write.level} entry gets another address; {because}",
        suggestion=params.fix,
    )
    return replace(finding_at(scope, rule, function, write.at, words), notes=live_change_notes(scope))
