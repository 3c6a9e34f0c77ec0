# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape additive-only: everybody is stopped, or tables are swapped, for a change that only adds."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_boot_only
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of ``calls`` is made by a function that, itself or in a function that it hands on, calls one of ``adds``.

    Not when there is a call of something whose name has one of *removing* in it. ``says``, ``fix``.
    """

    calls: tuple[str, ...]
    adds: tuple[str, ...]
    removing: tuple[str, ...]
    says: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call, in code that can run after boot."""
    for function in scope.functions:
        if not any(name.encode() in function.text for name in params.calls):
            continue
        for call in calls_of(function.body):
            if not isinstance(call.callee, ir.Name) or call.callee.id not in params.calls:
                continue
            names = frozenset(_called(program, function, call))
            is_removing = any(part in name for name in names for part in params.removing)
            if names & set(params.adds) and not is_removing and not is_boot_only(function, program.callers):
                words = Words(f"`{call.callee.id}()` {params.says}", "for a change that only adds", params.fix)
                yield finding_at(scope, rule, function, call.at, words)
                break


def _called(program: Program, function: Function, call: ir.Call) -> Iterator[str]:
    """What the function calls, and what the functions that *call* is handed do."""
    handed = [arg.id for arg in call.args if isinstance(arg, ir.Name)]
    bodies = [function, *(f for name in handed for f in program.resolver.functions(name, function.path))]
    for body in bodies:
        yield from (c.callee.id for c in calls_of(body.body) if isinstance(c.callee, ir.Name))
