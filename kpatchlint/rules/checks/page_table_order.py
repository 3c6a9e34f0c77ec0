# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape page-table-order: an entry is cleared, invalidated and what was below it freed, in the wrong order or alone."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import msgspec

from kpatchlint.facts import ir
from kpatchlint.findings.records import Confidence, Finding, Severity, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.changes import Reuse
from kpatchlint.program.pagetable.engine import PageTables
from kpatchlint.program.pagetable.events import Clear, Freed, Reach
from kpatchlint.program.pagetable.marks import Fact
from kpatchlint.program.pagetable.serialised import CallPath, Serialisation
from kpatchlint.program.reached import names_in_call
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.checks._place import step_at
from kpatchlint.rules.checks._readers import audit_of, notes_of
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``fault``: what to look for; ``fix``: what to do instead.

    "unserialised": the entry of a table is cleared and its table freed while nothing keeps lockless walkers away.
    "free-before-flush": what was below is freed before the TLB is invalidated, or before the entry is cleared.
    "last-level-flush": a table is freed after an invalidation that leaves walk caches alone.
    "unsynced-detach": a user's table is taken out of use and nothing waits for the walkers in it.
    "freed-in-use": what an entry maps is freed, and the entry stays.
    """

    fault: Literal["unserialised", "free-before-flush", "last-level-flush", "unsynced-detach", "freed-in-use"]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Findings in every function in scope that clears entries of the kernel's tables."""
    tables = program.page_tables
    for function in scope.functions:
        if is_discarded(function):
            continue
        if params.fault == "unsynced-detach":
            for reuse in tables.changes(function).reuses:
                yield _reused(scope, (rule, params.fix), function, reuse)
            continue
        if params.fault == "freed-in-use":
            yield from _still_mapped(tables, scope, (rule, params.fix), function)
            continue
        for freed in tables.events(function).frees:
            if not tables.is_kernel(function, freed.clear.entry):
                continue
            if params.fault == "unserialised":
                yield from _unserialised(program, scope, (rule, params.fix), (function, freed))
            elif _is_wrong_order(params.fault, freed):
                finding = _out_of_order(tables, scope, (rule, params.fix), function, freed)
                yield _milder_when_batched(program, finding, function, freed)


def _is_wrong_order(fault: str, freed: Freed) -> bool:
    if fault == "last-level-flush":
        return not freed.early and freed.reach is Reach.LEAF and freed.is_table
    return freed.early or freed.reach is Reach.NOWHERE


def _unserialised(
    program: Program, scope: Scope, rule: tuple[Rule, str], at: tuple[Function, Freed]
) -> Iterator[Finding]:
    tables, (function, freed) = program.page_tables, at
    if freed.clear.was is Fact.LEAF or not freed.is_table or tables.events(function).clears[freed.clear]:
        return
    path = Serialisation(program, tables).open_path(function)
    if path is None:
        return
    level, entry = freed.clear.level, freed.clear.entry
    message = (
        f"`{function.name}()` clears the {level} entry `{entry}` of the kernel's page tables and frees the table below "
        "it, and nothing on this path keeps other walkers away: readers of these tables take no lock, "
        "init_mm.page_table_lock included"
    )
    steps = (*_call_steps(path), _clear_step(function, freed.clear), _free_step(function, freed))
    audit = audit_of(program, scope, function)
    finding = _finding(scope, rule, (function, freed.clear.at), message, steps)
    yield replace(finding, audit=audit, notes=notes_of(audit))


def _out_of_order(
    tables: PageTables, scope: Scope, rule: tuple[Rule, str], function: Function, freed: Freed
) -> Finding:
    below = "the table below it" if freed.is_table else "the memory that it maps"
    entry = f"the {freed.clear.level} entry `{freed.clear.entry}`"
    clear, free = _clear_step(function, freed.clear), _free_step(function, freed)
    if freed.early:
        message, steps = f"{below} is freed before {entry} is cleared: walkers may still follow it", (free, clear)
    elif freed.reach is Reach.LEAF:
        says = tables.words.flushes[freed.flush].says or "reaches cached translations only"
        message = f"{below} is freed after `{freed.flush}()`, which {says}: a walk may still use the cached {entry}"
        steps = (clear, free)
    else:
        message = f"{entry} is cleared and {below} freed with no TLB invalidation in between"
        steps = (clear, free)
    return _finding(scope, rule, (function, freed.at), message, steps)


def _milder_when_batched(program: Program, finding: Finding, function: Function, freed: Freed) -> Finding:
    """A callback for each entry may leave the invalidation to whoever handed it on, who does it once for all of them.

    What is freed can be used by others in between all the same, so it is told, but as a warning.
    """
    words = program.page_tables.words.flushes
    for user in program.callers.users(function) if freed.reach is Reach.NOWHERE and not freed.early else ():
        calls = [c for c in calls_of(user.body) if isinstance(c.callee, ir.Name)]
        handed = [c.at for c in calls if function.name in set(names_in_call(c)) and _called(c) != function.name]
        if handed and any(_called(c) in words and c.at > min(handed) for c in calls):
            note = f"`{user.name}()` invalidates later, once for all entries"
            severity = _paths.min_severity(finding.severity, Severity.WARNING)
            return replace(finding, severity=severity, confidence=Confidence.MEDIUM, notes=(*finding.notes, note))
    return finding


def _called(call: ir.Call) -> str:
    return call.callee.id if isinstance(call.callee, ir.Name) else ""


def _still_mapped(tables: PageTables, scope: Scope, rule: tuple[Rule, str], function: Function) -> Iterator[Finding]:
    for each in tables.events(function).mapped:
        if tables.is_kernel(function, each.entry):
            message = f"what `{each.entry}` of the kernel's page tables maps is freed, and the entry stays as it is"
            yield _finding(
                scope, rule, (function, each.at), message, (step_at(function, each.at, "the memory is freed"),)
            )


def _reused(scope: Scope, rule: tuple[Rule, str], function: Function, reuse: Reuse) -> Finding:
    taken = step_at(function, reuse.at, f"the table below `{reuse.entry}` is taken out of use")
    if reuse.again is None:
        message = f"the table below `{reuse.entry}` is taken out of use, and a path ends with nobody having waited for "
        return _finding(scope, rule, (function, reuse.at), message + "lockless walkers (GUP-fast) in it", (taken,))
    again = step_at(function, reuse.again, "the table is used again")
    message = f"the table below `{reuse.entry}` is used again while lockless walkers (GUP-fast) may still be in it"
    return _finding(scope, rule, (function, reuse.again), message, (taken, again))


def _finding(
    scope: Scope, rule: tuple[Rule, str], at: tuple[Function, int], message: str, steps: tuple[Step, ...]
) -> Finding:
    made, (function, offset) = rule[0], at
    severity, confidence = _paths.in_fragment(scope, (function,), (made.severity, made.confidence))
    return Finding(
        rule=made.id,
        kind=made.kind,
        severity=severity,
        confidence=confidence,
        path=function.path,
        line=function.line_at(offset),
        function=function.name,
        message=message,
        suggestion=rule[1],
        chain=steps,
    )


def _call_steps(path: CallPath) -> tuple[Step, ...]:
    return tuple(step_at(function, at, "calls on with nothing held") for function, at in path)


def _clear_step(function: Function, clear: Clear) -> Step:
    return step_at(function, clear.at, f"the {clear.level} entry is cleared")


def _free_step(function: Function, freed: Freed) -> Step:
    return step_at(function, freed.at, "the table is freed" if freed.is_table else "what it mapped is freed")
