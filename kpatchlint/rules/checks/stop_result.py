# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape stop-result: what the stopped machine did is not asked for, although it may have gone wrong."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_boot_only
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.reached import names_in_call, reached
from kpatchlint.program.statements import statements_of
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.checks.result_dropped import dropped_calls
from kpatchlint.rules.records import Rule

_DEEP = 3  # functions whose result is handed up
_BELOW = 2  # calls from the callback down to what allocates


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``calls`` hand back what the function in their argument ``callback`` returns.

    What allocates is in the vocabulary (sleeps.toml, by mask). ``fix``.
    """

    calls: tuple[str, ...]
    callback: int
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call, in code that can run after boot."""
    for function in scope.functions:
        if not any(name.encode() in function.text for name in params.calls):
            continue
        for name, call in dropped_calls(function):
            if name not in params.calls or params.callback >= len(call.args):
                continue
            above = _above(program, function)
            said = _goes_wrong(program, function, call.args[params.callback], above is not None)
            if said and not is_boot_only(function, program.callers):
                learns = f": `{above.name}()` goes on and never learns of it" if above is not None else ""
                message = f"{said}, and `{function.name}()` drops what `{name}()` returns{learns}"
                yield finding_at(scope, rule, function, call.at, Words(message, "the result is dropped", params.fix))


def _goes_wrong(program: Program, function: Function, callback: ir.Expr, is_built_on: bool) -> str:
    """How the callback fails: by what it returns or, where a caller builds on it, with no way to say so."""
    match callback:
        case ir.Name(id=name) | ir.Unary(op="&", operand=ir.Name(id=name)):
            targets = program.resolver.functions(name, function.path)
        case _:
            return ""
    for target in targets:
        if _may_return_error(program, target, 0):
            return f"`{target.name}()` can return an error"
        what = _allocates(program, target) if is_built_on else ""
        if what:
            return f"`{target.name}()` allocates ({what}()) and has no way to say that it failed"
    return ""


def _may_return_error(program: Program, function: Function, depth: int) -> bool:
    """Whether some return is not a constant 0, nor the result of a function that only returns that."""
    return any(
        _is_nonzero(program, function, stmt.value, depth)
        for stmt in statements_of(function.body)
        if isinstance(stmt, ir.Return) and stmt.value is not None
    )


def _is_nonzero(program: Program, function: Function, value: ir.Expr, depth: int) -> bool:
    match value:
        case ir.Number(value=number):
            return number != 0
        case ir.Name(id=name):
            made = list(assigned(function, name))
            return depth < _DEEP and (not made or any(_is_nonzero(program, function, m, depth + 1) for m in made))
        case ir.Call(callee=ir.Name(id=name)):
            targets = program.resolver.functions(name, function.path)
            return depth >= _DEEP or not targets or any(_may_return_error(program, t, depth + 1) for t in targets)
        case _:
            return True


def _allocates(program: Program, callback: Function) -> str:
    """What the callback, or a function that it calls or hands on, allocates with; "" for nothing."""
    for found in reached(program, callback, _BELOW):
        for call in calls_of(found.function.body):
            for name in names_in_call(call):
                if name in program.lexicon.allocators:
                    return name
    return ""


def _above(program: Program, function: Function) -> Function | None:
    """Who could report a failure, but calls a function that returns nothing."""
    if "void" not in function.body.specifiers.split():
        return None
    users = (u for u in program.callers.users(function) if "void" not in u.body.specifiers.split())
    return next(users, None)
