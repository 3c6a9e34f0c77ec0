# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape restless-range: tables are taken apart over a whole range, and nothing else gets the CPU in between."""

import re
from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_boot_only
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.reached import reached
from kpatchlint.program.statements import statements_of
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule

_BELOW = 4  # levels of tables
_ABOVE = 3  # callers of a walk of one table that may rest for it
_ENTRY = re.compile(r"\b(?:pgd|p4d|pud|pmd|pte)_t\s*\*")


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Loops that step by one of ``steps`` and whose body comes to one of ``works``, with none of ``rests``. ``fix``."""

    steps: tuple[str, ...]
    works: tuple[str, ...]
    rests: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a loop of the lowest level that has such a step: there a rest belongs."""
    rest = re.compile(rb"\b(?:%s)\b" % b"|".join(name.encode() for name in params.rests))
    for function in scope.functions:
        loop = _loop(function, params)
        if loop is None or rest.search(function.text) or not _is_kernels(program, function):
            continue
        if _is_done_below(program, function, params, rest) or not _works(program, function, params):
            continue
        if not is_boot_only(function, program.callers) and not _rests_above(program, function, rest):
            words = Words(
                f"`{function.name}()` takes the kernel's tables apart for as long as the range is, and never lets "
                "anybody else run: without preemption that is a soft lockup for a large range",
                "no rest in this loop, nor below it",
                params.fix,
            )
            yield finding_at(scope, rule, function, loop.at, words)


def _loop(function: Function, params: Params) -> ir.Loop | None:
    """The first loop that steps from entry to entry."""
    if not any(name.encode() in function.text for name in params.steps):
        return None
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.Loop):
            inner = ir.Body(name="", params=(), specifiers="", attributes="", body=(stmt,))
            if any(_name(call) in params.steps for call in calls_of(inner)):
                return stmt
    return None


def _is_kernels(program: Program, function: Function) -> bool:
    """Whether the entries that the function has in its hands are of the kernel's tables, and of no others."""
    names = [p.name for p in function.body.params if _ENTRY.search(p.type)]
    names += [s.name for s in statements_of(function.body) if isinstance(s, ir.Declare) and _ENTRY.search(s.type)]
    return any(program.page_tables.is_kernel(function, name) for name in names)


def _is_done_below(program: Program, function: Function, params: Params, rest: re.Pattern[bytes]) -> bool:
    """Whether a callee has such a loop itself: then it is told there, or rests there."""
    below = [found.function for found in reached(program, function, _BELOW) if found.way]
    return any(f != function and _loop(f, params) is not None for f in below) or any(rest.search(f.text) for f in below)


def _works(program: Program, function: Function, params: Params) -> bool:
    """Whether the walk takes away and does not fill: one that fills takes away only what is in its place."""
    words = program.page_tables.words.calls
    found = (f for r in reached(program, function, _BELOW) if not _is_primitive(program, (f := r.function)))
    names = {_name(call) for f in found for call in calls_of(f.body)}
    fills = any(name in words and words[name].effect == "set" for name in names)
    return not fills and not names.isdisjoint(params.works)


def _is_primitive(program: Program, function: Function) -> bool:
    """Whether the function is a word of the vocabulary itself: a clear stores an empty entry."""
    return function.name in program.page_tables.words.calls


def _rests_above(program: Program, function: Function, rest: re.Pattern[bytes], depth: int = 0) -> bool:
    """Whether every caller rests between its calls: then the range is what one call is given."""
    users = [u for u in program.callers.users(function) if any(_name(c) == function.name for c in calls_of(u.body))]
    if not users or depth >= _ABOVE:
        return False
    return all(rest.search(u.text) or _rests_above(program, u, rest, depth + 1) for u in users)


def _name(call: ir.Call) -> str:
    return call.callee.id if isinstance(call.callee, ir.Name) else ""
