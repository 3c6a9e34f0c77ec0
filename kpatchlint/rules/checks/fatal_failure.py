# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape fatal-failure: an allocation that fails stops the machine, in code that runs after boot."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kpatchlint.facts import ir
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_boot_only
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.flow import condition_text
from kpatchlint.program.reached import Reached, reached
from kpatchlint.program.statements import statements_of
from kpatchlint.rules.checks._place import Words, finding_at, step_at
from kpatchlint.rules.records import Rule

_DEEP = 2  # calls from changed code to code that only ran at boot so far


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What allocates is in the vocabulary (sleeps.toml, by mask); ``calls`` are others that fail for want of memory.

    ``asserts`` stop when their argument holds, ``stops`` whenever they are called; ``fix``.
    """

    calls: tuple[str, ...]
    asserts: tuple[str, ...]
    stops: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function that can run after boot, or that changed code makes run then."""
    words = (*params.asserts, *params.stops)
    told: set[Function] = set()
    for function in scope.functions:
        for found in _candidates(program, scope, function):
            if found.function in told or not any(word.encode() in found.function.text for word in words):
                continue
            stop = next(_stops(program, found.function, params), None)
            if stop is not None and _runs_after_boot(program, scope, function, found):
                told.add(found.function)
                yield _finding(scope, rule, params, found, stop)


def _candidates(program: Program, scope: Scope, function: Function) -> Iterator[Reached]:
    """The function, and what it leads to in its own file: helpers of boot code stand beside who uses them next."""
    if scope.whole:
        yield Reached(function)
    else:
        yield from reached(program, function, _DEEP, own_file=True)


def _runs_after_boot(program: Program, scope: Scope, function: Function, found: Reached) -> bool:
    """Whether *function* does, and whether what it reaches ran at boot only before it."""
    if is_boot_only(function, program.callers):
        return False
    return found.function == function or _ran_at_boot(program, scope, found.function)


def _ran_at_boot(program: Program, scope: Scope, function: Function) -> bool:
    """Whether all that names the function, but for the changed code, runs at boot."""
    others = [user for user in program.callers.users(function) if user not in scope.functions]
    return bool(others) and all(is_boot_only(user, program.callers) for user in others)


def _stops(program: Program, function: Function, params: Params) -> Iterator[tuple[int, str]]:
    """Offsets where the machine stops because something was not allocated, with what allocates."""
    for call in calls_of(function.body):
        if isinstance(call.callee, ir.Name) and call.callee.id in params.asserts and call.args:
            what = _failed(program, function, params, call.args[0])
            if what:
                yield call.at, what
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.If) and (what := _failed(program, function, params, stmt.cond)):
            for inner in stmt.then:
                match inner:
                    case ir.Do(expr=ir.Call(callee=ir.Name(id=name)) as call) if name in params.stops:
                        yield call.at, what
                    case _:
                        pass


def _failed(program: Program, function: Function, params: Params, cond: ir.Expr) -> str:
    """What allocates, when *cond* says that it gave nothing: ``!p``, ``p == NULL``, ``!alloc()``; else ""."""
    match cond:
        case ir.Binary(op="||"):
            return _failed(program, function, params, cond.left) or _failed(program, function, params, cond.right)
        case ir.Call(callee=ir.Name(id="likely" | "unlikely"), args=(inner,)):
            return _failed(program, function, params, inner)
        case ir.Unary(op="!", operand=expr) | ir.Binary(op="==", left=expr):
            pass
        case _:
            return ""
    if isinstance(cond, ir.Binary) and condition_text(cond)[1]:  # x == 5 is no test for nothing
        return ""
    match expr:
        case ir.Name(id=name):
            made = [value for value in assigned(function, name) if value.at < cond.at]
            return _allocates(program, params, max(made, key=lambda value: value.at)) if made else ""
        case ir.Assign(value=value):
            return _allocates(program, params, value)
        case _:
            return _allocates(program, params, expr)


def _allocates(program: Program, params: Params, expr: ir.Expr) -> str:
    match expr:
        case ir.Cast():
            return _allocates(program, params, expr.operand)
        case ir.Call(callee=ir.Name(id=name)) if name in params.calls:
            return name
        case ir.Call(callee=ir.Name(id=name)):
            return name if name in program.lexicon.allocators else ""
        case _:
            return ""


def _finding(scope: Scope, rule: Rule, params: Params, found: Reached, stop: tuple[int, str]) -> Finding:
    at, what = stop
    function = found.function
    runs = f"which `{found.way[0][0].name}()` calls after boot" if found.way else "which runs after boot, too"
    words = Words(
        f"when `{what}()` finds no memory in `{function.name}()`, {runs}, the machine stops instead of an error",
        "stops the machine",
        params.fix,
    )
    finding = finding_at(scope, rule, function, at, words)
    steps = (step_at(f, o, "leads there, and runs after boot") for f, o in found.way)
    return replace(finding, chain=(*steps, *finding.chain))
