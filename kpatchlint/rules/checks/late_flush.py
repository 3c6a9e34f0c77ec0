# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape late-flush: an entry is cleared under a lock, and the TLB invalidated when the lock is gone, or not at all."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.guarded import comes_too_late, is_never_followed
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """After one of ``clears``, one of ``flushes`` has to come before a call whose name ends in one of ``unlocks``.

    A function that names one of ``defers`` leaves it to somebody who counts. ``present`` are the tests of a value that
    say that it was in use: only then none at all is told. ``fix``.
    """

    clears: tuple[str, ...]
    unlocks: tuple[str, ...]
    flushes: tuple[str, ...]
    defers: tuple[str, ...]
    present: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function: the first clear that is not invalidated in time."""
    for function in scope.functions:
        text = function.text
        if scope.is_cut_off(function) or not any(name.encode() in text for name in params.clears):
            continue
        if any(name.encode() in text for name in params.defers):
            continue
        calls = [call for call in calls_of(function.body) if isinstance(call.callee, ir.Name)]
        unlocks = frozenset(name for call in calls if (name := _name(call)).endswith(params.unlocks))
        flushes = frozenset(name for call in calls if _flushes(program, function, (name := _name(call)), params))
        for call in (c for c in calls if unlocks and _name(c) in params.clears and _name(c) not in flushes):
            says = _fault(program, function, call, (unlocks, flushes), params)
            if says:
                words = Words(
                    f"`{_name(call)}()` clears an entry, and {says}: until then another CPU writes through the old "
                    "entry to a page that has moved or is freed",
                    "cleared under the lock, and no invalidation before the lock is dropped",
                    params.fix,
                )
                yield finding_at(scope, rule, function, call.at, words)
                break


def _fault(
    program: Program,
    function: Function,
    call: ir.Call,
    names: tuple[frozenset[str], frozenset[str]],
    params: Params,
) -> str:
    graph, (unlocks, flushes) = program.walker.graph(function), names
    if flushes:
        is_late = comes_too_late(graph, call.at, unlocks, flushes)
        return "the TLB is invalidated only after the lock is gone" if is_late else ""
    is_open = _was_present(function, call, params) and not is_never_followed(graph, call.at, unlocks)
    if is_open and not _caller_settles(program, function, params):
        return "the lock is dropped with no invalidation of the TLB, although the entry may have been present"
    return ""


def _flushes(program: Program, function: Function, name: str, params: Params) -> bool:
    """Whether a call invalidates: by its name, or by that of something that it calls itself.

    What clears an entry and invalidates says nothing of another entry.
    """
    if name in params.flushes:
        return True
    if name in params.clears or name.endswith(params.unlocks):
        return False
    bodies = [{_name(c) for c in calls_of(t.body)} for t in program.resolver.functions(name, function.path)]
    return any(not names.isdisjoint(params.flushes) and names.isdisjoint(params.clears) for names in bodies)


def _caller_settles(program: Program, function: Function, params: Params) -> bool:
    """Whether somebody who calls it invalidates, under a lock of its own: move_hugetlb_page_tables() does."""
    words = (*params.flushes, *params.defers)
    return any(word.encode() in user.text for user in program.callers.users(function) for word in words)


def _was_present(function: Function, clear: ir.Call, params: Params) -> bool:
    """Whether the code asks for the presence of what the clear gave."""
    for call in calls_of(function.body):
        if _name(call) in params.present and call.args:
            values = (value for name in words_of(show(call.args[0])) for value in assigned(function, name))
            if any(value.at == clear.at or show(clear) == show(value) for value in values):
                return True
    return False


def _name(call: ir.Call) -> str:
    return call.callee.id if isinstance(call.callee, ir.Name) else ""
