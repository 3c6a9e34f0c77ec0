# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape exposed-call: something that nothing may interrupt, or that two may not do at once, is done unprotected."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_boot_only, is_discarded
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.guarded import is_reached_without
from kpatchlint.program.pagetable.serialised import is_in_a_table
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule

_MANY = 60  # functions above one that is asked about


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """On ``archs``, one of ``calls`` is made, by name or through a variable that got its address; ``says``, ``fix``.

    Not when one of *before* has been called on every path to it, or when the function or all of its callers name one of
    *locks*. Calls whose first argument names one of *harmless* are let through, with *boot_is_fine* code that only runs
    at boot, and with *tables_are_fine* code whose callers are only known by a table that it stands in.
    """

    archs: tuple[str, ...]
    calls: tuple[str, ...]
    before: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    boot_is_fine: bool = True
    tables_are_fine: bool = False
    says: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function and callee."""
    if program.sources.arch not in params.archs:
        return
    for function in scope.functions:
        if function.name in params.calls or not any(name.encode() in function.text for name in params.calls):
            continue
        told: set[str] = set()
        for call, name in _calls(function, params):
            if name in told or _is_harmless(call, params) or _is_covered(program, function, params):
                continue
            if params.before and not is_reached_without(program.walker.graph(function), call.at, params.before):
                continue
            if params.boot_is_fine and is_boot_only(function, program.callers):
                continue
            told.add(name)
            words = Words(f"`{name}()` {params.says}", "nothing before it, and nobody above, sees to that", params.fix)
            yield finding_at(scope, rule, function, call.at, words)


def _calls(function: Function, params: Params) -> Iterator[tuple[ir.Call, str]]:
    for call in calls_of(function.body):
        if not isinstance(call.callee, ir.Name):
            continue
        if call.callee.id in params.calls:
            yield call, call.callee.id
            continue
        made = frozenset[str]().union(*(words_of(show(value)) for value in assigned(function, call.callee.id)))
        for name in sorted(made & set(params.calls)):
            yield call, name


def _is_harmless(call: ir.Call, params: Params) -> bool:
    return bool(call.args) and bool(words_of(show(call.args[0])) & set(params.harmless))


def _is_covered(program: Program, function: Function, params: Params) -> bool:
    """Whether every way up from the function comes to one that names a lock, or that only runs at boot."""
    if not params.locks:
        return False
    work, seen = [function], set[Function]()
    while work:
        each = work.pop()
        if each in seen:
            continue
        seen.add(each)
        if is_discarded(each) or _words(each) & set(params.locks):
            continue
        users = [u for u in program.callers.users(each) if each.name in _words(u)]
        if not users and params.tables_are_fine and is_in_a_table(program, each):
            continue
        if not users or len(seen) > _MANY:
            return False
        work.extend(users)
    return True


def _words(function: Function) -> frozenset[str]:
    """The words of the code, without those of its comments."""
    return words_of(blank_comments(function.text).decode(errors="replace"))
