# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape boot-only-call: something that only works while one CPU runs is called from code that lives on."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import asserts, is_boot_only
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``calls`` are for boot only; ``says`` why; ``fix`` what to do instead.

    With *only_with*, only calls whose first argument names one of these. A call whose first argument is one of
    *harmless* is let through, unless the called function itself asserts that *finished* (a predicate) does not hold
    yet.
    """

    calls: tuple[str, ...]
    only_with: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    finished: str = ""
    says: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call in code that is reachable after boot."""
    for function in scope.functions:
        if not any(name.encode() in function.text for name in params.calls):
            continue
        for call in calls_of(function.body):
            if not isinstance(call.callee, ir.Name) or call.callee.id not in params.calls:
                continue
            if _is_harmless(program, function, call, params) or is_boot_only(function, program.callers):
                continue
            yield _finding(scope, rule, params, function, call)


def _is_harmless(program: Program, function: Function, call: ir.Call, params: Params) -> bool:
    assert isinstance(call.callee, ir.Name)
    words = words_of(show(call.args[0])) if call.args else frozenset()
    if params.only_with and not words & set(params.only_with):
        return True
    if not words & set(params.harmless):
        return False
    targets = program.resolver.functions(call.callee.id, function.path)
    return not any(asserts(target, params.finished) for target in targets)


def _finding(scope: Scope, rule: Rule, params: Params, function: Function, call: ir.Call) -> Finding:
    words = Words(
        message=f"`{function.name}()` can run after boot, and `{show(call.callee)}()` {params.says}",
        why="not __init, nor are all its callers",
        suggestion=params.fix,
    )
    return finding_at(scope, rule, function, call.at, words)
