# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape select-enables: an architecture selects what builds code that changes live entries of the kernel's tables."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import msgspec

from kpatchlint.facts.kconfig import parse_kconfig
from kpatchlint.findings.records import Finding, Step
from kpatchlint.patch.records import LineKind
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.code import Function
from kpatchlint.program.kconfig import Kconfig, is_kconfig
from kpatchlint.program.pagetable.changes import Overwrite
from kpatchlint.program.scope import ChangedFile, functions_of
from kpatchlint.rules.checks._claims import live_change_notes
from kpatchlint.rules.checks._place import Words, finding_on_line
from kpatchlint.rules.records import Rule

_SELECT = re.compile(rb"^[ \t]*select[ \t]+(\w+)")
_ALIKE = 0.8  # of the words of two symbols


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """On ``archs``, for entries of ``levels``; ``fix``.

    ``fault`` "added": a select that switches such code on. "gone": the patch takes away a select that the tree does not
    have, for what may have another name now.
    """

    archs: tuple[str, ...]
    levels: tuple[str, ...]
    fault: Literal["added", "gone"]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a select line."""
    arch = program.sources.arch
    if arch not in params.archs:
        return
    if params.fault == "gone":
        yield from _already_gone(program, scope, rule, params)
        return
    for file in scope.files:
        if not is_kconfig(file.path) or not file.path.startswith(f"arch/{arch}/"):
            continue
        for entry in parse_kconfig(file.source):
            for select in entry.selects:
                if select.line in file.lines:
                    yield from _enabled(program, scope, (rule, params), (file, select.line, entry.symbol), select.value)


def changes_behind(program: Program, symbol: str, levels: tuple[str, ...]) -> list[tuple[Function, Overwrite]]:
    """What files that need *symbol* do to live entries, by place."""
    tables, found = program.page_tables, []
    for path in program.options.files_needing(symbol):
        for function in functions_of(path, program.sources.read(path)):
            if is_discarded(function):
                continue
            for write in tables.changes(function).overwrites:
                if write.level in levels and tables.is_kernel(function, write.entry):
                    found.append((function, write))
    return found


def _enabled(
    program: Program, scope: Scope, made_by: tuple[Rule, Params], at: tuple[ChangedFile, int, str], symbol: str
) -> Iterator[Finding]:
    rule, params = made_by
    found = changes_behind(program, symbol, params.levels)
    if not found:
        return
    file, line, entry = at
    words = Words(
        message=(
            f"selecting {symbol} builds `{found[0][0].name}()`, which gives a live entry of the kernel's page tables "
            "another output address without break-before-make"
        ),
        why=f"switches on {found[0][0].path}",
        suggestion=params.fix,
    )
    made = finding_on_line(rule, file, line, entry, words)
    steps = (_step(function, write) for function, write in found)
    yield replace(made, chain=(*made.chain, *steps), notes=live_change_notes(scope))


def _already_gone(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Selects on the minus lines of the patch that the file does not have."""
    kconfig = program.once("kconfig", program, lambda: Kconfig(program.sources))
    for path, symbol in _removed_selects(scope):
        entry = next((e for e in kconfig.entries(path) if e.symbol == program.sources.arch.upper()), None)
        if entry is None or any(select.value == symbol for e in kconfig.entries(path) for select in e.selects):
            continue
        name = symbol if kconfig.definitions(symbol) else _alike(symbol, kconfig)
        is_selected = any(defined.path == path for defined, _ in kconfig.selectors(name)) if name else False
        found = changes_behind(program, name, params.levels) if name else []
        if is_selected or (found == [] and name == ""):
            continue
        renamed = f", which calls it {name}" if name and name != symbol else ""
        behind = "; ".join(f"{f.path}:{f.line_at(w.at)} `{f.name}()`" for f, w in found)
        message = f"the select of {symbol} that the patch takes away is already absent from this tree{renamed}"
        if behind:
            message += f"; with it these would change live entries without break-before-make: {behind}"
        file = ChangedFile(path, program.sources.read(path) or b"", frozenset())
        made = finding_on_line(rule, file, entry.line, entry.symbol, Words(message, "has no such select", params.fix))
        yield replace(made, notes=live_change_notes(scope) if found else ())


def _removed_selects(scope: Scope) -> Iterator[tuple[str, str]]:
    """(file, symbol) of each select on a minus line that has no place in the tree."""
    if scope.placed is None:
        return
    lost = {file.path: file.unplaced for file in scope.placed.files if is_kconfig(file.path)}
    for file in scope.placed.patch.files:
        for number in lost.get(file.path or "", ()):
            for line in file.hunks[number].lines:
                found = _SELECT.match(line.text) if line.kind is LineKind.REMOVED else None
                if found is not None:
                    yield file.path or "", found.group(1).decode()


def _alike(symbol: str, kconfig: Kconfig) -> str:
    """The defined symbol that is made of nearly the same words, or ""."""
    words = set(symbol.split("_"))

    def likeness(other: str) -> float:
        others = set(other.split("_"))
        return len(words & others) / len(words | others)

    best = max(kconfig.symbols(), key=likeness, default="")
    return best if best and likeness(best) >= _ALIKE else ""


def _step(function: Function, write: Overwrite) -> Step:
    return Step(
        path=function.path,
        line=function.line_at(write.at),
        function=function.name,
        code=function.code_at(write.at),
        why=f"the {write.level} entry `{write.entry}` gets another address while it is live",
    )
