# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape live-attribute-change: a live kernel entry gets attributes that its architecture says may not change."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.guarded import is_reached_without
from kpatchlint.program.pagetable.attributes import Attributes, BitChange
from kpatchlint.rules.checks._claims import live_change_notes
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """On ``archs``, ``setters`` and ``clearers`` (value, bits) change bits of a value.

    Those in the variable ``mask`` of the function ``guard`` may change on a live entry, and ``free`` in any case (it
    is taken down); ``never_cleared`` may only be set. ``fix``.
    """

    archs: tuple[str, ...]
    setters: tuple[str, ...]
    clearers: tuple[str, ...]
    guard: str
    mask: str
    free: tuple[str, ...]
    never_cleared: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a store to an entry of the kernel's tables."""
    functions = [
        f for f in scope.functions if not is_discarded(f) and f.name != params.guard and _may_store(program, f)
    ]
    if program.sources.arch not in params.archs or not functions:
        return
    attributes = Attributes(program.resolver)
    allowed = attributes.allowed(params.guard, params.mask)
    if allowed is None:
        return
    for name in params.free:
        allowed |= attributes.bits(ir.Name(0, name), "") or 0
    kept = [attributes.bits(ir.Name(0, name), "") or 0 for name in params.never_cleared]
    for function in functions:
        for call, entry, value in _stores(program, function):
            changes = attributes.changes(function, value, frozenset(params.setters), frozenset(params.clearers))
            wrong = next((c for c in changes if _is_wrong(c, allowed, kept)), None)
            if wrong is not None and _is_live(program, function, call, entry, params):
                yield _finding(scope, (rule, params), function, (call, entry), wrong)


def _may_store(program: Program, function: Function) -> bool:
    calls = program.page_tables.words.calls
    return any(known.effect == "set" and name.encode() in function.text for name, known in calls.items())


def _is_wrong(change: BitChange, allowed: int, kept: list[int]) -> bool:
    return bool(change.bits & ~allowed) or (change.is_clear and any(change.bits & bit for bit in kept))


def _stores(program: Program, function: Function) -> Iterator[tuple[ir.Call, str, ir.Expr]]:
    """Calls that set an entry to a value that is made from the entry's own: (call, entry, value)."""
    calls = program.page_tables.words.calls
    for call in calls_of(function.body):
        known = calls.get(call.callee.id) if isinstance(call.callee, ir.Name) else None
        if known is None or known.effect != "set" or known.value is None or known.value >= len(call.args):
            continue
        entry, value = show(call.args[known.entry]), call.args[known.value]
        if _is_made_from(function, value, entry.removeprefix("&")):
            yield call, entry, value


def _is_made_from(function: Function, value: ir.Expr, entry: str) -> bool:
    """Whether the entry is read on the way to the value."""
    seen: set[str] = set()
    work = [value]
    while work:
        words = words_of(show(work.pop()))
        if words_of(entry) <= words:
            return True
        for name in words - seen:
            seen.add(name)
            work.extend(assigned(function, name))
    return False


def _is_live(program: Program, function: Function, call: ir.Call, entry: str, params: Params) -> bool:
    """Whether the entry is the kernel's and some path to the store has not taken it down, nor asked the guard."""
    tables = program.page_tables
    settling = [name for name, known in tables.words.calls.items() if known.effect in ("clear", "safe")]
    if not is_reached_without(program.walker.graph(function), call.at, (*settling, params.guard)):
        return False
    return tables.is_kernel(function, entry)


def _finding(
    scope: Scope, made: tuple[Rule, Params], function: Function, at: tuple[ir.Call, str], change: BitChange
) -> Finding:
    (rule, params), (call, entry) = made, at
    does = "clears" if change.is_clear else "sets"
    words = Words(
        f"`{change.call}()` {does} {change.text} in the live entry `{entry}` of the kernel's page tables, and "
        f"{params.guard}() does not allow that without break-before-make",
        "stored while the old entry may be in use",
        params.fix,
    )
    return replace(finding_at(scope, rule, function, call.at, words), notes=live_change_notes(scope))
