# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape unlocked-call: something is called that needs a table lock, and some path gets there without it."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.serialised import CallPath, Serialisation
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.checks._place import step_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``calls`` need ``lock`` (an id in vocabulary/tables.toml); ``fix``."""

    calls: tuple[str, ...]
    lock: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function and callee, with the path that leads there with nothing held."""
    tables = program.page_tables
    for function in scope.functions:
        if is_discarded(function) or function.name in params.calls:
            continue
        if not any(name.encode() in function.text for name in params.calls):
            continue
        serialisation = Serialisation(program, tables)
        locks = tables.locks(function)
        for call in calls_of(function.body):
            if not isinstance(call.callee, ir.Name) or call.callee.id not in params.calls:
                continue
            if call.at not in locks or params.lock in locks[call.at]:
                continue
            takes_it = any(params.lock in held for held in locks.values())
            path = () if takes_it else serialisation.open_path(function)
            if path is not None:
                yield _finding(scope, rule, params, (function, call, call.callee.id), path)


def _finding(scope: Scope, rule: Rule, params: Params, at: tuple[Function, ir.Call, str], path: CallPath) -> Finding:
    function, call, name = at
    severity, confidence = _paths.in_fragment(scope, (function,), (rule.severity, rule.confidence))
    steps = [step_at(f, offset, "calls on with nothing held") for f, offset in path]
    steps.append(step_at(function, call.at, f"{params.lock} is not held here"))
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=function.path,
        line=function.line_at(call.at),
        function=function.name,
        message=f"`{name}()` needs {params.lock}, and a path through `{function.name}()` calls it without",
        suggestion=params.fix,
        chain=tuple(steps),
    )
