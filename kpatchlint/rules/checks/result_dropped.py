# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape result-dropped: what a call says of its failure is not looked at, where later code relies on its success."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_boot_only
from kpatchlint.program.code import Function
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.statements import statements_of
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.records import Rule

_FILES = 40  # for the count of other callers


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``calls`` can fail, and their callers build on what they did; ``fix``: what to do."""

    calls: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call that is a statement of its own, in code that can run after boot."""
    for function in scope.functions:
        if not any(name.encode() in function.text for name in params.calls):
            continue
        for name, call in dropped_calls(function):
            if name not in params.calls or is_boot_only(function, program.callers):
                continue
            if _can_fail(program, function, name):
                yield _finding(program, scope, (rule, params.fix), function, (name, call))


def dropped_calls(function: Function) -> Iterator[tuple[str, ir.Call]]:
    """Calls that are whole statements; a cast to void says that dropping the result is meant."""
    for stmt in statements_of(function.body):
        match stmt:
            case ir.Do(expr=ir.Call(callee=ir.Name(id=name)) as call):
                yield name, call
            case _:
                pass


def _can_fail(program: Program, function: Function, name: str) -> bool:
    """Whether some definition returns a number: one that became void cannot be at fault."""
    targets = program.resolver.functions(name, function.path)
    return any("void" not in t.body.specifiers.split() for t in targets)


def _finding(
    program: Program, scope: Scope, rule: tuple[Rule, str], function: Function, at: tuple[str, ir.Call]
) -> Finding:
    (made, fix), (name, call) = rule, at
    severity, confidence = _paths.in_fragment(scope, (function,), (made.severity, made.confidence))
    line = function.line_at(call.at)
    looking, others = _other_callers(program, function, name)
    count = f"; {looking} of its {others} other callers at run time look at it" if others else ""
    step = Step(
        path=function.path,
        line=line,
        function=function.name,
        code=function.code_at(call.at),
        why="the result is dropped",
    )
    return Finding(
        rule=made.id,
        kind=made.kind,
        severity=severity,
        confidence=confidence,
        path=function.path,
        line=line,
        function=function.name,
        message=f"`{name}()` can fail, and `{function.name}()` goes on as if it had not{count}",
        suggestion=fix,
        chain=(step,),
    )


def _other_callers(program: Program, function: Function, name: str) -> tuple[int, int]:
    """How many others that live on after boot look at the result, and how many there are."""
    looking = others = 0
    for path in program.sources.mentioning(name)[:_FILES]:
        for user in functions_naming(path, program.sources.read(path) or b"", name):
            if user == function or user.name == name or is_boot_only(user, program.callers):
                continue
            others += 1
            looking += not any(dropped == name for dropped, _ in dropped_calls(user))
    return looking, others
