# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape result-unasked: an allocation gives a number, zero if it failed, and it is computed with and never tested."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import parts_of
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.failure import kept_results
from kpatchlint.program.statements import expressions_of, statements_of
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule

_ASKING = frozenset({"==", "!=", "<", ">", "<=", ">=", "&&", "||"})


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``calls`` give zero when they fail; ``uses`` rely on an address that they are given; ``fix``."""

    calls: tuple[str, ...]
    uses: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call."""
    for function in scope.functions:
        if not any(name.encode() in function.text for name in params.calls):
            continue
        for call, name in kept_results(function):
            if not isinstance(call.callee, ir.Name) or call.callee.id not in params.calls:
                continue
            if not _is_asked(function, name) and _is_relied_on(function, name, params):
                words = Words(
                    f"`{call.callee.id}()` may fail and give 0, `{name}` is never tested, and addresses are made of it",
                    f"`{name}` may be 0",
                    params.fix,
                )
                yield finding_at(scope, rule, function, call.at, words)


def _is_asked(function: Function, name: str) -> bool:
    """Whether anything in the function tests the variable, or hands it back for the caller to test."""
    for stmt in statements_of(function.body):
        match stmt:
            case ir.If(cond=cond) | ir.Return(value=cond) | ir.Switch(cond=cond) if cond is not None:
                if name in words_of(show(cond)):
                    return True
            case ir.Loop(cond=cond) if cond is not None and name in words_of(show(cond)):
                return True
            case _:
                pass
    return any(_asks(expr, name) for expr in expressions_of(function.body))


def _asks(expr: ir.Expr, name: str) -> bool:
    match expr:
        case ir.Unary(op="!", operand=operand) if name in words_of(show(operand)):
            return True
        case ir.Binary(op=op) if op in _ASKING and name in words_of(show(expr)):
            return True
        case ir.Ternary(cond=cond) if name in words_of(show(cond)):
            return True
        case _:
            return any(_asks(part, name) for part in parts_of(expr))


def _is_relied_on(function: Function, name: str, params: Params) -> bool:
    return any(_relies(expr, name, params) for expr in expressions_of(function.body))


def _relies(expr: ir.Expr, name: str, params: Params) -> bool:
    match expr:
        case ir.Binary(op="+" | "-", left=ir.Name(id=left)) if left == name:
            return True
        case ir.Call(callee=ir.Name(id=called), args=(ir.Name(id=given) | ir.Cast(operand=ir.Name(id=given)), *_)) if (
            called in params.uses and given == name
        ):
            return True
        case _:
            return any(_relies(part, name, params) for part in parts_of(expr))
